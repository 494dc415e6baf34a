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
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity
from strideiq.imports import duplicates, observing
from strideiq.imports.archives.expansion import expanded
from strideiq.imports.archives.listed import Listed, with_listed
from strideiq.imports.clocks import doubted
from strideiq.imports.files import IncomingFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.listed_gear import with_gear
from strideiq.imports.models import SourceFile
from strideiq.imports.names import default_name
from strideiq.imports.parsers.parsed import PARSER_VERSION, ParsedFile, UnreadableFileError
from strideiq.imports.turns import wait_for_turn
from strideiq.imports.verdicts import FileVerdict, Verdict, observed_in_file, stored_in_file

READ_AHEAD = 4
"""How many files each parser process is ahead of the database."""

TOGETHER_MAX = 8
"""Files that are committed at once, at most."""

_ONE_FILES_TROUBLE = (
    DataError,
    IntegrityError,
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
            ahead: deque[Future[_Read]] = deque(
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

    def _read(self, file: IncomingFile) -> _Read:
        """Everything that needs no turn at the database; a file known already is not parsed."""
        read = _Read(file)
        try:
            read = replace(read, content=file.read())
            read = replace(read, sha256=hashlib.sha256(read.content).digest())
            with self.sessions() as session:
                known = _kept(session, self.athlete_id, read.sha256)
            if known is not None and known.verdict != "failed":
                return read
            parsed = doubted(self.pool.parse(file.name, read.content), datetime.now(tz=UTC))
            listed = _listed(file, parsed)
            return replace(read, parsed=with_listed(parsed, listed), listed=listed)
        except UnreadableFileError as error:
            return replace(read, failure=error)

    def _settled_together(self, together: Sequence[_Read]) -> list[FileVerdict]:
        """Decide and store a few files in one transaction, else each in its own."""
        if len(together) > 1:
            with suppress(*_ONE_FILES_TROUBLE):
                return self._decided(together)
        return [self._settle(read) for read in together]

    def _settle(self, read: _Read) -> FileVerdict:
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
            return self._decided([replace(read, parsed=None, failure=failure)])[0]

    def _decided(self, together: Sequence[_Read]) -> list[FileVerdict]:
        verdicts = []
        recorded: list[UUID] = []
        with self.sessions.begin() as session:
            wait_for_turn(session, self.athlete_id)
            for read in together:
                verdict = _Turn(session, self, read, recorded).verdict()
                if self.settled is not None:
                    self.settled(session, read.file, verdict)
                verdicts.append(verdict)
            if recorded:
                activities.tell_recorded(session, self.athlete_id, recorded)
        return verdicts


@dataclass(frozen=True)
class _Read:
    """A file after reading; neither parsed nor failed when it was known already."""

    file: IncomingFile
    content: bytes = b""
    sha256: bytes = b""
    parsed: ParsedFile | None = None
    failure: UnreadableFileError | None = None
    listed: Listed | None = None
    """What the list of an export says of it."""


@dataclass(frozen=True)
class _Turn:
    """One file's turn at the database."""

    session: Session
    importer: Importer
    read: _Read
    recorded: list[UUID]
    """The activities that are new in this transaction."""

    def verdict(self) -> FileVerdict:
        """Decide by what is in the database now, which nobody else changes meanwhile."""
        known = _kept(self.session, self.athlete_id, self.read.sha256)
        if known is not None and known.verdict != "failed":
            return self._known(known)
        if self.read.parsed is None:
            return self._failed(known)
        return self._recorded(known, self.read.parsed)

    @property
    def athlete_id(self) -> UUID:
        return self.importer.athlete_id

    def _known(self, known: SourceFile) -> FileVerdict:
        stored = activities.of_source_file(self.session, self.athlete_id, known.source_file_id)
        repeated = [
            activities.stands_for(self.session, self.athlete_id, each)
            for each in [one.activity_id for one in stored] or known.duplicate_of
        ]
        if not stored:
            stored = [
                activities.activity(self.session, self.athlete_id, each)
                for each in known.duplicate_of
            ]
        return FileVerdict(
            file=self.read.file.name,
            verdict="duplicate",
            reason=f"This very file was imported on {known.received_at:%d %B %Y} as {known.name}.",
            records=known.records,
            activities=stored_in_file(stored),
            duplicate_of=tuple(repeated),
            source_file_id=known.source_file_id,
        )

    def _failed(self, known: SourceFile | None) -> FileVerdict:
        failure = self.read.failure or UnreadableFileError("The file could not be read.")
        kept = None
        if failure.format is not None and self.read.content:
            kept = self._keep(known, "failed", failure.reason, failure.format)
        return FileVerdict(self.read.file.name, "failed", failure.reason, source_file_id=kept)

    def _recorded(self, known: SourceFile | None, parsed: ParsedFile) -> FileVerdict:
        found = [duplicates.find(self.session, self.athlete_id, each) for each in parsed.activities]
        repeated = [each.activity_id for each in found if each is not None]
        named = [self._named(observed) for observed in parsed.activities]
        new = [each for each, same in zip(named, found, strict=True) if same is None]
        verdict: Verdict = "duplicate" if not new else "partial" if parsed.damage else "imported"
        reason = _reason(parsed, repeated)
        kept = self._keep(known, verdict, reason, parsed.format, parsed.records, repeated)
        made = activities.record_many(
            self.session,
            self.athlete_id,
            new,
            kept,
            kind=parsed.format,
            parser_version=PARSER_VERSION,
            tell=False,
        )
        self.recorded.extend(made)
        recorded = iter(made)
        for observed, same in zip(named, found, strict=True):
            if same is not None:
                observing.add(self.session, self.athlete_id, same, observed, parsed, kept)
        return FileVerdict(
            file=self.read.file.name,
            verdict=verdict,
            reason=reason,
            records=parsed.records,
            activities=tuple(
                observed_in_file(same.activity_id if same else next(recorded), observed)
                for observed, same in zip(named, found, strict=True)
            ),
            duplicate_of=tuple(repeated),
            source_file_id=kept,
        )

    def _named(self, observed: ObservedActivity) -> ObservedActivity:
        observed = with_gear(self.session, self.athlete_id, observed)
        if observed.name:
            return observed
        return replace(
            observed,
            name=default_name(observed, self.importer.time_zone),
            computed=observed.computed | {"name"},
        )

    def _keep(
        self,
        known: SourceFile | None,
        verdict: Verdict,
        reason: str | None,
        kind: str,
        records: int = 0,
        duplicate_of: Iterable[UUID] = (),
    ) -> UUID:
        """Keep the original with its verdict; a file that failed before gets the new verdict."""
        row = known or SourceFile(
            athlete_id=self.athlete_id,
            source_file_id=uuid4(),
            sha256=self.read.sha256,
            name=self.read.file.name,
            size_bytes=len(self.read.content),
            content=self.read.content,
        )
        row.verdict = verdict
        row.reason = reason
        row.format = kind
        row.records = records
        row.duplicate_of = list(duplicate_of)
        row.parser_version = PARSER_VERSION
        row.listed = self.read.listed.as_dict() if self.read.listed else row.listed
        self.session.add(row)
        self.session.flush()
        return row.source_file_id


def _kept(session: Session, athlete_id: UUID, sha256: bytes) -> SourceFile | None:
    return session.scalar(
        select(SourceFile).where(SourceFile.athlete_id == athlete_id, SourceFile.sha256 == sha256)
    )


def _listed(file: IncomingFile, parsed: ParsedFile) -> Listed | None:
    if file.said_of is None or len(parsed.activities) != 1:
        return None
    return file.said_of(parsed.activities[0].started_at)


def _reason(parsed: ParsedFile, repeated: list[UUID]) -> str | None:
    """What there is to say of a file that was read, in sentences; None when nothing is."""
    said = []
    if repeated:
        everything = len(repeated) == len(parsed.activities)
        what = "The same run is" if everything else f"{len(repeated)} of its activities are"
        said.append(f"{what} here already, from another file")
    if parsed.damage:
        said.append(f"{parsed.damage}; records salvaged: {parsed.records}")
    said.extend(parsed.notes)
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in said) or None
