"""The evidence of a turn, so arranged that a sentence is judged in a few thousand steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from strideiq.coach.checking.derived import Derived, derived
from strideiq.coach.checking.evidence import Evidence, Figure, Subject
from strideiq.coach.checking.mentions import Names
from strideiq.coach.checking.quantities import EXTENSIVE, QUANTITIES, Dimension


class Index:
    """One evidence by names and by dimensions."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._basis: dict[str, tuple[str, ...]] = {}
        self._parts: dict[Subject, tuple[Subject, ...]] = {}
        self.subjects: Sequence[Subject] = evidence.all_subjects

    @cached_property
    def names(self) -> Names:
        """What rows are called."""
        told = {figure.subject for figure in self.evidence.figures}
        return Names(self.subjects, frozenset(self.subjects) - told)

    @cached_property
    def figures(self) -> Mapping[Dimension, Sequence[Figure]]:
        """The figures of each dimension, in their order, and what follows from them."""
        found: dict[Dimension, list[Figure]] = {}
        for figure in (*self.evidence.figures, *self._derived):
            found.setdefault(QUANTITIES[figure.quantity].dimension, []).append(figure)
        return found

    @cached_property
    def quantities(self) -> frozenset[str]:
        """Of what there is any figure."""
        return frozenset(one.quantity for one in self.evidence.figures)

    def basis(self, figure_id: str) -> tuple[str, ...]:
        """The figures of the evidence that one rests on: itself, unless it was derived."""
        return self._basis.get(figure_id, (figure_id,))

    def of_row(self, row: Subject, quantity: str) -> Sequence[Figure]:
        """The figures of one quantity of a row."""
        return [one for one in self._figures_by_row.get(row, ()) if one.quantity == quantity]

    @cached_property
    def _derived(self) -> Sequence[Figure]:
        rows: dict[Subject, dict[str, Figure]] = {}
        for figure in self.evidence.figures:
            rows.setdefault(figure.subject, {}).setdefault(figure.quantity, figure)
        found = [one for known in rows.values() for one in derived(known)]
        self._basis.update({one.figure.figure_id: one.basis for one in found})
        return [one.figure for one in found]

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

    def sum_of(self, rows: tuple[Subject, ...]) -> Subject:
        """Rows added up, as one that figures can be told of; each of its figures cites theirs."""
        days = [day for row in rows for day in (row.first_day, row.last_day) if day]
        total = Subject(
            "sum", "+".join(row.row_id for row in rows), "", min(days, default=None),
            max(days, default=None),
        )  # fmt: skip
        if total not in self._parts:
            self._parts[total] = rows
            self._figures_by_row[total] = list(self._added(total, rows))
        return total

    def rest_of(self, whole: Subject, parts: tuple[Subject, ...]) -> Subject:
        """A row without some of its parts, as one; each of its figures cites theirs."""
        rest = Subject(
            "rest", "-".join(row.row_id for row in (whole, *parts)), "", whole.first_day,
            whole.last_day,
        )  # fmt: skip
        if rest not in self._parts:
            self._parts[rest] = (whole, *parts)
            self._figures_by_row[rest] = list(self._left(rest, whole, parts))
        return rest

    def add_row(self, row: Subject, parts: Iterable[Subject], found: Iterable[Derived]) -> None:
        """A row that follows from others; each of its figures cites theirs."""
        if row in self._parts:
            return
        self._parts[row] = tuple(parts)
        known = list(found)
        self._basis.update(
            {
                one.figure.figure_id: tuple(
                    basis for each in one.basis for basis in self.basis(each)
                )
                for one in known
            }
        )
        self._figures_by_row[row] = [one.figure for one in known]

    def _left(self, rest: Subject, whole: Subject, parts: tuple[Subject, ...]) -> Iterator[Figure]:
        for quantity in ("distance", "duration", "ascent", "runs"):
            total = next(iter(self.of_row(whole, quantity)), None)
            taken = [self._taken(row, quantity) for row in parts]
            known = [one for one in taken if one is not None]
            if total is None or len(known) != len(parts):
                continue
            value = total.value - sum(one.value for one in known)
            if value > 0:
                figure_id = f"{total.figure_id}-" + "-".join(one.figure_id for one in known)
                self._basis[figure_id] = (total.figure_id, *(one.figure_id for one in known))
                yield Figure(figure_id, rest, quantity, value)

    def _taken(self, row: Subject, quantity: str) -> Figure | None:
        """What a part takes away of a quantity: of the number of runs, a run is one."""
        if quantity == "runs" and row.kind == "activity":
            first = next(iter(self._figures_by_row.get(row, ())), None)
            return replace(first, quantity="runs", value=1.0) if first else None
        return next(iter(self.of_row(row, quantity)), None)

    def wholes(self, rows: Iterable[Subject]) -> frozenset[Subject]:
        """The runs that parts are of, such as that of a kilometre."""
        wanted = {row.row_id.partition(":")[0] for row in rows if row.kind == "split"}
        return frozenset(
            row for row in self.subjects if row.kind == "activity" and row.row_id in wanted
        )

    def parts(self, row: Subject) -> tuple[Subject, ...]:
        """The rows of a sum; of any other row itself."""
        return self._parts.get(row, (row,))

    def _added(self, total: Subject, rows: tuple[Subject, ...]) -> Iterator[Figure]:
        for quantity in EXTENSIVE:
            each = [next(iter(self.of_row(row, quantity)), None) for row in rows]
            known = [one for one in each if one is not None]
            if len(known) == len(rows):
                figure_id = "+".join(one.figure_id for one in known)
                self._basis[figure_id] = tuple(one.figure_id for one in known)
                yield Figure(figure_id, total, quantity, sum(one.value for one in known))

    @cached_property
    def _figures_by_row(self) -> dict[Subject, Sequence[Figure]]:
        found: dict[Subject, Sequence[Figure]] = {}
        for figure in (*self.evidence.figures, *self._derived):
            found[figure.subject] = [*found.get(figure.subject, ()), figure]
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

    def quantities_of(self, cited: Iterable[str]) -> tuple[str, ...]:
        """What figures and trends are of, each once, by their ids."""
        return tuple(dict.fromkeys(self._quantity_of[one] for one in cited))

    @cached_property
    def _quantity_of(self) -> Mapping[str, str]:
        return {one.figure_id: one.quantity for one in self.evidence.figures} | {
            one.trend_id: one.quantity for one in self.evidence.trends
        }

    def subjects_of(self, cited: Iterable[str]) -> frozenset[Subject]:
        """The rows of figures and trends by their ids."""
        return frozenset(self._subject_of[one] for one in cited)
