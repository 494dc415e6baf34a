"""Which run a question is about: the last one, one of a day, of a sort, or by its name."""

from __future__ import annotations

import re
from typing import Literal

from strideiq.coach.engines.builtin.understanding.intent import Period, RunAsked, Sort
from strideiq.coach.engines.builtin.understanding.vocabulary import (
    NO_NAMES,
    ORDINARY_WORDS,
    TELLING_WORDS,
)

_RUN = (
    r"(?:(?:training )?runs?|jogs?|activit(?:y|ies)|outings?|workouts?|sessions?|time out|time "
    r"i (?:ran|went|was out)|(?<!this )(?<!that )training|efforts?|plods?|trots?|parkruns?)"
)
SORTS: tuple[tuple[Sort, str], ...] = (
    ("long", r"(?:long|longer) (?:\w+ )?(?:run|one|runs|ones|session|jog|slog|outing)|lsr"),
    (
        "interval",
        (
            r"intervals?|reps|repeats|track (?:session|workout|night)|speed session|speed ?work|"
            r"vo2 ?max session|fartlek|interval(?: workout| session)"
        ),
    ),
    ("threshold", r"(?:threshold|tempo|cruise)(?: session| run| workout| one)?"),
    ("race", r"race|races|competition|event"),
    ("easy", r"(?:easy|recovery|steady|gentle) (?:run|one|jog|runs|day|jogs|plod)"),
    ("ride", r"rides?|bike rides?|cycling|bike|cycled"),
)
_SORT = "|".join(words for _, words in SORTS)
_LAST = re.compile(
    r"\b(?:last|latest|most recent|newest|previous|recent|just did|just finished|that|this) "
    r"(?P<of>of (?:all )?(?:of )?(?:my|the|these|those) )?"
    r"(?:(?P<n>\d+) )?(?:(?:big|little|proper|single|hard|tough|track|outdoor|weekend|solo) )?"
    rf"(?:(?P<sort>{_SORT})|{_RUN})\b(?! (?:results|history))"
)
NAME_LENGTH_MIN = 3
"""Shorter words are no names."""
NAME_LENGTH_MAX = 80
"""Of longer names only the words that fit are looked for."""
_SEVERAL = re.compile(
    r"\b(?:runs|races|jogs|activities|outings|sessions|workouts|efforts|rides|ones|parkruns)$"
)
_RACED_LAST = re.compile(
    r"\b(?:last (?:time i )?raced|i last (?:raced?|compet\w*|pin\w* \w+|wore a (?:number|bib)|"
    r"lined up|toed))\b|\blast (?:race )?(?:number|bib)\b"
)
_RAN_LAST = re.compile(
    r"\b(?:run|ran|do|did|went|go|out|train\w*|jog\w*)(?: \w+)? (?:last|most recently)$|"
    r"\b(?:i|i have) just (?:ran|run|did|done|finished|completed)\b|"
    r"\b(?:when|where) did i last (?:run|go|jog|train)\b|"
    r"\blast (?:race|time i (?:ran|raced|went))\b"
)
_SECOND = re.compile(
    r"\b(?:(?:run|one|outing|session)(?: i (?:did|ran|had))? before (?:my|the) "
    r"(?:last|latest|most recent)|"
    r"second (?:to )?(?:last|latest|most recent)|last but 1|last but one|penultimate|"
    rf"(?:one|run|outing|session) before(?: that| last| it|$)|before last|"
    rf"2nd (?:to )?last) ?(?:{_RUN})?\b"
)
_BESIDE = re.compile(
    rf"\b(?:{_RUN}|day|run|ran|do|did|done|1) (?:(?:that )?i (?:did|ran|had) )?"
    r"(?:(?:just|right|straight|the day) )?(?P<side>before|after) (?:the |my |that |this )?"
    r"(?:(?:last|latest|most recent|big) )?"
    rf"(?P<what>(?:\w+ )?(?:{_SORT})|(?:\d+ (?:km|k|miles?) )?(?:half )?marathon|parkrun)\b"
)
_TWO = re.compile(
    r"\b(?:last|latest|past|recent|previous) 2\b|\b(?:2|both) (?:most recent|latest|last)\b|"
    r"\b(?:than|versus|and|to|with|against|or) the (?:\w+ )?(?:one|run|race|session) before\b|"
    r"(?<=\S )(?:than|versus|and|to|with|against) (?:the|my) (?:last|previous|one before)(?: \w+)? "
    r"(?:one|run|race|session)\b"
)
_SORTS = tuple((sort, re.compile(rf"\b(?:{words})\b")) for sort, words in SORTS)
_OF_DISTANCE = re.compile(
    r"\b(?:last|latest|most recent|previous|recent) (?:\d+(?:\.\d+)? (?:km|k|miles?|m)|half(?: "
    r"marathon)?|marathon|full marathon|parkrun)\b(?! (?:days|weeks|pace))"
)
_QUOTED = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab]([^\"\u201c\u201d\u00bb]{2,80})[\"\u201c\u201d\u00bb]"
)


def quoted_name(text: str) -> str:
    """A name in quotation marks, as it was typed."""
    match = _QUOTED.search(text)
    return match[1] if match else ""


def run_asked(text: str, day: Period | None, quoted: str) -> RunAsked | None:
    """The run that a tidied text names; None where it names none.

    ``text`` is without its periods; ``day`` is the one day that it speaks of.
    """
    if quoted:
        return RunAsked(day=day, name=quoted)
    if day is None and (beside := _BESIDE.search(text)) is not None:
        side: Literal["before", "after"] = "before" if beside["side"] == "before" else "after"
        return RunAsked(sort=sort_of(beside["what"]) or "race", beside=side)
    return _told_by_its_place(text, day)


def _told_by_its_place(text: str, day: Period | None) -> RunAsked | None:
    """The last run, the one before it, or that of a day."""
    sort = sort_of(text)
    if _SECOND.search(text):
        return RunAsked(back=2, sort=sort)
    if _RACED_LAST.search(text):
        return RunAsked(sort="race")
    last = _LAST.search(text)
    single = last is not None and _is_one(last)
    if last is not None and last["sort"]:
        sort = sort_of(last["sort"])
    if single or _RAN_LAST.search(text):
        return RunAsked(sort=sort)
    if day is not None:
        return RunAsked(day=day, sort=sort)
    return None


def _is_one(last: re.Match[str]) -> bool:
    """Whether the last run is meant, or the last one of many, and not the last few."""
    if last["of"]:
        return True
    return (last["n"] or "1") == "1" and not _SEVERAL.search(last.group())


def two_runs(text: str) -> bool:
    """Whether a tidied text speaks of two runs, one after the other."""
    return bool(_TWO.search(text))


def sort_of(text: str) -> Sort:
    """The sort of run that a tidied text speaks of."""
    return next((sort for sort, pattern in _SORTS if pattern.search(text)), "")


def run_of_distance(text: str) -> bool:
    """Whether the last run over a distance is asked for: "my last half marathon"."""
    return bool(_OF_DISTANCE.search(text))


def possible_name(text: str) -> str:
    """The words of a tidied text that may be the name of a run: those that are no ordinary ones."""
    words = [
        word
        for word in text.split()
        if word.isalpha()
        and NAME_LENGTH_MIN <= len(word) <= NAME_LENGTH_MAX
        and not (word in NO_NAMES or word in ORDINARY_WORDS or word in TELLING_WORDS)
    ]
    while len(" ".join(words)) > NAME_LENGTH_MAX:
        words.pop()
    return " ".join(words)


def counted(text: str) -> int | None:
    """How many runs are asked for: "my last 5 runs"."""
    match = re.search(
        rf"\b(?:last|latest|past|recent|top|my|the|first) (\d+) (?:\w+ )?{_RUN}\b", text
    ) or re.search(rf"\b(\d+) (?:longest|fastest|last|latest|most recent|newest) {_RUN}\b", text)
    return max(1, min(int(match[1]), 60)) if match else None
