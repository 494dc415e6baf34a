"""Batches of files and the verdict on each: added, listed, counted, tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.imports.models import ImportBatch, ImportItem
from strideiq.imports.verdicts import FileVerdict
from strideiq.platform.errors import NotFoundError

WAITING, DONE = "waiting", "done"
_COLUMNS: tuple[Any, ...] = (
    ImportItem.item_id,
    ImportItem.batch_id,
    ImportItem.number,
    ImportItem.name,
    ImportItem.size_bytes,
    ImportItem.is_archive,
    ImportItem.state,
    ImportItem.verdict,
    ImportItem.reason,
    ImportItem.records,
    ImportItem.activity_ids,
    ImportItem.source_file_id,
)


@dataclass(frozen=True)
class ItemView:
    """A file of a batch; ``verdict`` is None while it waits, and for an archive as such."""

    item_id: UUID
    batch_id: UUID
    number: int
    name: str
    size_bytes: int
    is_archive: bool
    state: str
    verdict: str | None
    reason: str | None
    records: int
    activity_ids: list[UUID]
    source_file_id: UUID | None

    def as_dict(self) -> dict[str, object]:
        """The item as programs get it."""
        return {
            "item_id": str(self.item_id),
            "batch_id": str(self.batch_id),
            "file": self.name,
            "state": self.state,
            "verdict": self.verdict,
            "reason": self.reason,
            "records": self.records,
            "activity_ids": [str(each) for each in self.activity_ids],
        }


@dataclass(frozen=True)
class BatchView:
    """A batch with how many of its files have which verdict."""

    batch_id: UUID
    came_by: str
    created_at: datetime
    counts: Mapping[str, int]
    waiting: int

    @property
    def files(self) -> int:
        """How many files have a verdict."""
        return sum(self.counts.values())


def open_batch(session: Session, athlete_id: UUID, came_by: str, batch_id: UUID | None) -> UUID:
    """A new batch, or the one of this id, which its maker chose."""
    batch_id = batch_id or uuid4()
    session.execute(
        insert(ImportBatch)
        .values(athlete_id=athlete_id, batch_id=batch_id, came_by=came_by)
        .on_conflict_do_nothing()
    )
    return batch_id


def add(  # noqa: PLR0913  what is known of a file differs by how it came
    session: Session,
    athlete_id: UUID,
    batch_id: UUID,
    name: str,
    *,
    item_id: UUID | None = None,
    content: bytes | None = None,
    upload_id: UUID | None = None,
    size_bytes: int = 0,
    is_archive: bool = False,
    listed: Mapping[str, str] | None = None,
) -> UUID:
    """Have a worker read a file; adding the same item again changes nothing."""
    item_id = item_id or uuid4()
    session.execute(
        insert(ImportItem)
        .values(
            athlete_id=athlete_id,
            item_id=item_id,
            batch_id=batch_id,
            name=name,
            size_bytes=size_bytes if content is None else len(content),
            is_archive=is_archive,
            content=content,
            upload_id=upload_id,
            listed=None if listed is None else dict(listed),
        )
        .on_conflict_do_nothing()
    )
    return item_id


def note_verdict(
    session: Session,
    athlete_id: UUID,
    batch_id: UUID,
    verdict: FileVerdict,
    *,
    item_id: UUID | None = None,
    parent_id: UUID | None = None,
    size_bytes: int = 0,
) -> UUID:
    """Write down the verdict on a file, which may not have waited before."""
    item_id = item_id or uuid4()
    said = {
        "state": DONE,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "records": verdict.records,
        "activity_ids": [each.activity_id for each in verdict.activities]
        or list(verdict.duplicate_of),
        "source_file_id": verdict.source_file_id,
        "content": None,
        "done_at": func.now(),
    }
    session.execute(
        insert(ImportItem)
        .values(
            athlete_id=athlete_id,
            item_id=item_id,
            batch_id=batch_id,
            parent_id=parent_id,
            name=verdict.file,
            size_bytes=size_bytes,
            **said,
        )
        .on_conflict_do_update(index_elements=["athlete_id", "item_id"], set_=said)
    )
    return item_id


def went_on(session: Session, athlete_id: UUID, item_id: UUID) -> None:
    """Note that an archive was read further, however often its worker was ended before."""
    session.execute(
        update(ImportItem)
        .where(
            ImportItem.athlete_id == athlete_id,
            ImportItem.item_id == item_id,
            ImportItem.attempts > 1,
        )
        .values(attempts=1)
    )


def item(session: Session, athlete_id: UUID, item_id: UUID) -> ItemView:
    """One file of a batch.

    Raises:
        NotFoundError: the athlete has no such item.
    """
    found = find(session, athlete_id, item_id)
    if found is None:
        raise NotFoundError("There is no such file of yours.", next_step="open your imports")
    return found


def find(session: Session, athlete_id: UUID, item_id: UUID) -> ItemView | None:
    """One file of a batch, or None."""
    row = session.execute(
        select(*_COLUMNS).where(ImportItem.athlete_id == athlete_id, ImportItem.item_id == item_id)
    ).one_or_none()
    return ItemView(*row) if row else None


def known(session: Session, athlete_id: UUID, item_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these items that are here."""
    found = select(ImportItem.item_id).where(
        ImportItem.athlete_id == athlete_id, ImportItem.item_id.in_(item_ids)
    )
    return set(session.scalars(found))


