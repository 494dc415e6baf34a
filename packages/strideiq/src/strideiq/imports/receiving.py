"""What a web request brings: bounded while it arrives, read at once or left to a worker."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import AthleteView
from strideiq.imports.archives import zips
from strideiq.imports.files import IncomingFile, ReceivedFile, RefusedFile, too_large
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.queue import items, uploads
from strideiq.imports.queue.items import ItemView
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict
from strideiq.platform.runtime import Runtime
from strideiq.safety.public import note_change

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.datastructures import UploadFile

NAME_LENGTH_MAX = 300


@dataclass(frozen=True)
class Receiver:
    """Takes in files of one athlete, as parts of one batch."""

    request: Request
    athlete: AthleteView
    came_by: str
    batch_id: UUID

    def read_now(self, file: IncomingFile, item_id: UUID) -> FileVerdict | ItemView:
        """The verdict on a file; an item that waits when it is an archive.

        A file that was sent before, as the same item, is not read again: its item is given.
        """
        with self._sessions.begin() as session:
            if (known := items.find(session, self.athlete.athlete_id, item_id)) is not None:
                return known
            items.open_batch(session, self.athlete.athlete_id, self.came_by, self.batch_id)
            if isinstance(file, ReceivedFile) and file.content.startswith(zips.SIGNATURES):
                return self.queue(session, file, item_id)

        def settled(session: Session, _: IncomingFile, verdict: FileVerdict) -> None:
            items.note_verdict(
                session, self.athlete.athlete_id, self.batch_id, verdict, item_id=item_id
            )

        verdict = replace(importer(self.request, self.athlete), settled=settled).import_file(file)
        note([verdict], self.request)
        return verdict

    def queue(self, session: Session, file: ReceivedFile, item_id: UUID) -> ItemView:
        """Have a worker read a file."""
        items.add(
            session,
            self.athlete.athlete_id,
            self.batch_id,
            file.name,
            item_id=item_id,
            content=file.content,
            is_archive=file.content.startswith(zips.SIGNATURES),
        )
        wake_worker(self.request)
        return items.item(session, self.athlete.athlete_id, item_id)

    async def queue_part(self, session: Session, part: UploadFile) -> None:
        """Have a worker read a part of a form, of whatever size when it is an archive."""
        name, size_bytes = name_of(part.filename or ""), part.size or 0
        if size_bytes <= SIZE_MAX_BYTES or not await is_archive(part):
            content = await part.read(SIZE_MAX_BYTES + 1)
            self.queue(session, ReceivedFile(name, content), uuid4())
            return
        athlete_id = self.athlete.athlete_id
        upload = uploads.begin(session, athlete_id, name, size_bytes, changed_ms=0)
        for number in range(upload.parts):
            content = await part.read(uploads.PART_BYTES)
            uploads.receive(session, upload, athlete_id, number, content)
        self.queue_upload(session, upload.upload_id)

    def queue_upload(self, session: Session, upload_id: UUID) -> ItemView:
        """Have a worker read a large file, all of whose parts are here.

        Raises:
            InvalidInputError: some are missing.
        """
        athlete_id = self.athlete.athlete_id
        known = uploads.upload(session, athlete_id, upload_id)
        uploads.finish(session, athlete_id, known)
        batch_id = items.open_batch(session, athlete_id, self.came_by, self.batch_id)
        item_id = items.add(
            session,
            athlete_id,
            batch_id,
            known.name,
            upload_id=upload_id,
            size_bytes=known.size_bytes,
            is_archive=True,
        )
        wake_worker(self.request)
        return items.item(session, athlete_id, item_id)

    @property
    def _sessions(self) -> sessionmaker[Session]:
        runtime: Runtime = self.request.app.state.runtime
        return runtime.sessions


async def is_archive(part: UploadFile) -> bool:
    """Whether a part of a form is a zip archive; it is read from its beginning afterwards."""
    beginning = await part.read(4)
    await part.seek(0)
    return beginning.startswith(zips.SIGNATURES)


@cache
def _pool() -> ParserPool:
    """The parser processes of this web server, shared by all requests."""
    return ParserPool(os.cpu_count() or 1)


def importer(request: Request, athlete: AthleteView) -> Importer:
    """What imports for this athlete."""
    sessions = request.app.state.runtime.sessions
    return Importer(sessions, athlete.athlete_id, ZoneInfo(athlete.time_zone), _pool())


def wake_worker(request: Request) -> None:
    """Say that something waits; where no worker belongs to this server, another one looks."""
    worker = getattr(request.app.state, "worker", None)
    if worker is not None:
        worker.wake()


async def body_of(request: Request, name: str) -> ReceivedFile | RefusedFile:
    """The request's body as a file, read no further than a file may be large."""
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > SIZE_MAX_BYTES:
        return RefusedFile(name, too_large(int(announced)))
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > SIZE_MAX_BYTES:
            return RefusedFile(name, too_large(len(content)))
    return ReceivedFile(name, bytes(content))


def name_of(header: str) -> str:
    """A file's name as it was sent, without its path, and without what no page could show."""
    name = unquote(header).replace("\\", "/")
    shown = "".join(letter for letter in name if letter.isprintable())
    return PurePath(shown).name[:NAME_LENGTH_MAX] or "a file without a name"


def note(verdicts: Sequence[FileVerdict], request: Request) -> None:
    """Have a backup taken and proven once no more files arrive."""
    configuration = request.app.state.runtime.configuration
    if configuration is not None and any(
        each.verdict in {"imported", "partial"} for each in verdicts
    ):
        note_change(configuration.directory / "run")
