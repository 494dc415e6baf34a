"""Files in, a verdict for each: parse apart, look for duplicates, keep the original, record.

A few files that were parsed ahead are one transaction, so that what follows from them is derived
for all at once; when one of them cannot be stored, each gets a transaction of its own. An
athlete's imports take turns at the database by an advisory lock, so that the same file, or the
same run in two formats, arriving twice at once is found.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.imports.archives.expansion import expanded
from strideiq.imports.archives.listed import Listed, with_listed
from strideiq.imports.clocks import doubted
from strideiq.imports.deciding import Read, Turn
from strideiq.imports.files import IncomingFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import SourceFile
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError
from strideiq.imports.together import store_at_once
from strideiq.imports.turns import wait_for_turn
from strideiq.imports.verdicts import FileVerdict

READ_AHEAD = 8
"""How many files each parser process is ahead of the database."""

TOGETHER_MAX = 16
"""Files that are committed at once, at most."""

_ONE_FILES_TROUBLE = (
    DataError,
    IntegrityError,
    psycopg.DataError,
    psycopg.IntegrityError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What one file's content can provoke; a database that is away or refused is not among it."""


@dataclass(frozen=True)
class Importer:
    """Imports files for one athlete."""

    sessions: sessionmaker[Session]
    athlete_id: UUID
    time_zone: ZoneInfo
    pool: ParserPool
    settled: Callable[[Session, IncomingFile, FileVerdict], None] | None = None
    """Called with each verdict in the transaction that makes it true."""

    def import_files(self, files: Iterable[IncomingFile]) -> Iterator[FileVerdict]:
        """Import files in their order, archives opened; one bad file never stops the others.

        A verdict is yielded when its file has been committed. Parsing runs ahead of it, in as
        many processes as the pool has.
        """
        waiting = expanded(files)
        with ThreadPoolExecutor(self.pool.size, thread_name_prefix="import") as threads:
            ahead: deque[Future[Read]] = deque(
                threads.submit(self._read, file)
                for file in islice(waiting, READ_AHEAD * self.pool.size)
            )
            try:
                while ahead:
                    together = [
                        ahead.popleft().result() for _ in range(min(len(ahead), TOGETHER_MAX))
                    ]
                    ahead.extend(
                        threads.submit(self._read, file) for file in islice(waiting, len(together))
                    )
                    yield from self._settled_together(together)
            finally:
                for future in ahead:
                    future.cancel()

    def import_file(self, file: IncomingFile) -> FileVerdict:
        """Import one file."""
        return self._settle(self._read(file))

    def _read(self, file: IncomingFile) -> Read:
        """Everything that needs no turn at the database; a file known already is not parsed."""
        read = Read(file)
        try:
            read = replace(read, content=file.read())
            read = replace(read, sha256=hashlib.sha256(read.content).digest())
            with self.sessions() as session:
                known = session.scalar(
                    select(SourceFile.verdict).where(
                        SourceFile.athlete_id == self.athlete_id, SourceFile.sha256 == read.sha256
                    )
                )
            if known is not None and known != "failed":
                return read
            parsed = doubted(self.pool.parse(file.name, read.content), datetime.now(tz=UTC))
            listed = _listed(file, parsed)
            return replace(read, parsed=with_listed(parsed, listed), listed=listed)
        except UnreadableFileError as error:
            return replace(read, failure=error)

    def _settled_together(self, together: Sequence[Read]) -> list[FileVerdict]:
        """Decide and store a few files in one transaction, else each in its own."""
        if len(together) > 1:
            with suppress(*_ONE_FILES_TROUBLE):
                return self._decided(together)
        return [self._settle(read) for read in together]

    def _settle(self, read: Read) -> FileVerdict:
        """Decide and store, in one transaction."""
        try:
            return self._decided([read])[0]
        except _ONE_FILES_TROUBLE as error:
            # What was read cannot be stored, or something derived from it cannot be computed:
            # that is this file's verdict, and no reason to stop before the next one.
            failure = UnreadableFileError(
                f"What was read cannot be stored ({type(error).__name__}).",
                read.parsed.format if read.parsed else None,
            )
            return self._decided([replace(read, parsed=None, listed=None, failure=failure)])[0]

    def _decided(self, together: Sequence[Read]) -> list[FileVerdict]:
        verdicts = []
        recorded: list[UUID] = []
        with self.sessions.begin() as session:
            wait_for_turn(session, self.athlete_id)
            at_once = store_at_once(session, self.athlete_id, self.time_zone, together, recorded)
            for number, read in enumerate(together):
                verdict = (
                    at_once.get(number)
                    or Turn(session, self.athlete_id, self.time_zone, read, recorded).verdict()
                )
                if self.settled is not None:
                    self.settled(session, read.file, verdict)
                verdicts.append(verdict)
            if recorded:
                activities.tell_recorded(session, self.athlete_id, recorded)
        return verdicts


def _listed(file: IncomingFile, parsed: ParsedFile) -> Listed | None:
    if file.said_of is None or len(parsed.activities) != 1:
        return None
    return file.said_of(parsed.activities[0].started_at)