def items(
    session: Session,
    athlete_id: UUID,
    batch_id: UUID,
    limit: int,
    *,
    verdict: str | None = None,
    before: int | None = None,
) -> list[ItemView]:
    """A batch's files, the last that came first; ``verdict`` may be ``waiting`` too."""
    rows = select(*_COLUMNS).where(
        ImportItem.athlete_id == athlete_id, ImportItem.batch_id == batch_id
    )
    if verdict == WAITING:
        rows = rows.where(ImportItem.state == WAITING)
    elif verdict is not None:
        rows = rows.where(ImportItem.verdict == verdict)
    if before is not None:
        rows = rows.where(ImportItem.number < before)
    found = session.execute(rows.order_by(ImportItem.number.desc()).limit(limit))
    return [ItemView(*row) for row in found]


def batch(session: Session, athlete_id: UUID, batch_id: UUID) -> BatchView:
    """One batch.

    Raises:
        NotFoundError: the athlete has no such batch.
    """
    found = batches(session, athlete_id, 1, batch_id=batch_id)
    if not found:
        raise NotFoundError("There is no such import of yours.", next_step="open your imports")
    return found[0]


def batches(
    session: Session, athlete_id: UUID, limit: int, *, batch_id: UUID | None = None
) -> list[BatchView]:
    """The newest batches with their counts."""
    chosen = select(ImportBatch).where(ImportBatch.athlete_id == athlete_id)
    if batch_id is not None:
        chosen = chosen.where(ImportBatch.batch_id == batch_id)
    found = list(session.scalars(chosen.order_by(ImportBatch.created_at.desc()).limit(limit)))
    rows = session.execute(
        select(ImportItem.batch_id, ImportItem.state, ImportItem.verdict, func.count())
        .where(
            ImportItem.athlete_id == athlete_id,
            ImportItem.batch_id.in_([each.batch_id for each in found]),
        )
        .group_by(ImportItem.batch_id, ImportItem.state, ImportItem.verdict)
    ).all()
    return [
        BatchView(
            each.batch_id,
            each.came_by,
            each.created_at,
            {
                word: n
                for of, state, word, n in rows
                if of == each.batch_id and state == DONE and word
            },
            sum(n for of, state, _, n in rows if of == each.batch_id and state == WAITING),
        )
        for each in found
    ]


def counts_inside(session: Session, athlete_id: UUID, archive_id: UUID) -> dict[str, int]:
    """How many files of an archive have which verdict so far."""
    rows = session.execute(
        select(ImportItem.verdict, func.count())
        .where(ImportItem.athlete_id == athlete_id, ImportItem.parent_id == archive_id)
        .group_by(ImportItem.verdict)
    )
    return {verdict: count for verdict, count in rows if verdict}


def anything_waits(session: Session) -> bool:
    """Whether there is work for a worker."""
    waiting = select(ImportItem.item_id).where(ImportItem.state == WAITING).limit(1)
    return session.scalar(waiting) is not None


def retry_failed(session: Session, athlete_id: UUID, batch_id: UUID) -> int:
    """Have the failed files of a batch read again whose originals are kept; how many."""
    batch(session, athlete_id, batch_id)
    again = session.execute(
        update(ImportItem)
        .where(
            ImportItem.athlete_id == athlete_id,
            ImportItem.batch_id == batch_id,
            ImportItem.verdict == "failed",
            ImportItem.source_file_id.is_not(None),
        )
        .values(state=WAITING, verdict=None, reason=None, attempts=0, done_at=None)
        .returning(ImportItem.item_id)
    )
    return len(again.all())
