"""The state: what was last seen of a database, kept outside it.

A state is a value; ``StateStore`` (in ``state_store``) keeps its versions. For each incarnation
that the database has had (from ``init``, ``adopt``, a restore, …) it knows the clusters that
may hold it, its newest epoch marks and its row-count floors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from strongroom.errors import NewerFormatError

FORMAT = 1
MARKS_KEPT = 16
"""Newest marks that are remembered of each incarnation, and as many older ones, spaced."""
MARKS_APART_S = 30
"""Of older marks one in so many seconds is enough: many starts at once push none out that dates
a lost tail."""

Status = Literal["current", "pending", "retired"]
"""``pending``: a swap to it was begun and not finished. ``retired``: it was swapped away."""


@dataclass(frozen=True)
class Mark:
    """One epoch: a random mark that was committed inside the database."""

    n: int
    nonce: str
    timeline: int
    at: str
    """ISO 8601 with offset, by the server's clock."""
    quiet_until: str | None = None
    """Nothing was written after the mark before it until then, where that is known."""


@dataclass(frozen=True)
class Incarnation:
    """One life of the database, as seen from outside."""

    id: str
    status: Status
    origin: str
    """How it came about: ``init``, ``adopt``, ``accept``, or the backup it was restored from."""
    since: str
    clusters: tuple[int, ...] = ()
    """System identifiers of the clusters that may hold it; empty when they cannot be asked."""
    marks: tuple[Mark, ...] = ()
    """The newest marks seen, oldest first."""
    floors: Mapping[str, int] = field(default_factory=dict)
    """Exact row counts by table label that were reached."""
    floors_from: str | None = None
    """The backup that the floors were counted in."""
    floors_at: str | None = None
    accepted_at: str | None = None
    """When a person last accepted a copy as this life: marks seen before count no more."""

    @property
    def last(self) -> Mark | None:
        """The newest mark seen."""
        return self.marks[-1] if self.marks else None

    def seen(self, *marks: Mark) -> Incarnation:
        """Take note of marks; of two with one number, the one that was told first stays."""
        known = {mark.n: mark for mark in (*marks, *self.marks)}
        ordered = sorted(known.values(), key=lambda mark: mark.n)
        older, newest = ordered[:-MARKS_KEPT], ordered[-MARKS_KEPT:]
        return replace(self, marks=(*_spaced(older)[-MARKS_KEPT:], *newest))


@dataclass(frozen=True)
class State:
    """Everything known from outside about one database. Exactly one incarnation is current."""

    database_id: str
    incarnations: tuple[Incarnation, ...]
    sequence: int = 1
    """Counts the versions of the state."""

    @property
    def current(self) -> Incarnation:
        """The incarnation that the application works on."""
        return next(one for one in self.incarnations if one.status == "current")

    @property
    def pending(self) -> Incarnation | None:
        """The incarnation that a swap has announced and not finished."""
        return next((one for one in self.incarnations if one.status == "pending"), None)

    def incarnation(self, incarnation_id: str) -> Incarnation | None:
        """Look an incarnation up."""
        return next((one for one in self.incarnations if one.id == incarnation_id), None)

    def with_incarnation(self, changed: Incarnation) -> State:
        """Replace or add one incarnation."""
        others = tuple(one for one in self.incarnations if one.id != changed.id)
        return replace(self, incarnations=(*others, changed))

    def with_current(self, incarnation_id: str) -> State:
        """Make one incarnation current and retire the one that was."""
        return replace(
            self,
            incarnations=tuple(
                replace(one, status="current")
                if one.id == incarnation_id
                else replace(one, status="retired")
                if one.status == "current"
                else one
                for one in self.incarnations
            ),
        )

    def without(self, incarnation_id: str) -> State:
        """Forget an incarnation that never came to be."""
        kept = tuple(one for one in self.incarnations if one.id != incarnation_id)
        return replace(self, incarnations=kept)

    def may_hold(self, system_identifier: int | None) -> bool:
        """Say whether a cluster is one that may be started: current, or swapped in right now."""
        return any(
            system_identifier in one.clusters
            for one in self.incarnations
            if one.status != "retired"
        )

    def as_dict(self) -> dict[str, Any]:
        """The state as stored; system identifiers exceed what JSON numbers hold, so as text."""
        document = asdict(self)
        for incarnation in document["incarnations"]:
            incarnation["clusters"] = [str(one) for one in incarnation["clusters"]]
        return {"format": FORMAT, **document}


def _spaced(marks: Sequence[Mark]) -> list[Mark]:
    """The first mark of each stretch of ``MARKS_APART_S``."""
    first: dict[int, Mark] = {}
    for mark in marks:
        stretch = int(datetime.fromisoformat(mark.at).timestamp() // MARKS_APART_S)
        first.setdefault(stretch, mark)
    return sorted(first.values(), key=lambda mark: mark.n)


def state_from(document: dict[str, Any]) -> State:
    """Read a stored state.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        KeyError, TypeError, ValueError: it is not a state.
    """
    if document["format"] > FORMAT:
        raise NewerFormatError(
            f"The state has format {document['format']}; this strongroom reads {FORMAT}.",
            next_step="upgrade strongroom",
        )
    return State(
        database_id=document["database_id"],
        sequence=document["sequence"],
        incarnations=tuple(_incarnation_from(one) for one in document["incarnations"]),
    )


def _incarnation_from(document: dict[str, Any]) -> Incarnation:
    return Incarnation(
        **{
            **document,
            "clusters": tuple(int(one) for one in document["clusters"]),
            "marks": tuple(Mark(**mark) for mark in document["marks"]),
        }
    )
