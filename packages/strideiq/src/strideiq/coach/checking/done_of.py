"""How much of a whole that the same row tells: "15 of 18 workouts", "147 km of 400 km"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.elided import with_unit
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told

_DONE_OF = re.compile(
    r"(?P<done>#+)\s(?:out\s)?(?:of|/)\s+(?:the\s|your\s)?(?:planned\s)?\s*(?P<planned>#+)"
    r"(?:\s(?:planned\s|scheduled\s)?(?P<noun>workouts|sessions|runs))?",
    re.IGNORECASE,
)
_WORN_OF = re.compile(r"(?P<done>#+)\s(?:out\s)?of\s(?:the\s|its\s|their\s)?(?P<limit>#+)")
PAIR = 2
"""What was planned, and what was done of it."""


@dataclass(frozen=True)
class DoneOf:
    """A claim of how many of how many were done."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]
    """None where it does not hold."""


def worn_of(
    text: str,
    told: Sequence[Told],
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Iterator[DoneOf]:
    """Every claim of how far gear has gone of what it is meant for: "147 km of 400 km"."""
    places = {one.begin: one for one in told}
    rows = rows_of(mentions) if mentions else focus
    for match in _WORN_OF.finditer(text):
        done, limit = places.get(match.start("done")), places.get(match.start("limit"))
        for row in rows or ():
            if done is None or limit is None or row.kind != "gear":
                continue
            gone, whole = index.of_row(row, "distance"), index.of_row(row, "limit")
            ways = with_unit(text, done, limit) if done.bare and not limit.bare else [done]
            if gone and whole and equal(limit, whole[0]) and any(equal(w, gone[0]) for w in ways):
                yield DoneOf(*match.span(), (gone[0].figure_id, whole[0].figure_id))


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
            counts = index.of_row(row, "workouts")
            low = [one for one in counts if one.value == done.value]
            high = [one for one in counts if one.value == planned.value]
            if len(counts) < PAIR:
                continue
            pair = [(a, b) for a in low for b in high if a is not b and a.value <= b.value]
            ids = tuple(one.figure_id for one in pair[0]) if pair else ()
            yield DoneOf(match.start(), match.end(), ids)
            break
