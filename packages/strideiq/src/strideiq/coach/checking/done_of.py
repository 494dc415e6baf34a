"""What was done of what was planned, where one row counts both: "15 of 18 workouts"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told

_DONE_OF = re.compile(
    r"(?P<done>#+)\s(?:out\s)?(?:of|/)\s+(?:the\s|your\s)?(?:planned\s)?\s*(?P<planned>#+)"
    r"(?:\s(?:planned\s|scheduled\s)?(?P<noun>workouts|sessions|runs))?",
    re.IGNORECASE,
)
_OF_A_PLAN = ("workouts",)
PAIR = 2
"""What was planned, and what was done of it."""


@dataclass(frozen=True)
class DoneOf:
    """A claim of how many of how many were done."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]
    """None where it does not hold."""


def done_of(
    text: str,
    told: Sequence[Told],
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Iterator[DoneOf]:
    """Every such claim of the only row that a text names, or of what "it" is."""
    places = {one.begin: one for one in told}
    rows = rows_of(mentions) if mentions else focus
    for match in _DONE_OF.finditer(text):
        done, planned = places.get(match.start("done")), places.get(match.start("planned"))
        if done is None or planned is None or not (done.bare and planned.bare):
            continue
        for row in rows or ():
            counts = [one for name in _OF_A_PLAN for one in index.of_row(row, name)]
            low = [one for one in counts if one.value == done.value]
            high = [one for one in counts if one.value == planned.value]
            if len(counts) < PAIR:
                continue
            pair = [(a, b) for a in low for b in high if a is not b and a.value <= b.value]
            ids = tuple(one.figure_id for one in pair[0]) if pair else ()
            yield DoneOf(match.start(), match.end(), ids)
            break
