"""Answers that put two things beside each other, and lists of races and days of rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strideiq.coach.checking.evidence import Subject, Trend
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.runs import plural, summary
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

RACES_TOLD = 10
RUNS_LOOKED_AT = 40
_FASTER = re.compile(r"\b(?:faster|quicker|slower|pace|speed|fast)\b")
_PACES = {"up": "got slower", "down": "got faster", "flat": "stayed about the same"}
_WAYS = {"up": "gone up", "down": "gone down", "flat": "stayed about the same"}


def periods(asking: Asking) -> Iterator[str]:
    """Two periods, and which way it went from the earlier one to the later one."""
    first, second = asking.intent.period, asking.intent.other
    if first is None or second is None or first.first is None or second.first is None:
        yield "Tell me two periods to compare, such as this month with the one before it."
        return
    if min(first.first, second.first) > asking.today:
        yield "Those days are still to come: there is nothing to compare yet."
        return
    later, earlier = (first, second) if first.first >= second.first else (second, first)
    found = asking.call("compare_periods", **_arguments(asking, later, earlier))
    spans = subjects(found, "period")
    if not any("pace" in values(found, one) for one in spans):
        yield "I find no run in either of the two."
        return
    for one in spans:
        yield _span(asking, found, one)
    for change in found.trends:
        if change.quantity == "distance":
            yield _change(asking, change, later)
        elif change.quantity == "pace" and _FASTER.search(asking.intent.words):
            yield _change(asking, change, later, "pace")


def against(asking: Asking, later: Period, earlier: Period) -> Iterator[str]:
    """What the earlier of two periods had, and which way the distance went from there."""
    found = asking.call("compare_periods", **_arguments(asking, later, earlier))
    before = [
        one
        for one in subjects(found, "period")
        if one.first_day == earlier.first and values(found, one).get("runs")
    ]
    if not before:
        return
    for one in before:
        yield _span(asking, found, one)
    for change in found.trends:
        if change.quantity == "distance" and change.subject.first_day is not None:
            first, last = change.subject.first_day, change.subject.last_day or asking.today
            days = f"from {asking.say.dated(first)} to {asking.say.dated(last)}"
            yield f"Compared with that, your distance has {_WAYS[change.direction]} {days}."


def _arguments(asking: Asking, later: Period, earlier: Period) -> dict[str, object]:
    for unit in ("week", "month", "year"):
        this, last = (calendar.unit_span(unit, step, asking.today) for step in (0, -1))
        if (later.first, earlier.first, earlier.last) == (this.first, last.first, last.last):
            return {"which": unit}
    return {
        "first_day": later.first,
        "last_day": max(min(later.last, asking.today), later.first or asking.today),
        "other_first_day": earlier.first,
        "other_last_day": earlier.last,
    }


def _span(asking: Asking, found: Found, span: Subject) -> str:
    known = values(found, span)
    name = _called(asking, span)
    count = known["runs"]
    pace = f", a pace of {asking.say.pace(known['pace'])}" if "pace" in known else ""
    return (
        f"{name[:1].upper()}{name[1:]}: {asking.say.distance(known['distance'])} in {count:.0f} "
        f"{plural('run', count)}{pace}."
    )


def _called(asking: Asking, span: Subject) -> str:
    """What a span is called: as its tool calls it, or by its days."""
    same = next((one for one in span.aliases if one.endswith("at this point")), "")
    if same or span.first_day is None or span.last_day is None:
        return same or next(iter(span.aliases), "altogether")
    if span.aliases and not span.aliases[0].startswith(("since", "from")):
        return span.aliases[0]
    return asking.say.period(Period(span.first_day, span.last_day))


def _change(asking: Asking, change: Trend, later: Period, what: str = "distance") -> str:
    ways = _WAYS if what == "distance" else _PACES
    words = f"your {what} has {ways[change.direction]}"
    if change.subject.kind == "comparison":
        so_far = next(iter(change.subject.aliases), "")
        return f"Compared by the same day, {words} {so_far}."
    return f"Compared, {words} {asking.say.period(later)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def races(asking: Asking) -> Iterator[str]:
    """The races of a period, the newest first."""
    period = asking.bounded(asking.intent.period)
    found = asking.call_for("recent_runs", period, races_only=True, limit=RUNS_LOOKED_AT)
    rows = subjects(found, "activity")
    if not rows:
        yield "I find no race in those days: mark a run as a race on its page, and I know of it."
        return
    total = asking.call_for("totals", period, races_only=True)
    for one in subjects(total, "period"):
        count = values(total, one).get("races")
        if count:
            when = asking.say.period(period or Period(None, asking.today))
            yield f"You ran {count:.0f} {plural('race', count)} {when}."
    for one in rows[:RACES_TOLD]:
        when = asking.say.on(one.first_day) if one.first_day else ""
        known = values(found, one)
        yield f"{_capital(when)}, {asking.say.called(one)}: {summary(asking.say, known)}."
