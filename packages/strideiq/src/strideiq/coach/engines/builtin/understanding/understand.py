"""From the text of a question, with what was asked before, to an intent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.asking_part import parts_of
from strideiq.coach.engines.builtin.understanding.concepts import CONCEPTS, field_of
from strideiq.coach.engines.builtin.understanding.following import continued, leans
from strideiq.coach.engines.builtin.understanding.found import POINTS_BACK, Found, found_in, lent
from strideiq.coach.engines.builtin.understanding.intent import Intent, Kind, Period, RunAsked
from strideiq.coach.engines.builtin.understanding.kinds import strongest
from strideiq.coach.engines.builtin.understanding.languages import in_english
from strideiq.coach.engines.builtin.understanding.narrowed import narrowed_in
from strideiq.coach.engines.builtin.understanding.runs_asked import (
    counted,
    possible_name,
    sort_of,
)
from strideiq.coach.engines.builtin.understanding.vocabulary import ORDINARY_WORDS

SURE = 5.0
"""From what sureness on the part that asks needs nothing of what stands beside it."""
CLEAR = 7.2
"""From what sureness on a part that points back ("what is it?") says enough all the same."""
EARLIER_MAX = 3
FEW_WORDS = 3
"""A part of so few words asks of what stands beside it: "my longest run, how far?"."""
READ = frozenset({"German"})
"""Languages other than English that are read."""
_MAY_I = re.compile(
    r"\b(?:can i|could i|should i|shall i|may i|safe|ok to|okay to|able to|wise|advice|"
    r"do i need to)\b"
)
_THAN = re.compile(
    r"\b(?:than (?:i (?:\w+ ){1,3})?(?:in |for |during |over )?|compared (?:to|with) |versus |"
    r"against |relative to |on )(?:the )?(?:whole (?:of )?|all of )?(?:the )?(?:last|"
    r"in|previous|this time|during|\d+ (?:week|month|year)s? ago|a (?:week|month|year) ago|"
    r"\d{4}|(?:same )?\w+ (?:of )?last year)\b|\bthan \w+$"
)
_ASKED_OF_A_BODY: frozenset[Kind] = frozenset(
    {
        "today",
        "planned",
        "unknown",
        "run",
        "runs",
        "state",
        "predict",
        "ready",
        "help",
        "fitness",
        "fitness_trend",
        "zones",
        "injuries",
        "off_topic",
        "greeting",
        "rest_days",
        "race_goal",
        "paces",
        "plan_done",
        "rest_needed",
        "improve",
        "thanks",
    }
)
"""What is asked with a pain in mind: what comes first is the pain."""
_WHOLE: frozenset[Kind] = frozenset(
    {
        "paces", "best", "best_history", "all_bests", "fitness", "fitness_trend", "predict", "gear",
        "race_goal", "monotony", "injuries", "help", "medical", "relation", "weight", "ready",
        "change", "forecast", "others", "off_topic", "today", "planned", "thanks",
    }
)  # fmt: skip
"""What needs no days, run or distance from beside it, once it is clear."""
_TALK: frozenset[Kind] = frozenset({"others", "off_topic", "greeting", "thanks", "forecast"})
_FOUND = frozenset({"slot:distance", "slot:run", "slot:sort"})
_OF_RUNNING = CONCEPTS.keys() - {
    "greeting", "thanks", "list", "all", "personal", "last", "next", "should", "trend", "compare",
    "how_much", "history", "best", "record", "help", "relation", "done", "change", "feel",
    "average", "measure", "predict", "per_week", "why", "look_like", "countdown", "goal", "off",
    "temperature", "paces", "pace", "slowest", "body", "plan", "others",
}  # fmt: skip
"""Concepts that only speak of running and of the body: without any, a question is of neither."""
_NAMING = frozenset({"run", "splits", "compare_runs", "gear", "decoupling", "zones", "intervals"})
"""Kinds in which other words may be a name."""


def understand(text: str, today: date, earlier: Sequence[str] = ()) -> Intent:
    """Say what a question asks.

    ``earlier`` are the questions before it, the newest last: a short one leans on them.
    """
    told = in_english(text)
    read, intent = _understood(told.text, today)
    if told.language:
        known = intent.sureness >= SURE and told.language in READ
        intent = replace(intent, kind=intent.kind if known else "language", language=told.language)
    if not earlier or not leans(read, intent):
        return intent
    before = understand(earlier[-1], today, tuple(earlier[:-1])[-EARLIER_MAX:])
    return continued(before, intent, read, today)


def _understood(text: str, today: date) -> tuple[Found, Intent]:
    """The part that asks, where it says enough by itself; else all of the text."""
    parts = parts_of(text)
    whole = found_in(text, today, asks=parts.asks)
    intent = _intent(whole, today)
    if not parts.aside:
        return whole, intent
    aside = found_in(parts.aside, today, asks=False)
    asking = found_in(parts.asking, today)
    asked = _intent(asking, today)
    if asked.sureness < SURE or asked.kind not in _WHOLE:
        asking = lent(asking, aside, today, parts.asking)
        asked = _intent(asking, today)
    if asked.kind == "run" and not asked.field and POINTS_BACK.search(asking.rest):
        asked = replace(asked, field=field_of(aside.text))
    of_a_body = asked.kind in _ASKED_OF_A_BODY or bool(_MAY_I.search(asking.text))
    if intent.kind == "medical" and of_a_body:
        return whole, intent
    pointing = (
        bool(POINTS_BACK.search(asking.rest))
        and asked.sureness < CLEAR
        and intent.kind not in _TALK
    ) or len(asking.text.split()) <= FEW_WORDS
    if asked.sureness < SURE or (pointing and intent.sureness > asked.sureness):
        return whole, intent
    return asking, replace(asked, hurts=intent.kind == "medical" and asked.kind != "medical")


def _intent(read: Found, today: date) -> Intent:
    kind, sureness = strongest(read.touched)
    known_words = any(word in ORDINARY_WORDS for word in read.text.split())
    if kind == "unknown" and known_words and not read.touched & (_OF_RUNNING | _FOUND):
        kind = "off_topic"
    spans = read.periods
    period, other = (spans[0] if spans else None), (spans[1] if len(spans) > 1 else None)
    if kind == "compare_periods":
        period, other = _compared(read, today)
    return Intent(
        kind=kind,
        sureness=sureness,
        period=period,
        other=other,
        distance_m=read.distances[0] if read.distances else None,
        from_distance_m=read.distances[1] if len(read.distances) > 1 else None,
        run=_run(read, kind),
        field=field_of(read.text),
        pair=read.pair,
        count=counted(read.rest),
        narrowed=narrowed_in(read.text),
        words=read.text,
        why="why" in read.touched,
        what_is="slot:what_is" in read.touched,
    )


def _run(read: Found, kind: Kind) -> RunAsked | None:
    if read.run is not None:
        return read.run
    sort = sort_of(read.rest)
    name = possible_name(read.bare) if kind in _NAMING else ""
    return RunAsked(sort=sort, name=name) if sort or name else None


def _compared(read: Found, today: date) -> tuple[Period | None, Period | None]:
    """The two periods of a comparison: both named, this one and a past one, or one and before."""
    spans = read.periods
    if not spans:
        return calendar.unit_span("month", 0, today), calendar.unit_span("month", -1, today)
    if len(spans) > 1 and "before" not in spans[1].words:
        return spans[0], _same_months(spans[0], spans[1])
    if _THAN.search(read.text) and len(spans) == 1:
        current = calendar.current_of(spans[0], today)
        if current is not None:
            return current, spans[0]
    return spans[0], calendar.before(spans[0])


def _same_months(first: Period, second: Period) -> Period:
    """The same days a year before: "this October against last year"."""
    if first.first is None or second.first is None or first.days >= second.days:
        return second
    years = first.first.year - second.first.year
    whole = calendar.unit_span("year", 0, second.last)
    if years < 1 or (second.first, second.last) != (whole.first, whole.last):
        return second
    begin, end = calendar.month_of(first.first)[0], calendar.month_of(first.last)[1]
    if (first.first, first.last) != (begin, end):
        return second
    before = [calendar.shifted_month(day, -12 * years) for day in (begin, end)]
    return Period(before[0], calendar.month_of(before[1])[1])
