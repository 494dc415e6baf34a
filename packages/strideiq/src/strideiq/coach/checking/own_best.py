"""A best, or what is predicted, of a distance that the sentence names elsewhere.

"Your predicted marathon is faster than your personal best": that best is the one over a marathon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

_BEST = re.compile(
    r"\b(?:(?:your|its) (?:own )?(?:current )?(?:personal best|best(?: time)?|pb|record)|"
    r"personal best|pb)"
    r"\b(?!\s(?:over|for|of|at|in|5|10|half|marathon|effort|run|week|ever|way|to\b))",
    re.IGNORECASE,
)
_PREDICTED = re.compile(r"\b(?:the |your )?(?:prediction|predicted time|forecast)\b", re.IGNORECASE)
_OVER = r"\b(?:for|over|in)\s(?:the\s|a\s)?"


def own_bests(text: str, by_name: Sequence[Mention], index: Index) -> list[Mention]:
    """Mentions of bests and predictions that take their distance from the rest of the sentence."""
    if not any(row.kind == "race_equivalent" for row in index.subjects):
        return []
    named = {row for one in by_name for row in one.exact if row.kind in _OF_A_DISTANCE}
    labels = {_label(row) for row in named} if len(named) == 1 else set()
    over: list[Mention] = []
    if not named:
        over = [each for label in _labels(index) for each in _over(text, label, index)]
        labels = {_label(row) for one in over for row in one.exact}
    if len(labels) != 1 or len(over) > 1:
        return []
    (label,) = labels
    free = [one for one in by_name if one.exact]
    found = [
        Mention(*match.span(), rows, rows)
        for pattern, kind in ((_BEST, "best_effort"), (_PREDICTED, "race_equivalent"))
        for match in pattern.finditer(text)
        if (rows := _of(label, kind, index))
        and all(match.end() <= one.begin or one.end <= match.start() for one in free)
    ]
    return [*over, *found] if found else []


_OF_A_DISTANCE = frozenset({"race_equivalent", "best_effort"})


def _label(row: Subject) -> str:
    if row.kind == "race_equivalent":
        return row.row_id.lower()
    words = (one.removesuffix(" best").lower() for one in row.aliases if one.endswith(" best"))
    return next(words, "")


def _labels(index: Index) -> set[str]:
    return {row.row_id.lower() for row in index.subjects if row.kind == "race_equivalent"}


def _over(text: str, label: str, index: Index) -> list[Mention]:
    """Where a distance is named that something is told over."""
    rows = frozenset(row for kind in _OF_A_DISTANCE for row in _of(label, kind, index))
    places = re.finditer(rf"{_OVER}{re.escape(label)}\b(?!\s?\w*/)", text, re.IGNORECASE)
    return [Mention(*match.span(), rows, rows) for match in places]


def _of(label: str, kind: str, index: Index) -> frozenset[Subject]:
    return frozenset(
        row for row in index.subjects if row.kind == kind and label and _label(row) == label
    )
