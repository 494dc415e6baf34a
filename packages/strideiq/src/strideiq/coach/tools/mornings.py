"""Tools of what the athlete says of days: check-ins, and the weight among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

import numpy as np
from pydantic import Field

from strideiq.coach.checking.evidence import Figure, RowSet, Subject, Trend
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.periods import Period, Span, last_days
from strideiq.coach.tools.tool import DAYS_MAX, ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.coach.tools.trending import direction_of_values
from strideiq.wellness import public as wellness

DEFAULT_DAYS = 28
NOTES_SHOWN = 200

What = Literal[
    "sleep", "resting_heart_rate", "hrv", "weight", "soreness", "mood", "stress", "sleep_quality"
]


@dataclass(frozen=True)
class Kept:
    """How a field of a check-in becomes a figure."""

    field: str
    quantity: str
    factor: float = 1.0
    words: tuple[str, ...] = ()
    """Of a score, what it is of; all scores are one quantity."""


KEPT: Mapping[What, Kept] = {
    "sleep": Kept("sleep_h", "sleep", 3600.0),
    "resting_heart_rate": Kept("resting_heart_rate_bpm", "resting_heart_rate"),
    "hrv": Kept("hrv_ms", "hrv", 0.001),
    "weight": Kept("weight_kg", "weight"),
    "soreness": Kept("soreness", "score", words=("soreness", "sore")),
    "mood": Kept("mood", "score", words=("mood",)),
    "stress": Kept("stress", "score", words=("stress", "stressed")),
    "sleep_quality": Kept("sleep_quality", "score", words=("sleep quality",)),
}
Days = Mapping[date, Mapping[str, wellness.Value]]


class CheckIns(Period):
    """Which days, and what of them; the last four weeks where no days are given."""

    what: list[What] = Field(default=[], max_length=8, description="Empty: all of it.")


def check_ins(scope: Scope, asked: CheckIns) -> Found:
    """What was said of some days, its means, and whether it changed."""
    span = last_days(DEFAULT_DAYS, scope.today) if asked.whole else asked.span(scope.today)
    first = span.first or span.last - timedelta(days=DAYS_MAX - 1)
    said = wellness.days(scope.session, scope.athlete_id, first, span.last)
    if not said:
        return Found(missing=f"There is no check-in between {first} and {span.last}.")
    whole = span.subject("period", "/wellness/trends")
    length = (min(span.last, scope.today) - first).days + 1
    figures = figures_of(whole, {"check_ins": len(said), "days": length}, FORMULA_VERSION)
    trends: list[Trend] = []
    shown = sorted(said, reverse=True)[:ROWS_MAX]
    for what in asked.what or get_args(What):
        kept = KEPT[what]
        values = series(said, kept)
        figures += [one for day in shown if day in values for one in _of_day(day, what, values)]
        found, direction = summary(span, what, values)
        figures += found
        trends += direction
    rows = tuple(_row(day, said[day]) for day in shown)
    of_days = RowSet(
        ("check-in", "day", "night", "morning"),
        tuple(
            frozenset(one.subject for one in figures if one.subject.covers(day, day))
            for day in shown
        ),
        since=shown[-1] + timedelta(days=1) if len(said) > len(shown) else first,
        until=span.last,
        newest_first=span.last >= scope.today,
    )
    return Found(
        tuple(figures), tuple(trends), rows=rows, cut_off=len(said) > len(shown), sets=(of_days,)
    )


def series(said: Days, kept: Kept) -> dict[date, float]:
    """One field by day, in the unit that its quantity is kept in."""
    return {
        day: value * kept.factor
        for day, fields in said.items()
        if isinstance(value := fields.get(kept.field), float)
    }


def _of_day(day: date, what: What, values: Mapping[date, float]) -> list[Figure]:
    kept = KEPT[what]
    slept = ("last night",) if what in {"sleep", "sleep_quality"} and day == max(values) else ()
    kind = f"check_in_{what}" if kept.words else "check_in"
    subject = Subject(
        kind, f"{day}:{what}", "", day, None, (*kept.words, *slept), f"/wellness/days/{day}"
    )
    return figures_of(subject, {kept.quantity: values[day]})


def summary(
    span: Span, what: What, values: Mapping[date, float]
) -> tuple[list[Figure], list[Trend]]:
    """The mean over the days, and where it went if that can be told."""
    if not values:
        return [], []
    kept = KEPT[what]
    subject = span.subject(
        f"check_ins_{what}", "/wellness/trends", "on average", "average", *kept.words
    )
    mean = {kept.quantity: float(np.mean(list(values.values())))}
    figures = figures_of(subject, mean, FORMULA_VERSION, "mean")
    days = sorted(values)
    direction = direction_of_values(
        [day.toordinal() for day in days], [values[day] for day in days]
    )
    if direction is None:
        return figures, []
    evidence_id = f"check_ins/{what}/{span.key}"
    trend = Trend(evidence_id, subject, kept.quantity, direction, len(values), FORMULA_VERSION)
    return figures, [trend]


def _row(day: date, fields: Mapping[str, wellness.Value]) -> dict[str, object]:
    row: dict[str, object] = {"day": day.isoformat()}
    for name in wellness.FIELDS:
        value = fields.get(name)
        if value is not None:
            row[name] = value[:NOTES_SHOWN] if isinstance(value, str) else value
    return row


class Weight(Arguments):
    """Over how many days."""

    days: int = Field(90, ge=7, le=DAYS_MAX)


def weight(scope: Scope, asked: Weight) -> Found:
    """The newest weight, the mean of its week, and where it went."""
    span = last_days(asked.days, scope.today)
    first = span.first or scope.today
    said = wellness.days(scope.session, scope.athlete_id, first, scope.today)
    values = series(said, KEPT["weight"])
    if not values:
        return Found(missing=f"No weight was noted in the last {asked.days} days.")
    newest = max(values)
    now = Subject(
        "check_in", f"{newest}:weight", "", newest, None,
        ("now", "currently", "latest weight", "last weight", "newest weight", "last weighed"),
        f"/wellness/days/{newest}",
    )  # fmt: skip
    figures = figures_of(now, {"weight": values[newest]})
    figures += _week_of(values, newest, "the last week of it")
    figures += _week_of(values, min(values) + timedelta(days=6), "the first week of it")
    figures += _ends(values, span)
    found, trends = summary(span, "weight", values)
    shown = sorted(values, reverse=True)[:ROWS_MAX]
    figures += [one for day in shown if day != newest for one in _of_day(day, "weight", values)]
    rows = tuple({"day": day.isoformat(), "weight_kg": values[day]} for day in shown)
    return Found((*figures, *found), tuple(trends), rows=rows, cut_off=len(values) > len(rows))


def _week_of(values: Mapping[date, float], last: date, words: str) -> list[Figure]:
    """The mean of the seven days up to one."""
    first = last - timedelta(days=6)
    within = [value for day, value in values.items() if first <= day <= last]
    subject = Subject(
        "period", f"{first}..{last}:weight", "", first, last, (words,), "/wellness/trends"
    )
    return (
        figures_of(subject, {"weight": float(np.mean(within))}, FORMULA_VERSION) if within else []
    )


def _ends(values: Mapping[date, float], span: Span) -> list[Figure]:
    """The lowest and the highest, with their days."""
    figures: list[Figure] = []
    for word, day in (
        ("lowest", min(values, key=lambda day: values[day])),
        ("highest", max(values, key=lambda day: values[day])),
    ):
        aliases = [f"{word} weight of the {alias}" for alias in span.aliases]
        aliases += [f"{word} weight in the {alias}" for alias in span.aliases]
        subject = Subject(
            "check_in", f"{day}:weight:{word}", "", day, None, tuple(aliases),
            f"/wellness/days/{day}",
        )  # fmt: skip
        figures += figures_of(subject, {"weight": values[day]})
    return figures


CHECK_INS = Tool(
    "check_ins",
    "Sleep, resting heart rate, HRV, weight, soreness, mood and stress by day, with means.",
    CheckIns,
    check_ins,
)
WEIGHT = Tool(
    "weight",
    "The newest weight, the means of weeks, the extremes, and where it went.",
    Weight,
    weight,
)
