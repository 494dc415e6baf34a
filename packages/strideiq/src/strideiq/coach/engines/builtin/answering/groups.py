"""Answers about groups of runs: sums and means of a sort, the biggest week, the usual day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.phrasing import Phrases, joined
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding.concepts import concepts
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

USUAL_DAYS = 84
"""Of which days a usual figure is told, where none are named."""
TREND_DAYS, MONTHS_TOLD = 150, 6
"""Over which days a mean is told month by month, and how many months at most."""
TOLD = 3
"""Groups that are told, the first ones."""
DAYS_MEASURED = {"runs", "duration", "ascent"}
_UNIT = re.compile(r"\b(week|month|year)")
_LEAST = re.compile(r"\b(?:lowest|smallest|least|quietest|lightest|worst|shortest|fewest)\b")
_NAMES = {
    "heart_rate": "heart rate", "energy": "energy", "cadence": "cadence", "power": "power",
    "ascent": "climb",
}  # fmt: skip


def tally(asking: Asking) -> Iterator[str]:
    """What some of the runs add up to, or have in the mean."""
    period = _period(asking)
    if "trend" in concepts(asking.intent.words) and asking.intent.field:
        yield from _by_month(asking)
        return
    found = asking.call_for("run_groups", period, **_narrowed(asking))
    what, when = _what(asking), asking.say.period(period)
    groups = subjects(found, "run_group")
    if not groups:
        yield f"I find no {what} {when} in your log."
        return
    known, field = values(found, groups[0]), asking.intent.field
    count = known["runs"]
    together = f"{count:,.0f} {plural('run', count)} of {asking.say.distance(known['distance'])}"
    figure = _figure(asking.say, known, field)
    if figure:
        yield f"Your {what} {when} had {figure}, over {together}."
    else:
        if field in _NAMES:
            yield f"No {_NAMES[field]} is recorded for your {what} {when}."
        yield f"Your {what} {when}: {together}, {asking.say.hours(known['duration'])} in motion."
        yield from _means(asking, known)
    if asking.intent.narrowed.sort:
        yield "I know their sort by their names."


def _by_month(asking: Asking) -> Iterator[str]:
    """A mean month by month, the newest first, where it is asked which way it goes."""
    period = asking.bounded(asking.intent.period) or asking.period(TREND_DAYS)
    found = asking.call_for("run_groups", period, by="month", **_narrowed(asking))
    told = [
        (one, figure)
        for one in subjects(found, "month")
        if (figure := _figure(asking.say, values(found, one), asking.intent.field))
    ]
    if not told:
        name = _NAMES.get(asking.intent.field, asking.intent.field)
        yield f"No {name} is recorded in those days."
    for one, figure in told[:MONTHS_TOLD]:
        yield f"{_capital(_called(asking.say, one))}: {figure}."


def _period(asking: Asking) -> Period:
    """The days that are asked for, as far as they go; for a mean of no named days, twelve weeks."""
    asked = asking.bounded(asking.intent.period)
    if asked is not None or asking.intent.period is not None:
        return asked or Period(None, asking.today)
    return asking.period(USUAL_DAYS)


def _narrowed(asking: Asking) -> Mapping[str, object]:
    narrowed = asking.intent.narrowed
    return {
        "kind": narrowed.sort or None,
        "weekday": narrowed.weekday or None,
        "part_of_day": narrowed.part or None,
    }


def _what(asking: Asking) -> str:
    narrowed = asking.intent.narrowed
    words = (narrowed.weekday.capitalize(), narrowed.part, narrowed.sort)
    return " ".join([*(one for one in words if one), "runs"])


def _figure(say: Phrases, known: Mapping[str, float], field: str) -> str:
    """The figure that was asked for; empty for the sums."""
    if field not in known:
        return ""
    value = known[field]
    texts = {
        "heart_rate": lambda: f"an average heart rate of {value:.0f} bpm",
        "max_heart_rate": lambda: f"a peak heart rate of {value:.0f} bpm",
        "cadence": lambda: f"an average cadence of {value:.0f} spm",
        "power": lambda: f"an average power of {value:.0f} W",
        "pace": lambda: f"an average pace of {say.pace(value)}",
        "ascent": lambda: f"a climb of {say.climb(value)}",
        "energy": lambda: f"{value:,.0f} kcal of energy",
        "duration": lambda: f"{say.hours(value)} in motion",
    }
    return texts[field]() if field in texts else ""


def _means(asking: Asking, known: Mapping[str, float]) -> Iterator[str]:
    parts = [f"a pace of {asking.say.pace(known['pace'])}"] if "pace" in known else []
    if "heart_rate" in known:
        parts.append(f"an average heart rate of {known['heart_rate']:.0f} bpm")
    if parts:
        yield f"They had {joined(parts)}."


def biggest(asking: Asking) -> Iterator[str]:
    """The week, month or year with the most, or the least, of what was run."""
    words = asking.intent.words
    unit = next(iter(_UNIT.findall(words)), "week")
    order = asking.intent.field if asking.intent.field in DAYS_MEASURED else "distance"
    period = asking.bounded(asking.intent.period) or Period(None, asking.today)
    found = asking.call_for(
        "run_groups", period, by=unit, order=order, least=bool(_LEAST.search(words))
    )
    parts = subjects(found, unit)
    if not parts:
        yield "I find no run in those days in your log."
        return
    first = parts[0]
    rank = _rank(asking, first, period)
    yield f"Your {rank} was {_called(asking.say, first)}: {_sums(asking, values(found, first))}."
    for place, one in zip(("Second", "Third"), parts[1:], strict=False):
        yield f"{place}: {_called(asking.say, one)}, {_sums(asking, values(found, one))}."


def _rank(asking: Asking, first: Subject, period: Period) -> str:
    """How the tool lets it be called, with the days that were looked at."""
    ranks = [one for one in first.aliases if one.split()[0].endswith(("est", "test"))]
    if period.first is None or not ranks:
        return ranks[0] if ranks else first.kind
    words = asking.say.period(period).removeprefix("in the ").removeprefix("in ")
    fitting = [one for one in ranks if one.endswith(words)]
    return next(iter(fitting or ranks))


def _called(say: Phrases, part: Subject) -> str:
    first = part.first_day or say.today
    if part.kind == "year":
        return f"in {first.year}"
    if part.kind == "month":
        return f"in {first:%B} {first.year}"
    near = next((one for one in part.aliases if one in {"this week", "last week"}), "")
    return near or f"the week from {say.dated(first)}"


def _sums(asking: Asking, known: Mapping[str, float]) -> str:
    say, count = asking.say, known["runs"]
    runs = f"{count:,.0f} {plural('run', count)}"
    far = say.distance(known["distance"])
    if asking.intent.field == "ascent" and "ascent" in known:
        return f"a climb of {say.climb(known['ascent'])} in {runs}"
    if asking.intent.field == "duration":
        return f"{say.hours(known['duration'])} in {runs}"
    return f"{far} in {runs}" if asking.intent.field != "runs" else f"{runs}, {far} together"


def years(asking: Asking) -> Iterator[str]:
    """Year by year, the newest first."""
    found = asking.call_for("run_groups", asking.bounded(asking.intent.period), by="year")
    parts = subjects(found, "year")
    if not parts:
        yield "I find no run in those days in your log."
    for one in parts:
        yield f"{_capital(_called(asking.say, one))}: {_sums(asking, values(found, one))}."


def habit(asking: Asking) -> Iterator[str]:
    """On which days of the week and when in the day runs usually are."""
    period = asking.bounded(asking.intent.period) or asking.period(USUAL_DAYS)
    when = asking.say.period(period)
    days = asking.call_for("run_groups", period, by="weekday", order="runs")
    parts = subjects(days, "weekday")
    if not parts:
        yield "I find no run in those days in your log."
        return
    yield f"I looked at your runs {when}."
    for one in parts[:TOLD]:
        yield _often(asking.say, days, one)
    hours = asking.call_for("run_groups", period, by="part_of_day", order="runs")
    for one in subjects(hours, "part_of_day"):
        yield _often(asking.say, hours, one)


def _often(say: Phrases, found: Found, part: Subject) -> str:
    known = values(found, part)
    count = known["runs"]
    pace = f", a pace of {say.pace(known['pace'])}" if "pace" in known else ""
    return f"{_capital(part.aliases[0])}: {count:.0f} {plural('run', count)}{pace}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
