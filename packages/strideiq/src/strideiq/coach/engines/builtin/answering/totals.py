"""Answers about sums: how far, how long, how often, and how much in a usual week."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering import groups
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.phrasing import Phrases
from strideiq.coach.engines.builtin.answering.runs import plural, summary
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.concepts import concepts
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

USUAL_DAYS = 84
"""What a usual week is told of, where no period is named: twelve weeks."""
WEEKS_EACH = 8
"""Weeks that are told one by one, where no period is named."""
LISTED_MAX = 12
OVER_LOOKED_AT = 60
NEAR = (0.98, 1.03)
"""Between which shares of a distance a run is of that distance."""
_BY = re.compile(
    r"\b(?:(?P<unit>week|month) by (?:week|month)|(?:each|every|every 1) of (?:the|my|these) "
    r"(?:last |past |previous )?\d+ (?P<units>week|month)s|(?P<breakdown>week|month)ly breakdown|"
    r"by (?P<by>week|month)|(?P<totals>month)ly (?:totals?|km|mileage|distances?|volume|sums?)|"
    r"(?:each|every|per) (?P<of>month) (?:this|last|of|in|since)|"
    r"(?:each|every|per|by) (?P<yearly>year)|"
    r"(?P<years>year)(?:ly (?:totals?|km|mileage|distances?|volume|sums?|hours|breakdown)|"
    r" by year))\b"
)
_OVER = re.compile(
    r"\b(?:over|longer than|above|more than|at least|exceed\w*|beyond|further than|farther than|"
    r"past|(?P<under>under|below|shorter than|less than|at most)) \d+(?:[.,]\d+)? ?"
    r"(?:km|k|miles?)\b"
)
WEEKS_DAYS_MIN = 14
"""Of fewer days there is no usual week, so that a longer time is told of."""


def total(asking: Asking) -> Iterator[str]:
    """How much was run in a period; all of it where none is named."""
    if (by := _BY.search(asking.intent.words)) is not None:
        unit = next(one for one in by.groups() if one)
        yield from groups.years(asking) if unit == "year" else _each(asking, unit)
        return
    if (over := _OVER.search(asking.intent.words)) and asking.intent.distance_m:
        bound = "max_distance_m" if over["under"] else "min_distance_m"
        side = "below" if over["under"] else "above"
        yield from _of_length(asking, side, **{bound: asking.intent.distance_m})
        return
    if "count_of" in concepts(asking.intent.words) and asking.intent.distance_m:
        far_m = asking.intent.distance_m
        near = {"min_distance_m": NEAR[0] * far_m, "max_distance_m": NEAR[1] * far_m}
        yield from _of_length(asking, "near", **near)
        return
    period = asking.bounded(asking.intent.period)
    sport = "cycling" if asking.intent.run and asking.intent.run.sort == "ride" else None
    found = asking.call_for("totals", period, sport=sport)
    known = _of_period(found)
    if not known or not _outings(known):
        yield "I find no run in those days in your log."
        return
    when = asking.say.period(period or Period(None, asking.today))
    yield _first(asking.say, known, when, asking.intent.field)
    yield from _usual(asking.say, found)


def _each(asking: Asking, unit: str) -> Iterator[str]:
    """Week by week or month by month, the newest first; weeks are those of the calendar."""
    asked, say = asking.period(7 * WEEKS_EACH), asking.say
    first = asked.first or asking.today
    if unit == "week":
        days = min(asked.days, 7 * LISTED_MAX)
        first = calendar.week_of(asking.today - timedelta(days=days - 7))[0]
        if asked.last < asking.today:
            first = calendar.week_of(asked.first or asking.today)[0]
    else:
        first = calendar.month_of(first + timedelta(days=1))[0]
    found = asking.call(
        "totals",
        first_day=first.isoformat(),
        last_day=min(asked.last, asking.today).isoformat(),
        by=unit,
    )
    parts = subjects(found, unit)
    if not parts:
        yield "I find no run in those days in your log."
        return
    for one in sorted(parts, key=lambda one: one.first_day or asking.today, reverse=True):
        known = values(found, one)
        count = known["runs"]
        far = say.distance(known["distance"])
        yield f"{_part_called(say, one)}: {far} in {count:.0f} {plural('run', count)}."


def _part_called(say: Phrases, part: Subject) -> str:
    """A week by what it is called or by its Monday, a month by its name."""
    first = part.first_day or say.today
    if part.kind == "month":
        return f"In {first:%B} {first.year}"
    near = next((one for one in part.aliases if one in {"this week", "last week"}), "")
    return near.capitalize() or f"In the week from {say.dated(first)}"


def _of_length(asking: Asking, side: str, **bounds: float | None) -> Iterator[str]:
    """The runs above, below or near the distance that is asked for, one by one."""
    races_only = True if asking.intent.run and asking.intent.run.sort == "race" else None
    found = asking.call_for(
        "recent_runs",
        asking.bounded(asking.intent.period),
        limit=OVER_LOOKED_AT,
        races_only=races_only,
        **bounds,
    )
    rows = subjects(found, "activity")
    if not rows:
        yield "I find no such run in those days in your log."
        return
    yield f"Here are your runs {side} that distance, the newest first."
    for one in rows[:LISTED_MAX]:
        when = asking.say.on(one.first_day) if one.first_day else ""
        far = summary(asking.say, values(found, one))
        yield f"{when[:1].upper()}{when[1:]}, {asking.say.called(one)}: {far}."
    if len(rows) > LISTED_MAX:
        yield "Your list of activities has all of them."


def _of_period(found: Found) -> Mapping[str, float]:
    periods = subjects(found, "period")
    return values(found, periods[0]) if periods else {}


def _outings(known: Mapping[str, float]) -> float:
    return known.get("runs", known.get("activities", 0.0))


def _first(say: Phrases, known: Mapping[str, float], when: str, field: str) -> str:
    """The direct answer, with what was asked for in front."""
    count = _outings(known)
    noun = plural("run" if "runs" in known else "activity", count)
    times = f"{count:,.0f} {'activities' if noun == 'activitys' else noun}"
    far = say.distance(known["distance"]) if "distance" in known else ""
    long = say.hours(known["duration"]) if "duration" in known else ""
    climb = say.climb(known["ascent"]) if "ascent" in known else ""
    if field == "runs":
        return f"You did {times} {when}, {far} together."
    if field == "duration" and long:
        return f"You ran for {long} {when}, in {times} of {far} together."
    if field == "ascent" and climb:
        return f"You climbed {climb} {when}, in {times} of {far} together."
    if field == "pace" and "pace" in known:
        return f"Over {times} {when} you had a pace of {say.pace(known['pace'])}."
    rest = f", {long} in motion" if long else ""
    return f"You ran {far} {when}, in {times}{rest}."


def _usual(say: Phrases, found: Found) -> Iterator[str]:
    """What that is for each week, where there are enough of them."""
    for subject in subjects(found, "mean_week"):
        known = values(found, subject)
        if "distance" in known:
            yield f"That is {say.distance(known['distance'])} per week."


def average(asking: Asking) -> Iterator[str]:
    """How much a usual week has."""
    period = asking.period(USUAL_DAYS)
    if period.days < WEEKS_DAYS_MIN:
        period = Period(asking.today - timedelta(days=USUAL_DAYS - 1), asking.today)
    found = asking.call_for("totals", period)
    say = asking.say
    weeks = subjects(found, "mean_week")
    if not weeks:
        yield (
            "I cannot tell a usual week from so few days: ask me for a longer time, or for all of "
            "your log."
        )
        return
    known = values(found, weeks[0])
    count = known.get("runs", 0.0)
    far = say.distance(known["distance"])
    if asking.intent.field == "runs":
        yield f"On average you do {count:.1f} runs per week, {far} together."
    elif asking.intent.field == "duration" and "duration" in known:
        yield f"On average you run for {say.hours(known['duration'])} per week, {far} together."
    else:
        yield f"On average you run {far} per week, in {count:.1f} runs."
    whole = _of_period(found)
    when = say.period(period)
    yield (
        f"For that I looked at what you ran {when}: {say.distance(whole['distance'])} in "
        f"{_outings(whole):.0f} runs."
    )
