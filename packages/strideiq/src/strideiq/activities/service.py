"""Recording activities, and what an athlete may do to them: rename, delete, undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from strideiq.activities import derived
from strideiq.activities.annotations import annotate, changed, lock
from strideiq.activities.models import (
    Activity,
    ActivityObservation,
    ActivitySplit,
    ActivityStream,
)
from strideiq.activities.observation_rows import Source, activity_row, copyable, observation_row
from strideiq.activities.observed import ObservedActivity
from strideiq.activities.sources import refuse_merged
from strideiq.platform.bulk import copy_rows
from strideiq.platform.database import Base

Row = Mapping[str, object]

RecordedCallback = Callable[[Session, UUID, Sequence[UUID]], None]
"""Called with the session, the athlete and the new activities, inside the same transaction."""

_on_recorded: list[RecordedCallback] = []


def on_recorded(callback: RecordedCallback) -> None:
    """Have ``callback`` called whenever activities were recorded; registering twice is once.

    It runs in the recording transaction: what it derives is committed with the activities, and
    its failure undoes them.
    """
    if callback not in _on_recorded:
        _on_recorded.append(callback)


def record(
    session: Session,
    athlete_id: UUID,
    observed: ObservedActivity,
    source_file_id: UUID | None = None,
) -> UUID:
    """Add one activity with its streams and splits; the caller commits."""
    return record_many(session, athlete_id, [observed], source_file_id)[0]


def record_many(
    session: Session,
    athlete_id: UUID,
    observed: Sequence[ObservedActivity],
    source_file_id: UUID | None = None,
    *,
    kind: str = "recorded",
    parser_version: int | None = None,
    tell: bool = True,
) -> list[UUID]:
    """Add activities by COPY, in a handful of statements however many there are.

    Without ``tell`` the caller calls ``tell_recorded`` before it commits, for many at once.

    ``kind`` is the format of the file, or what else the source is, and ``parser_version`` which
    version of our parser read it. Returns their ids in the order given. The caller commits.
    """
    source = Source(kind, source_file_id, parser_version)
    recorded = record_each(session, athlete_id, [(each, source) for each in observed])
    if tell:
        tell_recorded(session, athlete_id, recorded)
    return recorded


def record_each(
    session: Session, athlete_id: UUID, observed: Sequence[tuple[ObservedActivity, Source]]
) -> list[UUID]:
    """Add activities, each with its source; the caller calls ``tell_recorded`` and commits."""
    new = [(uuid4(), activity, source) for activity, source in observed]
    tables: tuple[tuple[type[Base], Callable[[ObservedActivity, Source], Iterable[Row]]], ...] = (
        (Activity, lambda each, source: [copyable(activity_row(each, source))]),
        (ActivityObservation, lambda each, source: [copyable(observation_row(each, source))]),
        (ActivityStream, lambda each, _: derived.stream_rows(each.streams)),
        (ActivitySplit, lambda each, _: derived.split_rows(each.streams, each.laps)),
    )
    for model, rows in tables:
        copy_rows(
            session,
            model,
            (
                {"athlete_id": athlete_id, "activity_id": activity_id, **row}
                for activity_id, activity, source in new
                for row in rows(activity, source)
            ),
        )
    return [activity_id for activity_id, _, _ in new]


def tell_recorded(session: Session, athlete_id: UUID, recorded: Sequence[UUID]) -> None:
    """Tell whoever derives something from activities that these are new."""
    for callback in _on_recorded:
        callback(session, athlete_id, recorded)


def rename(session: Session, athlete_id: UUID, activity_id: UUID, name: str | None) -> None:
    """Say what the activity is called; None shows the source's own name again.

    Raises:
        FieldValueError: the name is empty or too long.
        NoSuchActivityError: the athlete has no such activity.
    """
    annotate(session, athlete_id, activity_id, "name", name)


def delete(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Put a tombstone on the activity: every row stays, and ``undelete`` takes it back."""
    lock(session, athlete_id, activity_id)
    _set_deleted(session, athlete_id, activity_id, deleted=True)
    changed(session, athlete_id, activity_id, "deleted")


def undelete(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Take a deletion back.

    Raises:
        MergedActivityError: it was not deleted but merged into another one.
    """
    lock(session, athlete_id, activity_id)
    refuse_merged(session, athlete_id, activity_id)
    _set_deleted(session, athlete_id, activity_id, deleted=False)
    changed(session, athlete_id, activity_id, "deleted")


def _set_deleted(session: Session, athlete_id: UUID, activity_id: UUID, *, deleted: bool) -> None:
    session.execute(
        update(Activity)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id == activity_id)
        .values(deleted_at=func.coalesce(Activity.deleted_at, func.now()) if deleted else None)
        .execution_options(synchronize_session="fetch")
    )
