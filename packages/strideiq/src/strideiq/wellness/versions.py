"""Keeping every state of a record that the athlete edits, so that no edit is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from strideiq.platform.errors import NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.wellness.models import Injury, NutritionEntry, WellnessVersion

Record = TypeVar("Record", NutritionEntry, Injury)


class NoSuchEntryError(NotFoundError):
    """There is no such entry, or it is another athlete's: the two look the same."""


@dataclass(frozen=True)
class Version:
    """One state that a record has had."""

    version: int
    state: dict[str, Any]
    said_at: datetime


def find(
    session: Session, model: type[Record], athlete_id: UUID, record_id: UUID, *, lock: bool = False
) -> Record:
    """One record of the athlete's, with a tombstone or without.

    Raises:
        NoSuchEntryError: the athlete has no such record.
    """
    found = session.get(model, (athlete_id, record_id), with_for_update=lock or None)
    if found is None:
        raise NoSuchEntryError(
            _("There is no such entry."), next_step=_("choose one from its day or list")
        )
    return found


def add(session: Session, record: Record) -> Record:
    """Add a record and its first version."""
    session.add(record)
    return _kept(session, record)


def change(session: Session, record: Record, values: dict[str, object]) -> Record:
    """Change a record that was found with ``lock``; what it was stays as a version."""
    changed = {name: value for name, value in values.items() if getattr(record, name) != value}
    for name, value in changed.items():
        setattr(record, name, value)
    return _kept(session, record) if changed else record


def delete(session: Session, model: type[Record], athlete_id: UUID, record_id: UUID) -> Record:
    """Put a tombstone on a record: the row stays, and ``undelete`` takes it back."""
    record = find(session, model, athlete_id, record_id, lock=True)
    deleted_at = record.deleted_at or datetime.now(UTC)
    return change(session, record, {"deleted_at": deleted_at})


def undelete(session: Session, model: type[Record], athlete_id: UUID, record_id: UUID) -> Record:
    """Take a deletion back."""
    record = find(session, model, athlete_id, record_id, lock=True)
    return change(session, record, {"deleted_at": None})


def versions(session: Session, athlete_id: UUID, record_id: UUID) -> list[Version]:
    """Every state that a record has had, the newest first."""
    rows = session.scalars(
        select(WellnessVersion)
        .where(WellnessVersion.athlete_id == athlete_id, WellnessVersion.record_id == record_id)
        .order_by(WellnessVersion.version.desc())
    )
    return [Version(row.version, row.state, row.said_at) for row in rows]


def state_of(record: NutritionEntry | Injury) -> dict[str, Any]:
    """A record as JSON, without the ids that it is found by."""
    names = [column.key for column in type(record).__table__.columns]
    return {name: _plain(getattr(record, name)) for name in names[2:]}


def _kept(session: Session, record: Record) -> Record:
    session.flush()
    _, record_id = inspect(record).identity or (None, None)
    newest = session.scalar(
        select(func.max(WellnessVersion.version)).where(
            WellnessVersion.athlete_id == record.athlete_id,
            WellnessVersion.record_id == record_id,
        )
    )
    session.add(
        WellnessVersion(
            athlete_id=record.athlete_id,
            record_id=record_id,
            version=(newest or 0) + 1,
            state=state_of(record),
        )
    )
    session.flush()
    return record


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
