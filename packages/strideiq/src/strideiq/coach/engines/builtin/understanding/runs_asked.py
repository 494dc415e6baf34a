"""Which run a question is about: the last one, one of a day, of a sort, or by its name."""

from __future__ import annotations

import re

from strideiq.coach.engines.builtin.understanding.intent import Period, RunAsked, Sort
from strideiq.coach.engines.builtin.understanding.vocabulary import NO_NAMES

_RUN = (
    r"(?:runs?|jogs?|activit(?:y|ies)|outings?|workouts?|sessions?|time out|time "
    r"i (?:ran|went)|training)"
)
SORTS: tuple[tuple[Sort, str], ...] = (
    ("long", r"long run|long one|long runs"),
    ("interval", r"intervals?|reps|repeats|track session|track workout|speed session|speed ?work"),
    ("threshold", r"threshold(?: session| run| workout)?|tempo(?: session| run| workout)?"),
    ("race", r"race"),
    ("easy", r"easy (?:run|one|jog)|recovery (?:run|jog)"),
    ("ride", r"ride|bike ride|cycling"),
)
_SORT = "|".join(words for _, words in SORTS)
_LAST = re.compile(
    rf"\b(?:last|latest|most recent|newest|previous|recent|just did|just finished|that|this) "
    rf"(?:(?P<n>\d+) )?(?:(?:big|little|proper) )?(?:(?P<sort>{_SORT})|{_RUN})\b"
)
_RAN_LAST = re.compile(
    r"\b(?:run|ran|do|did|went|go|out|train\w*|jog\w*)(?: \w+)? (?:last|most "
    r"recently)$|\bi just (?:ran|did|finished)\b"
)
_SECOND = re.compile(
    r"\b(?:second (?:to )?last|last but one|penultimate|one before(?: that| "
    rf"last)?|before last|2nd last) ?(?:{_RUN})?\b"
)
_TWO = re.compile(
    r"\b(?:last|latest|past|recent) 2\b|\b(?:than|versus|and|to|with) the (?:one|run) before\b"
    r"|\bthan the (?:last|previous) (?:one|run)\b"
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
    sort = sort_of(text)
    if quoted:
        return RunAsked(day=day, name=quoted)
    if _SECOND.search(text):
        return RunAsked(back=2, sort=sort)
    last = _LAST.search(text)
    if last is not None and (last["n"] or "1") == "1":
        return RunAsked(sort=sort)
    if _RAN_LAST.search(text):
        return RunAsked(sort=sort)
    if day is not None:
        return RunAsked(day=day, sort=sort)
    return None


def two_runs(text: str) -> bool:
    """Whether a tidied text speaks of two runs, one after the other."""
    return bool(_TWO.search(text))


def sort_of(text: str) -> Sort:
    """The sort of run that a tidied text speaks of."""
    for sort, words in SORTS:
        if re.search(rf"\b(?:{words})\b", text):
            return sort
    return ""


def possible_name(text: str) -> str:
    """The words of a tidied text that may be the name of a run."""
    return " ".join(word for word in text.split() if word not in NO_NAMES and word.isalnum())


def counted(text: str) -> int | None:
    """How many runs are asked for: "my last 5 runs"."""
    match = re.search(
        rf"\b(?:last|latest|past|recent|top|my|the|first) (\d+) (?:\w+ )?{_RUN}\b", text
    ) or re.search(rf"\b(\d+) (?:longest|fastest|last|latest|most recent|newest) {_RUN}\b", text)
    return max(1, min(int(match[1]), 60)) if match else None
