"""Which runs a sum or a mean is asked of: those of a sort, of a weekday, of a part of the day."""

from __future__ import annotations

import re

from strideiq.coach.engines.builtin.understanding.days_said import SINGLE, WEEKDAY
from strideiq.coach.engines.builtin.understanding.intent import Narrowed, Sort

_RUNS = r"(?:runs|jogs|ones|days|efforts|outings|sessions|workouts|running|training)"
_SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("easy", re.compile(rf"\b(?:easy|recovery|steady|gentle)(?: \w+)? {_RUNS}\b")),
    ("long", re.compile(rf"\b(?:long(?! enough)|sunday long)(?: \w+)? {_RUNS}\b")),
    (
        "interval",
        re.compile(r"\b(?:intervals?|track|speed|reps) (?:sessions|workouts|runs|days)\b"),
    ),
    ("threshold", re.compile(rf"\b(?:threshold|tempo)(?: {_RUNS}|s)\b")),
)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<w>{WEEKDAY})s\b(?! {SINGLE}\b)|"
    rf"(?:every|each|a typical|an average|a usual|a normal) (?P<w2>{WEEKDAY})\b|"
    rf"(?P<w3>{WEEKDAY}) (?:\w+ )?(?:runs|mornings|evenings|afternoons)\b)"
)
_DATED = r"(?<!this )(?<!yesterday )(?<!tomorrow )(?<!day )"
_PARTS = (
    (
        "morning",
        (
            r"in the (?:early )?mornings?|mornings|morning runs|early runs|"
            r"before (?:work|breakfast|noon)"
        ),
    ),
    (
        "afternoon",
        r"in the afternoons?|afternoons|afternoon runs|at lunch(?:time)?|lunch\w* runs",
    ),
    (
        "evening",
        r"in the evenings?|evenings|evening runs|night runs|at night|after work|after dark",
    ),
)
_PART_PATTERNS = tuple((name, re.compile(rf"{_DATED}\b(?:{words})\b")) for name, words in _PARTS)


def narrowed_in(text: str) -> Narrowed:
    """What a tidied text narrows runs to; nothing of it where it speaks of all runs."""
    weekday = _WEEKDAY.search(text)
    return Narrowed(
        sort=next((sort for sort, pattern in _SORTS if pattern.search(text)), ""),
        weekday=next((one for one in weekday.groups() if one), "") if weekday else "",
        part=next((name for name, pattern in _PART_PATTERNS if pattern.search(text)), ""),
    )
