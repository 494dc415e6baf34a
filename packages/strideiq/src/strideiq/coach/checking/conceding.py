"""What "despite being longer" and "although it was longer" are told of."""

from __future__ import annotations

import re

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.ground import Ground
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.relations import Relation

_DESPITE = re.compile(
    rf"(?P<before>{MASK},?\s)?(?P<word>\b(?:(?:despite|in spite of)\s(?:being|having been|it "
    rf"being)|"
    r"(?:although|even though|though|even if)\s(?:it|that one|that run)\s(?:was|is))\s)"
    r"(?:\w+\s){0,2}(?:#+\s)?(?:\w+\s)?$",
    re.IGNORECASE,
)
_FIRST = re.compile(rf"(?:your\s|the\s)?{MASK}+$", re.IGNORECASE)


def conceded_row(ground: Ground, one: Relation) -> Subjects | None:
    """What "despite being longer" is told of: the row that the sentence is about."""
    match = _DESPITE.search(ground.text, 0, one.begin)
    if match is None:
        return None
    if match["before"]:
        told_of = [m for m in ground.mentions if m.end <= match.start("word")][-1:]
    elif match.start("word") == 0:
        behind = re.compile(rf"[^,;]*,\s(?:your\s|the\s)?(?={MASK})").match(ground.text)
        told_of = [m for m in ground.mentions if behind and m.begin == behind.end()]
    else:
        told_of = [m for m in ground.mentions[:1] if _FIRST.match(ground.text, 0, m.end)]
    return rows_of(told_of) if told_of else frozenset()
