"""The evidence of a turn, so arranged that a sentence is judged in a few thousand steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from strideiq.coach.checking.evidence import Evidence, Figure, Subject
from strideiq.coach.checking.mentions import Names
from strideiq.coach.checking.quantities import QUANTITIES, Dimension


class Index:
    """One evidence by names and by dimensions."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.subjects: Sequence[Subject] = evidence.all_subjects

    @cached_property
    def names(self) -> Names:
        """What rows are called."""
        return Names(self.subjects)

    @cached_property
    def figures(self) -> Mapping[Dimension, Sequence[Figure]]:
        """The figures of each dimension, in their order."""
        found: dict[Dimension, list[Figure]] = {}
        for figure in self.evidence.figures:
            found.setdefault(QUANTITIES[figure.quantity].dimension, []).append(figure)
        return found

    def figures_of(
        self, dimensions: Iterable[Dimension], rows: frozenset[Subject] | None
    ) -> Iterator[Figure]:
        """The figures of some dimensions, of some rows or of all."""
        if rows is None:
            for dimension in dimensions:
                yield from self.figures.get(dimension, ())
            return
        wanted = frozenset(dimensions)
        for row in sorted(rows, key=lambda one: (one.kind, one.row_id)):
            for figure in self._figures_by_row.get(row, ()):
                if QUANTITIES[figure.quantity].dimension in wanted:
                    yield figure

    @cached_property
    def _figures_by_row(self) -> Mapping[Subject, Sequence[Figure]]:
        found: dict[Subject, list[Figure]] = {}
        for figure in self.evidence.figures:
            found.setdefault(figure.subject, []).append(figure)
        return found

    @cached_property
    def first_figure(self) -> Mapping[Subject, str]:
        """The first figure of each subject, by its id."""
        found: dict[Subject, str] = {}
        for figure in self.evidence.figures:
            found.setdefault(figure.subject, figure.figure_id)
        return found

    @cached_property
    def _subject_of(self) -> Mapping[str, Subject]:
        return {one.figure_id: one.subject for one in self.evidence.figures} | {
            one.trend_id: one.subject for one in self.evidence.trends
        }

    def subjects_of(self, cited: Iterable[str]) -> frozenset[Subject]:
        """The rows of figures and trends by their ids."""
        return frozenset(self._subject_of[one] for one in cited)
