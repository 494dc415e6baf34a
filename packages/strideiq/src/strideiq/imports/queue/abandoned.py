"""Uploads that nobody went on with: told on the page, and after a while their room is given back.

What has arrived whole is never given up; it only waits to be read. The row of the upload stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select, update

from strideiq.imports.models import Upload, UploadPart
from strideiq.imports.queue import uploads
from strideiq.platform.errors import NotFoundError
from strideiq.platform.language import gettext as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

ABANDONED_AFTER = timedelta(days=7)
"""So long nobody sends a part of a file that they still want."""

LAST_AT = func.coalesce(Upload.last_part_at, Upload.created_at)


@dataclass(frozen=True)
class Unfinished:
    """A large file of which parts have arrived."""

    upload_id: UUID
    name: str
    size_bytes: int
    here_bytes: int
    last_at: datetime

    @property
    def whole(self) -> bool:
        """Whether all of it is here, and only nobody has asked for it to be read."""
        return self.here_bytes == self.size_bytes

    @property
    def freed_at(self) -> datetime:
        """When its room is given back if nothing more comes."""
        return self.last_at + ABANDONED_AFTER


def unfinished(session: Session, athlete_id: UUID) -> list[Unfinished]:
    """An athlete's uploads under way, the newest first."""
    return _unfinished(session, Upload.athlete_id == athlete_id)


def free_abandoned(session: Session, now: datetime | None = None) -> int:
    """Give the room of abandoned uploads back; returns how many there were. The caller commits."""
    until = (now or datetime.now(tz=UTC)) - ABANDONED_AFTER
    found = session.execute(
        select(Upload.athlete_id, Upload.upload_id)
        .where(uploads.UNDER_WAY, until > LAST_AT)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(_free(session, athlete_id, upload_id) for athlete_id, upload_id in found)


def give_up(session: Session, athlete_id: UUID, upload_id: UUID) -> None:
    """Give up an upload at once, at its athlete's wish. The caller commits.

    Raises:
        NotFoundError: there is none of which a part is missing.
    """
    session.execute(
        select(Upload.upload_id)
        .where(Upload.athlete_id == athlete_id, Upload.upload_id == upload_id)
        .with_for_update()
    )
    if not _free(session, athlete_id, upload_id):
        raise NotFoundError(_("There is no such upload."), next_step=_("choose the file again"))


def _free(session: Session, athlete_id: UUID, upload_id: UUID) -> bool:
    """Empty the parts of an upload whose row is locked, unless all of them are here."""
    mine = (Upload.athlete_id == athlete_id, Upload.upload_id == upload_id)
    found = _unfinished(session, *mine)
    if not found or found[0].whole:
        return False
    uploads.empty(session, athlete_id, upload_id)
    session.execute(update(Upload).where(*mine).values(abandoned_at=func.now()))
    return True


def _unfinished(session: Session, *which: ColumnElement[bool]) -> list[Unfinished]:
    here = (
        select(func.coalesce(func.sum(func.length(UploadPart.content)), 0))
        .where(UploadPart.athlete_id == Upload.athlete_id, UploadPart.upload_id == Upload.upload_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Upload.upload_id, Upload.name, Upload.size_bytes, here, LAST_AT)
        .where(uploads.UNDER_WAY, *which)
        .order_by(LAST_AT.desc())
    )
    return [
        Unfinished(upload_id, name, size_bytes, int(here_bytes), last_at)
        for upload_id, name, size_bytes, here_bytes, last_at in rows
    ]
