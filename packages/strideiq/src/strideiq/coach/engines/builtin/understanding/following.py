"""A short question that leans on the one before it: what of that still stands."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.concepts import concepts
from strideiq.coach.engines.builtin.understanding.found import Found
from strideiq.coach.engines.builtin.understanding.intent import (
    Intent,
    Kind,
    Narrowed,
    Period,
    RunAsked,
)

FOLLOWS_WORDS_MAX = 10
"""A question that leans on the one before it is short."""
BARE_WORDS = 4
"""So few words of a mean, and of no days, ask it of the run that was spoken of: "avg hr?"."""
CERTAIN = 8.0
"""From what sureness on a word such as "it" points to nothing said before."""
SURE = 5.0
"""From what sureness on a question needs nothing of the one before it."""

_BEGINS = re.compile(
    r"^(?:ok(?:ay)? |so |hmm |thanks |great |cool |nice |right |oh |ah |and |but )*"
    r"(?:and|what about|how about|what of|same|also|then|or|only|just|for)\b"
)
_ALSO = re.compile(r"\b(?:too|also|as well|instead)$|^(?:ok |and |so )*(?:in|for|over|on|at|by) ")
_FOLLOWS = re.compile(
    r"^(?:ok(?:ay)? |so |hmm |thanks |great |cool )*(?:and|what about|how about|"
    r"what of|same|but|also|then|or)\b"
    r"|\b(?:it|that|that one|there|them|those|one|then)\b"
)
_POINTS_WORDS_MAX = 16
_POINTS = re.compile(
    r"^(?:ok(?:ay)? |so |hmm |and |but )*(?:is|was|are|were|does|did) (?:that|this|it|those|these) "
    r"(?=.*\b(?:more|less|fewer|further|farther|faster|slower|better|worse|longer|as much|than)\b)"
)
"""A figure of before, held against another: "is that more than in the whole of last week?"."""
_BEFORE_THAT = re.compile(r"\b(?:week|month|year|one|day|period)? ?before(?: that| it)?$")
_AFTER_THAT = re.compile(r"\b(?P<u>week|day) after(?: that)?$")
_BARE_KM = re.compile(r"^(?:and |what |how |about |for |over |the |a )*(?P<km>\d{1,2})$")
_IN_ALL = re.compile(r"\b(?:in total|altogether|in all)\b")
"""Behind a question of some days it speaks of all of those, and not of all time."""
_COMPARES = re.compile(r"\b(?:compar\w+|versus|against|than|better|worse|more|less)\b")
_TALK: frozenset[Kind] = frozenset(
    {"unknown", "greeting", "thanks", "help", "off_topic", "others", "language"}
)
_OF_A_RUN: frozenset[Kind] = frozenset(
    {"run", "splits", "intervals", "decoupling", "zones", "compare_runs", "nutrition"}
)
_TAKES: dict[Kind, frozenset[str]] = {
    "paces": frozenset(
        {"intensity_word", "rep_words", "sessions", "intervals", "pace", "paces", "slot:sort"}
    ),
    "planned": frozenset({"slot:sort", "sessions", "intervals", "slot:future", "slot:day"}),
    "predict": frozenset({"paces", "pace", "slot:distance"}),
    "ready": frozenset({"slot:distance", "goal"}),
    "relation": frozenset({"slot:pair"}),
    "best": frozenset({"slot:distance"}),
    "best_history": frozenset({"slot:distance"}),
}
"""What a follow-up may bring of its own and still ask the same: "and for intervals?"."""
_SLOT_CONCEPTS = frozenset(
    {
        "last", "next", "compare", "personal", "greeting", "thanks", "goal", "races", "run",
        "trend", "list", "all", "countdown", "look_like", "should", "ready", "done", "others",
        "history",
    }
)  # fmt: skip
_WEAK: frozenset[Kind] = frozenset(
    {
        "total",
        "heart_rate_trend",
        "unknown",
        "paces",
        "fitness_trend",
        "forecast",
        "off_topic",
        "tally",
    }
)


def leans(read: Found, intent: Intent) -> bool:
    """Whether a question is short, and points to something said before."""
    if _POINTS.search(read.text) and len(read.text.split()) <= _POINTS_WORDS_MAX:
        return True
    count = len(read.text.split())
    if count > FOLLOWS_WORDS_MAX:
        return False
    if intent.kind == "tally" and count <= BARE_WORDS and not _narrows(intent):
        return True
    if _BEGINS.search(read.text) or _ALSO.search(read.text):
        return True
    return intent.sureness < SURE or (
        bool(_FOLLOWS.search(read.text)) and intent.sureness < CERTAIN
    )


def _narrows(intent: Intent) -> bool:
    return intent.period is not None or intent.narrowed != Narrowed()


def continued(before: Intent, intent: Intent, read: Found, today: date) -> Intent:
    """The earlier intent with what the new question changes of it."""
    if before.kind in _TALK or intent.kind in {"medical", "thanks", "greeting", "change"}:
        return intent
    kind, own = _kind(before, intent, read)
    period, other = _periods(before, intent, read, kind, today)
    field = intent.field or ("" if own else before.field)
    return replace(
        before,
        kind=kind,
        sureness=max(intent.sureness, before.sureness if not own else 0.0),
        period=period,
        other=other,
        distance_m=intent.distance_m or _bare_distance_m(before, read) or before.distance_m,
        from_distance_m=intent.from_distance_m or before.from_distance_m,
        run=_run(before, intent, kind),
        field=field,
        pair=intent.pair if intent.pair[0] else before.pair,
        count=intent.count or before.count,
        narrowed=intent.narrowed if own or intent.narrowed != Narrowed() else before.narrowed,
        words=intent.words,
        why=intent.why,
        what_is=intent.what_is,
    )


def _bare_distance_m(before: Intent, read: Found) -> float | None:
    """A number without its unit, where a distance was asked for: "what about 5?"."""
    bare = _BARE_KM.search(read.text) if before.distance_m is not None else None
    return 1000.0 * float(bare["km"]) if bare else None


def _kind(before: Intent, intent: Intent, read: Found) -> tuple[Kind, bool]:
    """What is asked now, and whether the new question says so itself."""
    own = intent.sureness >= SURE and not _only_slots(read)
    if "ready" in read.touched and before.kind in {"predict", "race_goal", "best"}:
        return "ready", True
    if own and _same_again(before, read):
        return before.kind, False
    if (
        intent.field
        and before.kind in {"run", "splits", "compare_runs", "races", "longest", "hilliest"}
        and not intent.period
        and intent.narrowed == Narrowed()
        and not read.distances
        and (not own or intent.kind in _WEAK)
    ):
        return "run" if before.kind != "compare_runs" else before.kind, True
    if (
        before.kind == "total"
        and _COMPARES.search(read.text)
        and (read.periods or _BEFORE_THAT.search(read.text))
    ):
        return "compare_periods", True
    return (intent.kind if own else before.kind), own


def _same_again(before: Intent, read: Found) -> bool:
    """Whether all that the new question brings is what the earlier kind takes."""
    takes = _TAKES.get(before.kind)
    if takes is None or not _BEGINS.search(read.text):
        return False
    words = concepts(read.bare) - _SLOT_CONCEPTS
    brought = words | {one for one in read.touched if one in {"slot:distance", "slot:sort"}}
    return bool(brought & takes) and words <= takes


def _periods(
    before: Intent, intent: Intent, read: Found, kind: Kind, today: date
) -> tuple[Period | None, Period | None]:
    period = intent.period or before.period
    if _IN_ALL.search(read.text) and before.period is not None and len(read.periods) == 1:
        period = before.period
    after = _AFTER_THAT.search(read.text)
    if after and before.period is not None and before.period.first is not None:
        step = timedelta(days=7 if after["u"] == "week" else 1)
        later = before.period.last + timedelta(days=1)
        period = replace(before.period, first=later, last=before.period.last + step, coming=None)
    before_that = _BEFORE_THAT.search(read.text)
    if before_that and before.period is not None:
        period = calendar.before(before.period)
    if kind == "compare_periods":
        if before.kind == "compare_periods":
            both = intent.period is None
            return period, (before.other if both else calendar.before(period) if period else None)
        first = before.period or calendar.unit_span("month", 0, today)
        named = read.periods[0] if read.periods else period
        return first, (named if named != first else calendar.before(first))
    return period, intent.other or (before.other if kind == before.kind else None)


def _run(before: Intent, intent: Intent, kind: Kind) -> RunAsked | None:
    run = (
        intent.run
        if intent.run
        and (intent.run.name or intent.run.day or intent.run.sort or intent.run.back > 1)
        else None
    )
    former = before.run
    if run and run.back > 1 and not run.sort and former and former.sort and not former.day:
        run = replace(run, sort=former.sort, back=former.back + 1)
    lends = kind in _OF_A_RUN or before.run is not None
    return run or (before.run if lends else None) or intent.run


def _only_slots(read: Found) -> bool:
    """Whether a text gives only a period, a distance or a day, and no word of what is asked."""
    return not concepts(read.bare) - _SLOT_CONCEPTS
