"""What is named once and told of at several times: "your stress came down from Monday to Friday".

Each of the times is then of the rows of that name. A best of an earlier time is the one of its
distance that was run in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention


def at_times(
    by_name: Sequence[Mention], days: Sequence[Mention], subjects: Sequence[Subject]
) -> tuple[list[Mention], list[Mention]]:
    """The mentions by name and those of days, narrowed to what they tell of together."""
    named = {one.exact for one in by_name if one.exact}
    if len(named) != 1:
        return list(by_name), list(days)
    (rows,) = named
    if all(row.kind.startswith("check_in_") for row in rows):
        return list(by_name), [_narrowed(one, rows) for one in days]
    if all(row.kind == "best_effort" for row in rows):
        return _bests(by_name, days, _over_the_same(rows, subjects))
    return list(by_name), list(days)


def _narrowed(one: Mention, rows: frozenset[Subject]) -> Mention:
    exact = one.exact & rows
    return replace(one, exact=exact, possible=one.possible & rows) if exact else one


def _bests(
    by_name: Sequence[Mention], days: Sequence[Mention], rows: frozenset[Subject]
) -> tuple[list[Mention], list[Mention]]:
    """The bests of each time; what is named is then of all of them."""
    found = [
        replace(one, exact=each, possible=each)
        if not one.exact and (each := one.possible & rows)
        else one
        for one in days
    ]
    told = frozenset[Subject]().union(
        *(new.exact for new, old in zip(found, days, strict=True) if new != old)
    )
    names = [
        replace(one, exact=told, possible=told) if told and not one.exact & told else one
        for one in by_name
    ]
    return names, found


def _over_the_same(rows: frozenset[Subject], subjects: Sequence[Subject]) -> frozenset[Subject]:
    """All bests over the distances of some, and of the same name."""
    distances = {row.row_id.partition(":")[2] for row in rows} - {""}
    return frozenset(
        row
        for row in subjects
        if row.kind == "best_effort" and row.row_id.partition(":")[2] in distances
    )
