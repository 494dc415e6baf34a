"""The worker: takes waiting files one after the other, and can be killed at any moment.

A file is taken under an advisory lock of the worker's own connection: a worker that dies lets go
of it at once, and another takes it. Its verdict is written in the transaction that records its
activities; an archive's members are written down one by one, and those are passed over when the
archive is read again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import time_zone_of
from strideiq.imports.archives import expansion
from strideiq.imports.archives.listed import listed_from
from strideiq.imports.files import IncomingFile, SaidOf, always
from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import ImportItem, SourceFile
from strideiq.imports.parsers.parsed import UnreadableFileError
from strideiq.imports.queue import abandoned, items, uploads
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict

ATTEMPTS_MAX = 5
"""A file that ended its worker so often is given up; an archive that went on is counted anew."""

AT_ONCE = 16
"""Files taken at a time, so that parsing runs ahead of the database."""

IDLE_S = 1.0
TROUBLE_S = 5.0
FREED_EVERY_S = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True)
class QueuedFile:
    """A file that waits in the queue; its content is fetched when it is read."""

    sessions: sessionmaker[Session]
    athlete_id: UUID
    item_id: UUID
    batch_id: UUID
    name: str
    is_archive: bool
    upload_id: UUID | None
    source_file_id: UUID | None
    size_bytes: int
    attempts: int
    listed: Mapping[str, str] | None = None
    """What whoever handed it in says of it."""

    @property
    def said_of(self) -> SaidOf | None:
        """How to find what is said of the activity in it."""
        listed = listed_from(self.listed)
        return always(listed) if listed else None

    def read(self) -> bytes:
        """The content, from the queue, or from the original that is kept.

        Raises:
            UnreadableFileError: there is none.
        """
        content = select(ImportItem.content).where(
            ImportItem.athlete_id == self.athlete_id, ImportItem.item_id == self.item_id
        )
        if self.source_file_id is not None:
            content = select(SourceFile.content).where(
                SourceFile.athlete_id == self.athlete_id,
                SourceFile.source_file_id == self.source_file_id,
            )
        with self.sessions() as session:
            found = session.scalar(content)
        if found is None:
            raise UnreadableFileError("Its content is not here any more; import it again.")
        return found

    def opened(self) -> BinaryIO:
        """The content as a file, of whatever size."""
        if self.upload_id is None:
            return BytesIO(self.read())
        return uploads.buffered(
            uploads.PartsFile(self.sessions, self.athlete_id, self.upload_id, self.size_bytes)
        )


class Worker:
    """Reads what waits, until it is told to stop."""

    def __init__(
        self,
        engine: Engine,
        sessions: sessionmaker[Session],
        pool: ParserPool,
        *,
        changed: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._changed = changed
        self._sessions = sessions
        self._pool = pool
        self._freed_at_s: float | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until ``stopping`` is set; trouble with the database is waited out."""
        while not self.stopping.is_set():
            try:
                with self._engine.connect() as connection:
                    self._serve(connection.execution_options(isolation_level="AUTOCOMMIT"))
            except SQLAlchemyError as error:
                log.warning("the queue of imports cannot be read", error=str(error))
                self.stopping.wait(TROUBLE_S)

    def work_off(self) -> int:
        """Read everything that waits now, and say how many files that were."""
        done = 0
        with self._engine.connect() as connection:
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            while taken := self._taken(own):
                done += len(taken)
                self._read(own, taken)
        return done

    def _serve(self, connection: Connection) -> None:
        while not self.stopping.is_set():
            taken = self._taken(connection)
            if taken:
                self._read(connection, taken)
            else:
                self._free_abandoned()
                self.stopping.wait(IDLE_S)

    def _free_abandoned(self) -> None:
        """Now and then, give back the room of uploads that nobody goes on with."""
        now_s = time.monotonic()
        if self._freed_at_s is not None and now_s - self._freed_at_s < FREED_EVERY_S:
            return
        with self._sessions.begin() as session:
            freed = abandoned.free_abandoned(session)
        self._freed_at_s = now_s
        if freed:
            log.info("uploads that nobody went on with were given up", uploads=freed)

    def _taken(self, connection: Connection) -> list[QueuedFile]:
        """Files of one athlete that nobody else has taken, in the order in which they came.

        An archive is alone, and so is a file that may be what ended a worker before: the others
        are not given up because of it.
        """
        waiting = connection.execute(
            select(
                ImportItem.athlete_id,
                ImportItem.item_id,
                or_(ImportItem.is_archive, ImportItem.attempts > 0),
            )
            .where(ImportItem.state == items.WAITING)
            .order_by(ImportItem.number)
            .limit(4 * AT_ONCE)
        ).all()
        taken: list[QueuedFile] = []
        for athlete_id, item_id, alone in waiting:
            if taken and (alone or taken[0].athlete_id != athlete_id):
                break
            if (mine := self._take(connection, athlete_id, item_id)) is not None:
                taken.append(mine)
            if len(taken) == AT_ONCE or (taken and alone):
                break
        return taken

    def _take(self, connection: Connection, athlete_id: UUID, item_id: UUID) -> QueuedFile | None:
        if not connection.scalar(select(func.pg_try_advisory_lock(_key(item_id)))):
            return None
        row = connection.execute(
            update(ImportItem)
            .where(
                ImportItem.athlete_id == athlete_id,
                ImportItem.item_id == item_id,
                ImportItem.state == items.WAITING,
            )
            .values(attempts=ImportItem.attempts + 1)
            .returning(
                ImportItem.athlete_id,
                ImportItem.item_id,
                ImportItem.batch_id,
                ImportItem.name,
                ImportItem.is_archive,
                ImportItem.upload_id,
                ImportItem.source_file_id,
                ImportItem.size_bytes,
                ImportItem.attempts,
                ImportItem.listed,
            )
        ).one_or_none()
        if row is None:
            connection.execute(select(func.pg_advisory_unlock(_key(item_id))))
            return None
        return QueuedFile(self._sessions, *row)

    def _read(self, connection: Connection, taken: Sequence[QueuedFile]) -> None:
        try:
            given_up = [each for each in taken if each.attempts > ATTEMPTS_MAX]
            for each in given_up:
                self._give_up(each)
            remaining = [each for each in taken if each not in given_up]
            if remaining and remaining[0].is_archive:
                self._read_archive(remaining[0])
            elif remaining:
                self._read_files(remaining)
        finally:
            for each in taken:
                connection.execute(select(func.pg_advisory_unlock(_key(each.item_id))))

    def _read_files(self, taken: Sequence[QueuedFile]) -> None:
        def settled(session: Session, file: IncomingFile, verdict: FileVerdict) -> None:
            if isinstance(file, QueuedFile):
                items.note_verdict(
                    session, file.athlete_id, file.batch_id, verdict, item_id=file.item_id
                )

        importer = replace(self._importer(taken[0].athlete_id), settled=settled)
        for verdict in importer.import_files(taken):
            self._note(verdict)

    def _read_archive(self, archive: QueuedFile) -> None:
        def settled(session: Session, file: IncomingFile, verdict: FileVerdict) -> None:
            del file
            items.note_verdict(
                session,
                archive.athlete_id,
                archive.batch_id,
                verdict,
                parent_id=archive.item_id,
            )
            if archive.attempts > 1:
                items.went_on(session, archive.athlete_id, archive.item_id)

        importer = replace(self._importer(archive.athlete_id), settled=settled)
        for verdict in importer.import_files(self._members(archive)):
            self._note(verdict)
            if self.stopping.is_set():
                return
        with self._sessions.begin() as session:
            session.execute(
                update(ImportItem)
                .where(
                    ImportItem.athlete_id == archive.athlete_id,
                    ImportItem.item_id == archive.item_id,
                )
                .values(state=items.DONE, content=None, done_at=func.now())
            )
            if archive.upload_id is not None:
                uploads.empty(session, archive.athlete_id, archive.upload_id)

    def _members(self, archive: QueuedFile) -> Iterator[IncomingFile]:
        with self._sessions() as session:
            done = set(
                session.scalars(
                    select(ImportItem.name).where(
                        ImportItem.athlete_id == archive.athlete_id,
                        ImportItem.batch_id == archive.batch_id,
                        ImportItem.parent_id == archive.item_id,
                    )
                )
            )
        for file in expansion.inside(archive.name, archive.opened()):
            if file.name not in done:
                yield file

    def _note(self, verdict: FileVerdict) -> None:
        """Have what is new backed up once no more comes."""
        if self._changed is not None and verdict.verdict in {"imported", "partial"}:
            self._changed()

    def _give_up(self, file: QueuedFile) -> None:
        reason = f"Reading it ended the worker {ATTEMPTS_MAX} times, so it was given up."
        with self._sessions.begin() as session:
            verdict = FileVerdict(file.name, "failed", reason, source_file_id=file.source_file_id)
            items.note_verdict(
                session, file.athlete_id, file.batch_id, verdict, item_id=file.item_id
            )

    def _importer(self, athlete_id: UUID) -> Importer:
        with self._sessions() as session:
            zone = time_zone_of(session, athlete_id)
        return Importer(self._sessions, athlete_id, ZoneInfo(zone), self._pool)


def _key(item_id: UUID) -> object:
    return func.hashtextextended(f"import {item_id}", 0)
