"""The tool of training load: fitness, fatigue, form and the load of weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic import Field

from strideiq.coach.checking.evidence import Figure, RowSet, Subject, Trend
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import figures_of
from strideiq.coach.tools.periods import last_days
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.coach.tools.trending import direction_of_change
from strideiq.fitness import public as fitness

NOTHING = "Nothing is recorded yet, so there is no load."
LOAD_SHARE, LOAD_LEAST = 0.05, 1.0
"""Fitness and fatigue changed when they differ by more than this share, and this many points."""


class Load(Arguments):
    """Over how many weeks it is looked back."""

    weeks: int = Field(4, ge=1, le=52)


def load(scope: Scope, asked: Load) -> Found:
    """Fitness, fatigue and form of today, how they came about, and the load of each week."""
    known = reading.history(scope)
    if known is None:
        return Found(missing=NOTHING)
    now = fitness.status_of(known, scope.today)
    figures = _standing(known, scope.today, ("today", "now", "right now", "currently", "current"))
    before = scope.today - timedelta(weeks=asked.weeks)
    figures += _standing(known, before, _ago(asked.weeks))
    if asked.weeks != 1:
        figures += _standing(known, scope.today - timedelta(weeks=1), _ago(1))
    weeks = _weeks(known, scope.today, asked.weeks)
    for week in weeks:
        figures += figures_of(week.subject, {"load": week.load}, fitness.FORMULA_VERSION)
    rows: list[Mapping[str, object]] = [_row(now)]
    rows += [{"week_from": one.subject.row_id, "load": round(one.load, 1)} for one in weeks]
    trends = _load_trends(known, scope.today, asked.weeks)
    set_of_weeks = RowSet(
        ("week",),
        tuple(frozenset({one.subject}) for one in weeks),
        ever=len(weeks) <= asked.weeks,
        since=weeks[-1].subject.first_day,
        until=scope.today,
    )
    return Found(tuple(figures), trends, rows=tuple(rows[:ROWS_MAX]), sets=(set_of_weeks,))


def _row(now: fitness.FitnessStatus) -> dict[str, object]:
    return {
        "day": now.day.isoformat(),
        "fitness": round(now.fitness, 1),
        "fatigue": round(now.fatigue, 1),
        "form": round(now.form, 1),
        "monotony": None if now.monotony is None else round(now.monotony, 2),
        "load_last_7_days": round(now.load_week, 1),
        "word": now.word,
    }


def _standing(known: fitness.History, day: date, aliases: tuple[str, ...]) -> list[Figure]:
    """How the athlete stood at the end of a day; nothing before the first one."""
    if known.at(day) < 0:
        return []
    found = fitness.status_of(known, day)
    subject = Subject("fitness", day.isoformat(), "", day, None, aliases, "/fitness")
    span = last_days(7, day)
    if "today" not in aliases:  # "the last seven days" are those up to today, and no others
        span = replace(span, aliases=())
    seven = span.subject("load_week", "/fitness")
    return [
        *figures_of(
            subject,
            {
                "fitness": found.fitness,
                "fatigue": found.fatigue,
                "form": found.form,
                "load": found.load_today,
                "monotony": found.monotony,
            },
            fitness.FORMULA_VERSION,
        ),
        *figures_of(seven, {"load": found.load_week}, fitness.FORMULA_VERSION),
    ]


def _ago(weeks: int) -> tuple[str, ...]:
    if weeks == 1:
        return ("a week ago", "one week ago", "a week earlier", "7 days ago")
    return (f"{weeks} weeks ago", f"{weeks} weeks earlier", f"{7 * weeks} days ago")


@dataclass(frozen=True)
class Week:
    """The load of a calendar week."""

    subject: Subject
    load: float


def _weeks(known: fitness.History, today: date, count: int) -> list[Week]:
    """The calendar weeks, this one first."""
    monday = today - timedelta(days=today.weekday())
    found = []
    for number in range(count + 1):
        first = monday - timedelta(weeks=number)
        begin, end = max(known.at(first), 0), known.at(first) + 7
        if end <= 0:
            break
        aliases = {0: ("this week",), 1: ("last week",)}.get(number, ())
        subject = Subject(
            "week", first.isoformat(), "", first, first + timedelta(days=6), aliases, "/fitness"
        )
        found.append(Week(subject, float(known.load[begin:end].sum())))
    return found


def _load_trends(known: fitness.History, today: date, weeks: int) -> tuple[Trend, ...]:
    """Smoothed figures have no scatter: they changed when they differ by more than a share."""
    at, before = known.at(today), known.at(today - timedelta(weeks=weeks))
    if before < 0:
        return ()
    span = last_days(7 * weeks, today).subject("period", "/fitness", "since then", *_ago(weeks))
    series = {"fitness": known.fitness, "fatigue": known.fatigue}
    trends = [
        Trend(
            f"load/{name}/{weeks}",
            span,
            name,
            direction_of_change(float(values[before]), float(values[at]), LOAD_SHARE, LOAD_LEAST),
            7 * weeks,
            fitness.FORMULA_VERSION,
        )
        for name, values in series.items()
    ]
    form = known.fitness - known.fatigue
    direction = direction_of_change(float(form[before]), float(form[at]), 0.0, 3 * LOAD_LEAST)
    trends.append(
        Trend(f"load/form/{weeks}", span, "form", direction, 7 * weeks, fitness.FORMULA_VERSION)
    )
    return tuple(trends)


LOAD = Tool(
    "load",
    "Fitness (CTL), fatigue (ATL), form (TSB), monotony and weekly load, with their changes.",
    Load,
    load,
)
