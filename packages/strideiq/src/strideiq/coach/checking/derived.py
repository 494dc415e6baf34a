"""What follows of one row by dividing two of its figures: a pace, a speed, a mean per run or week.

These are not kept anywhere: each rests on the two figures that it is made of, and cites them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from strideiq.coach.checking.evidence import Figure, Subject

DAYS_A_WEEK = 7
WEEKS_MIN = 2
"""A mean of one week is that week."""


class Derived(NamedTuple):
    """A figure with the ids of those that it follows from."""

    figure: Figure
    basis: tuple[str, ...]


def derived(known: Mapping[str, Figure]) -> Iterator[Derived]:
    """All that follows from the figures of one row, by their quantities."""
    for quantity, above, below, factor in (
        ("pace", "duration", "distance", 1.0),
        ("speed", "distance", "duration", 1.0),
        ("distance_per_run", "distance", "runs", 1.0),
        ("duration_per_run", "duration", "runs", 1.0),
        ("ascent_per_km", "ascent", "distance", 1000.0),
    ):
        if quantity not in known and above in known and below in known and known[below].value > 0:
            value = factor * known[above].value / known[below].value
            yield _of(known[above].subject, quantity, value, known[above], known[below])
    for one in known.values():
        yield from _per_span(one)


def _per_span(one: Figure) -> Iterator[Derived]:
    """The mean of a week and of a day of a sum over whole weeks."""
    row = one.subject
    if one.quantity not in {"distance", "duration", "runs"} or not (row.first_day and row.last_day):
        return
    days = (row.last_day - row.first_day).days + 1
    if days % DAYS_A_WEEK == 0:
        yield _of(row, f"{one.quantity}_per_day", one.value / days, one)
        if days >= WEEKS_MIN * DAYS_A_WEEK:
            yield _of(row, f"{one.quantity}_per_week", one.value * DAYS_A_WEEK / days, one)


def _of(row: Subject, quantity: str, value: float, *basis: Figure) -> Derived:
    figure_id = "+".join(one.figure_id for one in basis) + f">{quantity}"
    return Derived(Figure(figure_id, row, quantity, value), tuple(one.figure_id for one in basis))
