"""Figures of several rows told one behind the other: "4:42, 4:38, 4:40 and 4:39"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.elided import with_unit
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbered import kind_of_part
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import QUANTITIES

_COMMA = re.compile(r"\s?(?:,|,?\s?(?:and|then)|/|\u2013|;)\s?(?:then\s|finally\s)?", re.IGNORECASE)
FIGURES_MIN = 3


@dataclass(frozen=True)
class InTurn:
    """Figures that are those of as many rows, in their order."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def in_turn(
    text: str, told: Sequence[Told], mentions: Sequence[Mention], index: Index
) -> Iterator[InTurn]:
    """Every list of figures that is that of all parts of a run, or of all bests, in their order."""
    for run in _runs(text, told):
        for rows in _sets(mentions, index):
            found = _figures(text, run, rows, index) if len(rows) == len(run) else None
            if found:
                ids = tuple(one.figure_id for one in found)
                yield InTurn(run[0].begin, run[-1].end, ids)
                break


def _runs(text: str, told: Sequence[Told]) -> Iterator[list[Told]]:
    run: list[Told] = []
    for one in told:
        if run and _COMMA.fullmatch(text, run[-1].end, one.begin):
            run.append(one)
            continue
        if len(run) >= FIGURES_MIN:
            yield run
        run = [one]
    if len(run) >= FIGURES_MIN:
        yield run


def _sets(mentions: Sequence[Mention], index: Index) -> Iterator[Sequence[Subject]]:
    """Parts of the run that is told of, by their kinds, each in its order."""
    runs = {row.row_id.partition(":")[0] for one in mentions for row in one.exact}
    parts: dict[tuple[str, str], list[Subject]] = {}
    for row in index.subjects:
        kind = kind_of_part(row)
        run = row.row_id.partition(":")[0]
        if row.kind == "split" and kind and (run in runs or not runs):
            parts.setdefault((run, kind), []).append(row)
    yield from parts.values()


def _figures(
    text: str, run: Sequence[Told], rows: Sequence[Subject], index: Index
) -> list[Figure] | None:
    """The figure of each row that is told at its place, all of one quantity."""
    for name in QUANTITIES:
        found: list[Figure] = []
        for one, row in zip(run, rows, strict=True):
            readings = [one, *(with_unit(text, one, run[-1]) if one.bare else ())]
            of_row = index.of_row(row, name)
            found += [each for each in of_row if any(equal(told, each) for told in readings)][:1]
        if len(found) == len(run):
            return found
    return None
