"""Original files as they are shown: with their verdicts, without their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from strideiq.imports.models import SourceFile
from strideiq.platform.errors import NotFoundError

_COLUMNS = (
    SourceFile.source_file_id,
    SourceFile.name,
    SourceFile.size_bytes,
    SourceFile.format,
    SourceFile.verdict,
    SourceFile.reason,
    SourceFile.duplicate_of,
    SourceFile.records,
    SourceFile.received_at,
)


@dataclass(frozen=True)
class SourceFileView:
    """A kept file and the verdict on it."""

    source_file_id: UUID
    name: str
    size_bytes: int
    format: str | None
    verdict: str
    reason: str | None
    duplicate_of: list[UUID]
    records: int
    received_at: datetime


def list_files(
    session: Session,
    athlete_id: UUID,
    limit: int,
    *,
    before: UUID | None = None,
    verdict: str | None = None,
) -> list[SourceFileView]:
    """The newest first; ``before`` is the last file of the page before this one."""
    rows = select(*_COLUMNS).where(SourceFile.athlete_id == athlete_id)
    if verdict is not None:
        rows = rows.where(SourceFile.verdict == verdict)
    if before is not None:
        position = select(SourceFile.received_at, SourceFile.source_file_id).where(
            SourceFile.athlete_id == athlete_id, SourceFile.source_file_id == before
        )
        rows = rows.where(
            tuple_(SourceFile.received_at, SourceFile.source_file_id) < position.scalar_subquery()
        )
    rows = rows.order_by(SourceFile.received_at.desc(), SourceFile.source_file_id.desc())
    return [SourceFileView(*row) for row in session.execute(rows.limit(limit))]


def count_verdicts(session: Session, athlete_id: UUID) -> dict[str, int]:
    """How many kept files have each verdict."""
    rows = session.execute(
        select(SourceFile.verdict, func.count())
        .where(SourceFile.athlete_id == athlete_id)
        .group_by(SourceFile.verdict)
    )
    return dict(rows.all())


def source_file(session: Session, athlete_id: UUID, source_file_id: UUID) -> SourceFileView:
    """One kept file.

    Raises:
        NotFoundError: the athlete has no such file.
    """
    row = session.execute(
        select(*_COLUMNS).where(
            SourceFile.athlete_id == athlete_id, SourceFile.source_file_id == source_file_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no file {source_file_id}.", next_step="choose one from the list of files"
        )
    return SourceFileView(*row)


def original(session: Session, athlete_id: UUID, source_file_id: UUID) -> bytes:
    """The file's bytes as they arrived.

    Raises:
        NotFoundError: the athlete has no such file.
    """
    source_file(session, athlete_id, source_file_id)
    return session.execute(
        select(SourceFile.content).where(
            SourceFile.athlete_id == athlete_id, SourceFile.source_file_id == source_file_id
        )
    ).scalar_one()
