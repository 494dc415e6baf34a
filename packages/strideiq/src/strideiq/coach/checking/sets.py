"""Several rows as one set: "the two runs", "the longest of the three"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.grouping import grouped
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK

_KINDS = {
    "run": "activity", "session": "activity", "outing": "activity", "effort": "activity",
    "workout": "activity", "week": "week", "best": "best_effort", "pb": "best_effort",
    "month": "month", "period": "period", "race": "activity",
}  # fmt: skip
_THE_SET = re.compile(
    r"\b(?:(?:the|these|those|your|all|both)\s+)+(?:of\s)?(?:the\s|these\s|those\s|your\s)?"
    rf"(?:(?P<n>\d+)\s+)?(?:\w+\s)?(?P<noun>{'|'.join(_KINDS)})e?s\b(?!\s(?:this|last|in|over|"
    rf"since|"
    r"per|a\b|each|so far))|\bof the\s+(?P<n2>\d+)\b(?!\s(?:\w+\s)?\w+s\b)",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:the\s|your\s)?(?P<word>longest|shortest|furthest|farthest|fastest|quickest|slowest|"
    r"hilliest|highest|lowest|biggest|smallest|(?<=the )(?:longer|shorter|faster|quicker|slower|"
    r"bigger|smaller|higher(?= of the\s+2 heart)))\b(?:\s(?:run|one|outing|session|heart rate|"
    r"average "
    r"heart rate|week|best))?",
    re.IGNORECASE,
)
_ORDERS: dict[str, tuple[tuple[str, ...], bool]] = {
    "longest": (("distance", "duration"), True), "shortest": (("distance", "duration"), False),
    "furthest": (("distance",), True), "farthest": (("distance",), True),
    "fastest": (("pace",), False), "quickest": (("pace",), False), "slowest": (("pace",), True),
    "hilliest": (("ascent",), True), "biggest": (("distance",), True),
    "smallest": (("distance",), False), "highest": (("heart_rate",), True),
    "lowest": (("heart_rate",), False),
}  # fmt: skip
_BOTH = re.compile(
    rf"\bboth\b(?=\s(?:your\s|the\s)?{MASK}+\s(?:and|as well as)\s(?:your\s|the\s)?{MASK})",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\b(?:came|comes|is|was) (?:next|second|in between|in the middle)\b", re.IGNORECASE
)
THREE = 3


@dataclass(frozen=True)
class InSet:
    """A part of a text that speaks of a set, and holds."""

    begin: int
    end: int


def in_sets(text: str, mentions: Sequence[Mention], index: Index) -> list[InSet]:
    """The parts of a text that speak of the rows that it names as a set, and are so."""
    groups = grouped(mentions)
    found: list[InSet] = []
    rows: list[Subjects] = []
    for match in _THE_SET.finditer(text):
        number = int(match["n"] or match["n2"] or 0)
        kind = _KINDS[match["noun"].lower()] if match["noun"] else "activity"
        named = [group for group in groups if any(row.kind == kind for row in group)]
        every = [frozenset({row}) for row in index.subjects if row.kind == kind]
        if number < 2 and "both" not in match.group().lower():  # noqa: PLR2004  one is no set
            continue
        number = number or 2
        rows = named if len(named) == number else every if len(every) == number else []
        if rows:
            found.append(InSet(*match.span()))
    found += [InSet(*one.span()) for one in _BOTH.finditer(text)]
    if len(rows) > 1:
        extremes = [
            one for one in _EXTREME.finditer(text) if _is_extreme(one, mentions, rows, index)
        ]
        found += [InSet(*one.span()) for one in extremes]
        if len(extremes) > 1 and len(rows) == THREE:
            found += [InSet(*one.span()) for one in _NEXT.finditer(text)]
    return found


def claims_next(text: str) -> bool:
    """Whether a text ranks something that stands between two others."""
    return bool(_NEXT.search(text))


def _is_extreme(
    match: re.Match[str], mentions: Sequence[Mention], rows: Sequence[Subjects], index: Index
) -> bool:
    before = [one for one in mentions if one.end <= match.start()]
    told_of = before[-1:] or list(mentions[:1])
    if not told_of:
        return False
    word = match["word"].lower()
    if word.endswith("er"):
        if len(rows) != 2:  # noqa: PLR2004  the longer one is of two
            return False
        word = f"{word.removesuffix('er')}est"
    quantities, most = _ORDERS[word]
    verdicts = [
        _leads(told_of[0].exact, rows, quantity, index, most=most) for quantity in quantities
    ]
    known = [one for one in verdicts if one is not None]
    return bool(known) and all(known)


def _leads(
    told_of: Subjects, rows: Sequence[Subjects], quantity: str, index: Index, *, most: bool
) -> bool | None:
    own = _value(told_of, quantity, index)
    values = [_value(one, quantity, index) for one in rows]
    if own is None or any(one is None for one in values):
        return None
    others = [one for one, group in zip(values, rows, strict=True) if not group & told_of]
    if len(others) != len(rows) - 1:
        return False
    return all(one is not None and (own > one if most else own < one) for one in others)


def _value(rows: frozenset[Subject], quantity: str, index: Index) -> float | None:
    found = {one.value for row in rows for one in index.of_row(row, quantity)}
    return found.pop() if len(found) == 1 else None
