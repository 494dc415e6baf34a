"""From the least to the most of several days: "your HRV ranged between 54 and 73 ms"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.elided import with_unit
from strideiq.coach.checking.evidence import Figure
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relating import spoken

_RANGED = re.compile(
    r"\b(?:rang(?:ed|es|ing)|varied|varies|fluctuat(?:ed|es|ing)|(?:been|stayed|was|were|sat) "
    r"(?:anywhere )?(?=between\s+#))\s*(?:anywhere )?(?:(?:from|between)\s+)?(?:about |around |"
    r"roughly )?(?P<low>#+)(?:\s(?:on|in)\s\u2588+)?\s?(?:to|and|\u2013|-)\s?(?:about |around |"
    r"roughly )?(?P<high>#+)",
    re.IGNORECASE,
)
VALUES_MIN = 3
"""Two values are no range."""


@dataclass(frozen=True)
class Range:
    """A claim of a least and a most; it holds."""

    begin: int
    end: int
    figure_ids: tuple[str, str]


def ranges(
    text: str, words: str, told: Sequence[Told], mentions: Sequence[Mention], index: Index
) -> Iterator[Range]:
    """Every such claim that holds of all days that are known, in a text without its figures."""
    places = {one.begin: one for one in told}
    for match in _RANGED.finditer(text):
        low, high = places.get(match.start("low")), places.get(match.start("high"))
        if low is None or high is None:
            continue
        for name in spoken(words):
            ends = _ends(name, mentions, index)
            if ends and _is(words, low, high, ends[0]) and _is(words, high, low, ends[1]):
                yield Range(low.begin, high.end, (ends[0].figure_id, ends[1].figure_id))
                break


def _is(text: str, one: Told, other: Told, figure: Figure) -> bool:
    """Whether one end is a figure, with the unit of the other one where it has none."""
    readings = [one, *(with_unit(text, one, other) if one.bare and not other.bare else ())]
    return any(equal(each, figure) for each in readings)


def _ends(name: str, mentions: Sequence[Mention], index: Index) -> tuple[Figure, Figure] | None:
    """The least and the most of the days that the tools gave, of the only kind that has them."""
    days = [
        one
        for one in index.figures.get(QUANTITIES[name].dimension, ())
        if one.quantity == name and one.subject.first_day and not one.subject.last_day
        and one.subject.kind not in {"activity", "split", "workout", "best_effort"}
    ]  # fmt: skip
    first_days = [row.first_day for one in mentions for row in one.exact if row.last_day]
    wanted = min((day for day in first_days if day), default=None)
    inside = [one for one in days if wanted is None or (one.subject.first_day or wanted) >= wanted]
    if len(inside) < VALUES_MIN or len({one.subject.kind for one in inside}) != 1:
        return None
    ordered = sorted(inside, key=lambda one: one.value)
    return ordered[0], ordered[-1]
