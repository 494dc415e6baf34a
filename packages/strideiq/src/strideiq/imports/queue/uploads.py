"""Large files in parts: received in any order, each once, and read where they lie."""

from __future__ import annotations

import io
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.models import Upload, UploadPart
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _

PART_BYTES = 4 * 1024 * 1024
UPLOAD_MAX_BYTES = 16 * 1024**3
"""More than the whole history of anybody, with photographs."""

UNFINISHED_MAX_BYTES = 2 * UPLOAD_MAX_BYTES
"""What one athlete may have under way at once."""

UNDER_WAY = and_(Upload.done_at.is_(None), Upload.abandoned_at.is_(None))


@dataclass(frozen=True)
class UploadView:
    """An upload under way, and which of its parts are here."""

    upload_id: UUID
    name: str
    size_bytes: int
    received: list[int]

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return -(-self.size_bytes // PART_BYTES)

    @property
    def complete(self) -> bool:
        """Whether every part is here."""
        return len(self.received) == self.parts

    def as_dict(self) -> dict[str, object]:
        """The upload as the page's script gets it."""
        return {
            "upload_id": str(self.upload_id),
            "part_bytes": PART_BYTES,
            "parts": self.parts,
            "received": self.received,
        }


def begin(
    session: Session, athlete_id: UUID, name: str, size_bytes: int, changed_ms: int
) -> UploadView:
    """Begin to receive a file, or go on with the same file's upload that was interrupted.

    Raises:
        InvalidInputError: it is empty, too large, or too much is under way.
    """
    if not 0 < size_bytes <= UPLOAD_MAX_BYTES:
        raise InvalidInputError(
            _("A file has between 1 byte and %(most)s GB.") % {"most": UPLOAD_MAX_BYTES // 1024**3},
            next_step=_("import what is in it in several parts"),
        )
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"uploads {athlete_id}", 0)))
    )
    mine = select(Upload).where(Upload.athlete_id == athlete_id, UNDER_WAY)
    known = session.scalar(
        mine.where(
            Upload.name == name, Upload.size_bytes == size_bytes, Upload.changed_ms == changed_ms
        )
    )
    if known is not None:
        return upload(session, athlete_id, known.upload_id)
    under_way = session.scalar(
        select(func.coalesce(func.sum(Upload.size_bytes), 0)).where(
            Upload.athlete_id == athlete_id, UNDER_WAY
        )
    )
    if int(under_way or 0) + size_bytes > UNFINISHED_MAX_BYTES:
        raise InvalidInputError(
            _("Too much is being uploaded at once."), next_step=_("finish the other uploads first")
        )
    made = Upload(
        athlete_id=athlete_id,
        upload_id=uuid4(),
        name=name,
        size_bytes=size_bytes,
        changed_ms=changed_ms,
    )
    session.add(made)
    session.flush()
    return UploadView(made.upload_id, name, size_bytes, [])


def upload(session: Session, athlete_id: UUID, upload_id: UUID) -> UploadView:
    """One upload under way.

    Raises:
        NotFoundError: the athlete has no such upload, or it is finished.
    """
    row = session.scalar(
        select(Upload).where(
            Upload.athlete_id == athlete_id,
            Upload.upload_id == upload_id,
            UNDER_WAY,
        )
    )
    if row is None:
        raise _no_such_upload()
    received = session.scalars(
        select(UploadPart.number)
        .where(UploadPart.athlete_id == athlete_id, UploadPart.upload_id == upload_id)
        .order_by(UploadPart.number)
    )
    return UploadView(upload_id, row.name, row.size_bytes, list(received))


def receive(
    session: Session, known: UploadView, athlete_id: UUID, number: int, part: bytes
) -> None:
    """Take in one part; one that is here already is not taken again.

    Raises:
        InvalidInputError: there is no such part, or it has another length.
        NotFoundError: the upload was finished or given up meanwhile.
    """
    last = known.parts - 1
    expected = PART_BYTES if number < last else known.size_bytes - last * PART_BYTES
    if not 0 <= number <= last or len(part) != expected:
        raise InvalidInputError(
            _("This is not the part of the file that is missing."),
            next_step=_("choose the file again"),
        )
    _mark(session, athlete_id, known.upload_id, last_part_at=func.now())
    session.execute(
        insert(UploadPart)
        .values(athlete_id=athlete_id, upload_id=known.upload_id, number=number, content=part)
        .on_conflict_do_nothing()
    )


def finish(session: Session, athlete_id: UUID, known: UploadView) -> None:
    """Say that all parts are here.

    Raises:
        InvalidInputError: some are missing.
    """
    if not known.complete:
        raise InvalidInputError(
            _("%(count)s parts of the file are missing.")
            % {"count": known.parts - len(known.received)},
            next_step=_("choose the file again; what is here is not sent twice"),
        )
    _mark(session, athlete_id, known.upload_id, done_at=func.now())


def _mark(session: Session, athlete_id: UUID, upload_id: UUID, **values: object) -> None:
    """Say something of an upload under way; whoever gives it up waits for that, or was first."""
    marked = session.execute(
        update(Upload)
        .where(Upload.athlete_id == athlete_id, Upload.upload_id == upload_id, UNDER_WAY)
        .values(values)
        .returning(Upload.upload_id)
    )
    if marked.first() is None:
        raise _no_such_upload()


def _no_such_upload() -> NotFoundError:
    return NotFoundError(_("There is no such upload."), next_step=_("choose the file again"))


def empty(session: Session, athlete_id: UUID, upload_id: UUID) -> None:
    """Give back the room of an upload that was read; that it was here stays known."""
    session.execute(
        update(UploadPart)
        .where(UploadPart.athlete_id == athlete_id, UploadPart.upload_id == upload_id)
        .values(content=b"")
    )


class PartsFile(io.RawIOBase):
    """A finished upload as a file that can be read from anywhere, a part at a time in memory."""

    def __init__(
        self, sessions: sessionmaker[Session], athlete_id: UUID, upload_id: UUID, size_bytes: int
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._key = (athlete_id, upload_id)
        self._size_bytes = size_bytes
        self._at = 0
        self._part: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position; beyond the end there is nothing to read."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Read up to the end of the part that the position is in."""
        if self._at >= self._size_bytes:
            return 0
        number, offset = divmod(self._at, PART_BYTES)
        piece = self._content(number)[offset : offset + len(buffer)]
        if not piece:
            raise OSError("a part of the upload is missing")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _content(self, number: int) -> bytes:
        if self._part[0] != number:
            with self._sessions() as session:
                content = session.scalar(
                    select(UploadPart.content).where(
                        UploadPart.athlete_id == self._key[0],
                        UploadPart.upload_id == self._key[1],
                        UploadPart.number == number,
                    )
                )
            self._part = (number, content or b"")
        return self._part[1]


def buffered(file: PartsFile) -> io.BufferedReader:
    """The same file, for small reads."""
    return io.BufferedReader(file, PART_BYTES // 16)
