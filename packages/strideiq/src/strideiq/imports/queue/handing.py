"""Files that another feature hands in: they wait, and get their verdicts, as all files do."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.imports.archives.listed import Listed
from strideiq.imports.models import ImportBatch, ImportItem
from strideiq.imports.queue import items


@dataclass(frozen=True)
class Received:
    """A file that a service gave, and what it says of it."""

    came_by: str
    """The service's name."""
    batch_id: UUID
    item_id: UUID
    """The same for the same file, however often it is handed in."""
    name: str
    content: bytes
    listed: Listed | None = None


def receive(session: Session, athlete_id: UUID, file: Received) -> None:
    """Have a worker read a file; handing it in again changes nothing. The caller commits."""
    items.open_batch(session, athlete_id, file.came_by, file.batch_id)
    items.add(
        session,
        athlete_id,
        file.batch_id,
        file.name,
        item_id=file.item_id,
        content=file.content,
        listed=file.listed.as_dict() if file.listed else None,
    )


def received(session: Session, athlete_id: UUID, item_id: UUID) -> bool:
    """Whether a file was handed in before."""
    return bool(items.known(session, athlete_id, [item_id]))


def newest_number(session: Session, athlete_id: UUID) -> int:
    """The number of the file of this athlete that came last; 0 when none ever came."""
    newest = select(func.max(ImportItem.number)).where(ImportItem.athlete_id == athlete_id)
    return session.scalar(newest) or 0


def names_after(session: Session, athlete_id: UUID, came_by: str, number: int) -> set[str]:
    """The names of the files that a service gave after the one of this number."""
    rows = (
        select(ImportItem.name)
        .join(
            ImportBatch,
            (ImportBatch.athlete_id == ImportItem.athlete_id)
            & (ImportBatch.batch_id == ImportItem.batch_id),
        )
        .where(
            ImportItem.athlete_id == athlete_id,
            ImportBatch.came_by == came_by,
            ImportItem.number > number,
        )
    )
    return set(session.scalars(rows))
