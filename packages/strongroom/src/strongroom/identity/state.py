"""The state: what was last seen of a database, kept outside it.

A state is a value; ``StateStore`` (in ``state_store``) keeps its versions. For each incarnation
that the database has had (from ``init``, ``adopt``, a restore, …) it knows the clusters that
may hold it, its newest epoch marks and its row-count floors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from strongroom.errors import NewerFormatError

FORMAT = 2
"""1: without accepted copies, planned deletions and forgotten tables. It is read as it is."""
MARKS_KEPT = 16
"""So many of the newest marks of each incarnation are remembered in any case."""
MARKS_KEPT_S = 600
"""Every mark of the last minutes is: many starts at once must not push out what dates a loss."""
MARKS_MAX = 200

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
class PlannedDeletion:
    """Rows of a table that a permit lets be deleted: so many fewer are expected."""

    table: str
    rows: int
    permit_id: str
    at: str


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
    floors_n: int | None = None
    """Number of the newest mark when they were taken: what ends before it may not have them yet."""
    accepted_at: str | None = None
    """When a person last accepted a copy as this life: marks seen before count no more."""
    planned: tuple[PlannedDeletion, ...] = ()
    """Deletions that the floors do not know of yet."""
    forgotten: Mapping[str, str] = field(default_factory=dict)
    """Tables that were dropped on purpose, and when: an older backup's counts say nothing."""

    @property
    def last(self) -> Mark | None:
        """The newest mark seen."""
        return self.marks[-1] if self.marks else None

    @property
    def expected_rows(self) -> dict[str, int]:
        """The floors, less what was deleted on purpose since they were counted."""
        expected = dict(self.floors)
        for one in self.planned:
            if one.table in expected:
                expected[one.table] = max(0, expected[one.table] - one.rows)
        return expected

    def seen(self, *marks: Mark) -> Incarnation:
        """Take note of marks; of two with one number, the one that was told first stays."""
        known = {mark.n: mark for mark in (*marks, *self.marks)}
        for mark in marks:  # what another has only found there, its own process can date
            if known[mark.n].nonce == mark.nonce and mark.quiet_until is not None:
                known[mark.n] = mark
        ordered = sorted(known.values(), key=lambda mark: mark.n)
        return replace(self, marks=tuple(_newest(ordered)))


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
        """Make one incarnation current and retire every other one, announced ones too."""
        return replace(
            self,
            incarnations=tuple(
                replace(one, status="current" if one.id == incarnation_id else "retired")
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


def _newest(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The marks worth remembering, without a gap: a forgotten one looks like a stranger's."""
    if len(marks) <= MARKS_KEPT:
        return marks
    since = datetime.fromisoformat(marks[-1].at) - timedelta(seconds=MARKS_KEPT_S)
    young = sum(datetime.fromisoformat(mark.at) >= since for mark in marks)
    # One more than those: a loss is dated from the last mark before it.
    return marks[-min(max(young + 1, MARKS_KEPT), MARKS_MAX) :]


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
            "planned": tuple(PlannedDeletion(**one) for one in document.get("planned", ())),
        }
    )
