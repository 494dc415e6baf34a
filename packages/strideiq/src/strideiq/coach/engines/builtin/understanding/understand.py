"""From the text of a question, with what was asked before, to an intent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from strideiq.coach.engines.builtin.understanding import distances as lengths
from strideiq.coach.engines.builtin.understanding import periods as times
from strideiq.coach.engines.builtin.understanding.concepts import concepts, field_of
from strideiq.coach.engines.builtin.understanding.intent import Intent, Period, RunAsked
from strideiq.coach.engines.builtin.understanding.kinds import strongest
from strideiq.coach.engines.builtin.understanding.pairs import pair_of
from strideiq.coach.engines.builtin.understanding.reading import tidy
from strideiq.coach.engines.builtin.understanding.runs_asked import (
    counted,
    possible_name,
    quoted_name,
    run_asked,
    sort_of,
    two_runs,
)

FOLLOWS_WORDS_MAX = 9
"""A question that leans on the one before it is short."""
CERTAIN = 8.0
"""From what sureness on a word such as "it" points to nothing said before."""
SURE = 5.0
"""From what sureness on a question needs nothing of the one before it."""
EARLIER_MAX = 3

_FOLLOWS = re.compile(
    r"^(?:ok(?:ay)? |so |hmm |thanks |great |cool )*(?:and|what about|how about|"
    r"what of|same|but|also|then|or)\b"
    r"|\b(?:it|that|that one|there|them|those|one)\b"
)
_IMPERATIVE = re.compile(
    r"^(?:please |can you |could you |would you |hey |coach |ok |will you )*"
    r"(?:move|shift|delete|remove|reschedule|swap|change|edit|rename|add|create|"
    r"log|cancel|update|book|set|make me a|build me|put)\b"
)
_THAN = re.compile(
    r"\b(?:than|compared (?:to|with)|versus|against|relative to) (?:the )?(?:last|"
    r"in|previous|this time|during|\d{4})\b"
)
_TIME = re.compile(r"\b(?:time|times|how fast|how quick)\b")
_PAST = re.compile(r"\b(?:did|was|were|ran|went|had|done|have i|yesterday)\b")


@dataclass(frozen=True)
class _Read:
    """A text with everything that was found in it."""

    text: str
    rest: str
    periods: tuple[Period, ...]
    distances: tuple[float, ...]
    run: RunAsked | None
    pair: tuple[str, str]
    touched: frozenset[str]


def understand(text: str, today: date, earlier: Sequence[str] = ()) -> Intent:
    """Say what a question asks.

    ``earlier`` are the questions before it, the newest last: a short one leans on them.
    """
    read = _read(text, today)
    intent = _intent(read, today)
    if not earlier or not _leans(read, intent):
        return intent
    before = understand(earlier[-1], today, tuple(earlier[:-1])[-EARLIER_MAX:])
    return _continued(before, intent, read)


def _read(text: str, today: date) -> _Read:
    tidied = tidy(text)
    found = times.periods(tidied, today)
    rest = times.without(tidied, found)
    spans = tuple(one.period for one in found)
    lengths_found = lengths.distances(rest)
    day = next((span for span in spans if span.one_day), None)
    run = run_asked(rest, day, quoted_name(text))
    pair = pair_of(rest)
    read = _Read(
        tidied, rest, spans, tuple(one.distance_m for one in lengths_found), run, pair, frozenset()
    )
    return replace(read, touched=concepts(tidied) | _slots(read, today, text))


def _slots(read: _Read, today: date, text: str) -> frozenset[str]:
    """What was found beside words, as concepts of their own."""
    spans = read.periods
    run = read.run
    name = possible_name(lengths.without(read.rest, lengths.distances(read.rest)))
    found = {
        "slot:period": bool(spans),
        "slot:two_periods": len({(one.first, one.last) for one in spans}) > 1,
        "slot:day": any(one.one_day for one in spans),
        "slot:today": any(one.first == one.last == today for one in spans),
        "slot:future": any(_lies_ahead(one, read.text, today) for one in spans),
        "slot:past": bool(_PAST.search(read.text)),
        "slot:distance": bool(read.distances),
        "slot:two_distances": len(set(read.distances)) > 1,
        "slot:run": run is not None and (run.day is None or bool(run.name)),
        "slot:two_runs": two_runs(read.rest),
        "slot:counted": counted(read.rest) is not None,
        "slot:sort": bool(sort_of(read.rest)),
        "slot:pair": bool(read.pair[0]),
        "slot:name": bool(name),
        "slot:time": bool(_TIME.search(read.text)),
        "slot:imperative": bool(_IMPERATIVE.search(read.text)),
    }
    del text
    return frozenset(name for name, true in found.items() if true)


def _lies_ahead(period: Period, text: str, today: date) -> bool:
    if period.first is not None and period.first > today:
        return True
    if re.search(r"\b(?:next|coming|will|going to|planned|upcoming|supposed)\b", text):
        return period.coming is not None and not _PAST.search(text)
    return False


def _intent(read: _Read, today: date) -> Intent:
    kind, sureness = strongest(read.touched)
    spans = read.periods
    period, other = (spans[0] if spans else None), None
    if kind == "compare_periods":
        period, other = _compared(read, today)
    run = read.run
    if run is None:
        name = possible_name(lengths.without(read.rest, lengths.distances(read.rest)))
        sort = sort_of(read.rest)
        named = name if kind in _NAMING else ""
        run = RunAsked(sort=sort, name=named) if sort or named else None
    return Intent(
        kind=kind,
        sureness=sureness,
        period=period,
        other=other,
        distance_m=read.distances[0] if read.distances else None,
        from_distance_m=read.distances[1] if len(read.distances) > 1 else None,
        run=run,
        field=field_of(read.text),
        pair=read.pair,
        count=counted(read.rest),
        words=read.text,
    )


_NAMING = frozenset({"run", "splits", "compare_runs", "gear", "decoupling"})
"""Kinds in which other words may be a name."""


def _compared(read: _Read, today: date) -> tuple[Period | None, Period | None]:
    """The two periods of a comparison: both named, this one and a past one, or one and before."""
    spans = read.periods
    if not spans:
        return times.unit_span("month", 0, today), times.unit_span("month", -1, today)
    if len(spans) > 1 and "before" not in spans[1].words:
        return spans[0], spans[1]
    if _THAN.search(read.text) and len(spans) == 1:
        current = times.current_of(spans[0], today)
        if current is not None:
            return current, spans[0]
    return spans[0], times.before(spans[0])


def _leans(read: _Read, intent: Intent) -> bool:
    words = len(read.text.split())
    if words > FOLLOWS_WORDS_MAX:
        return False
    if re.match(r"^(?:and|what about|how about|what of|same)\b", read.text):
        return True
    return intent.sureness < SURE or (
        bool(_FOLLOWS.search(read.text)) and intent.sureness < CERTAIN
    )


def _continued(before: Intent, intent: Intent, read: _Read) -> Intent:
    """The earlier intent with what the new question changes of it."""
    if before.kind in {"unknown", "greeting", "thanks", "help", "off_topic", "others"}:
        return intent
    own = intent.sureness >= SURE and not _only_slots(read)
    kind = intent.kind if own else before.kind
    run_kinds = {"run", "splits", "intervals", "decoupling", "zones", "compare_runs", "nutrition"}
    field = intent.field
    if not own and not field:
        field = before.field
    if (
        intent.field
        and before.kind in {"run", "splits", "compare_runs"}
        and not intent.period
        and not read.distances
        and kind in {"total", "heart_rate_trend", "unknown", "paces", "fitness_trend"}
    ):
        kind = "run"
    run = (
        intent.run
        if intent.run
        and (intent.run.name or intent.run.day or intent.run.sort or intent.run.back > 1)
        else None
    )
    return replace(
        before,
        kind=kind,
        sureness=max(intent.sureness, before.sureness if not own else 0.0),
        period=intent.period or before.period,
        other=intent.other
        or (
            times.before(intent.period)
            if intent.period and kind == "compare_periods"
            else before.other
        ),
        distance_m=intent.distance_m or before.distance_m,
        from_distance_m=intent.from_distance_m or before.from_distance_m,
        run=run
        or (before.run if kind in run_kinds or before.run is not None else None)
        or intent.run,
        field=field,
        pair=intent.pair if intent.pair[0] else before.pair,
        count=intent.count or before.count,
        words=intent.words,
    )


_SLOT_CONCEPTS = frozenset(
    {"last", "next", "compare", "personal", "greeting", "thanks", "goal", "races", "run"}
)


def _only_slots(read: _Read) -> bool:
    """Whether a text gives only a period, a distance or a day, and no word of what is asked."""
    words = lengths.without(read.rest, lengths.distances(read.rest))
    said = concepts(words) - _SLOT_CONCEPTS
    return not said
