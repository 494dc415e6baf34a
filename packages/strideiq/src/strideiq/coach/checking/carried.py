"""A measure that goes on from the sentence or clause in front: "On Thursday it was 1,923 kcal".

Behind a day, "it" is no row that was named before: it is what was told of another day, of this
one. So the figure must be of the same measure, and of the day in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relating import spoken

_IT_WAS = re.compile(
    r"(?:^|[;:]\s|,?\s(?:and|but|while)\s)(?:(?:and|but|while)\s)?"
    r"(?P<day>(?:(?:on|in|for|from|during|over|by)\s)?(?:the\s)?\u2588+(?:\s\u2588+)?),?\s"
    r"(?P<it>it\s(?:was|is|came\sto|stood\sat)\s(?:down\s(?:at|to)\s|up\s(?:at|to)\s)?"
    r"(?:about\s|around\s|roughly\s|only\s|just\s|at\s|still\s)?)(?P<f>#+)",
    re.IGNORECASE,
)
_BY = re.compile(r"by\s", re.IGNORECASE)


@dataclass(frozen=True)
class Carried:
    """A figure of a measure that was named in front; it holds."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def carried(
    text: str,
    words: str,
    told: Sequence[Told],
    mentions: Sequence[Mention],
    before: tuple[Sequence[str], Subjects],
    index: Index,
) -> Iterator[Carried]:
    """Every such figure, in a text without its figures.

    ``before``: the measures that the last sentence told, and the rows that it spoke of.
    """
    places = {one.begin: one for one in told}
    for match in _IT_WAS.finditer(text):
        figure = places.get(match.start("f"))
        inside = [m for m in mentions if match.start("day") <= m.begin < match.end("day")]
        if figure is None or not inside:
            continue
        front = words[: match.start("day")]
        here = spoken(front) if front.strip(" ,;") else []
        rows = frozenset.intersection(*(one.exact for one in inside))
        ahead = [m for m in mentions if m.end <= match.start() and m.exact]
        named = rows_of(ahead) if ahead else frozenset()
        alike = _alike(rows, named if here else before[1], index)
        names = _only(here or before[0], figure)
        found = [
            one
            for row in sorted(alike, key=lambda row: (row.kind, row.row_id))
            for name in names
            for one in index.of_row(row, name)
            if _is(figure, one)
        ]
        if found:
            # "by Thursday it was 2" tells what it was on Thursday
            by = _BY.match(text, match.start("day"))
            yield Carried(match.start("it"), figure.end, (found[0].figure_id,))
            if by:
                yield Carried(match.start("day"), by.end(), (found[0].figure_id,))


def _is(told: Told, figure: Figure) -> bool:
    """Whether a figure is what is told, or a plain one of a measure that has no unit."""
    if told.bare and told.counted and re.match(r"#|\d|\w+s\b", told.counted):
        return False
    return equal(told, figure)


def _only(names: Sequence[str], told: Told) -> list[str]:
    """The measures that a figure can be of; none where it could be of two."""
    fitting = [name for name in names if QUANTITIES[name].dimension in told.dimensions]
    if told.bare:
        fitting = [name for name in fitting if QUANTITIES[name].dimension in {"plain", "rate"}]
    return fitting if len(fitting) == 1 else []


def _alike(rows: Subjects, named: Subjects, index: Index) -> Iterator[Subject]:
    """The rows of a day; of its scores the one of the same name as what was named in front."""
    kinds = {row.kind for row in named}
    for row in rows:
        for part in index.parts(row):
            scored = any(index.of_row(part, "score"))
            if not scored or part.kind in kinds:
                yield part
