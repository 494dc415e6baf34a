"""Read every original again when the parsers have learned something; annotations stay.

Each file is one transaction that also notes the parser's version, so that a run that is killed
goes on with what is left. A file that cannot be read this time stays as it was read before.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker, undefer

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity, Source
from strideiq.imports import duplicates, observing
from strideiq.imports.archives.listed import listed_from, with_listed
from strideiq.imports.clocks import doubted
from strideiq.imports.isolation import ParserPool
from strideiq.imports.listed_gear import with_gear
from strideiq.imports.models import SourceFile
from strideiq.imports.names import default_name
from strideiq.imports.parsers.parsed import PARSER_VERSION, ParsedFile, UnreadableFileError
from strideiq.imports.turns import wait_for_turn

READ_AHEAD = 2
"""How many files each parser process is ahead of the database."""

Outcome = Literal["same", "changed", "found more", "not read"]
"""What reading a file again gave; ``not read`` leaves what was read of it before."""


@dataclass(frozen=True)
class Reprocessed:
    """One file that was read again."""

    file: str
    source_file_id: UUID
    outcome: Outcome
    reason: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The outcome as documented for ``--json``."""
        return {
            "file": self.file,
            "source_file_id": str(self.source_file_id),
            "outcome": self.outcome,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Reprocessor:
    """Reads one athlete's originals again."""

    sessions: sessionmaker[Session]
    athlete_id: UUID
    time_zone: ZoneInfo
    pool: ParserPool
    parser_version: int = PARSER_VERSION

    def waiting(self, *, everything: bool = False) -> Sequence[UUID]:
        """The files that an older parser read, oldest first; or all files."""
        rows = select(SourceFile.source_file_id).where(SourceFile.athlete_id == self.athlete_id)
        if not everything:
            rows = rows.where(SourceFile.parser_version < self.parser_version)
        with self.sessions() as session:
            order = (SourceFile.received_at, SourceFile.source_file_id)
            return session.scalars(rows.order_by(*order)).all()

    def reprocess(self, files: Sequence[UUID]) -> Iterator[Reprocessed]:
        """Read files again in their order; each is committed before it is told."""
        waiting = iter(files)
        with ThreadPoolExecutor(self.pool.size, thread_name_prefix="reprocess") as threads:
            ahead: deque[Future[_ReadAgain]] = deque(
                threads.submit(self._read, each)
                for each in islice(waiting, READ_AHEAD * self.pool.size)
            )
            try:
                while ahead:
                    read = ahead.popleft().result()
                    ahead.extend(threads.submit(self._read, each) for each in islice(waiting, 1))
                    yield self._settle(read)
            finally:
                for future in ahead:
                    future.cancel()

    def _read(self, source_file_id: UUID) -> _ReadAgain:
        with self.sessions() as session:
            file = session.get_one(
                SourceFile,
                (self.athlete_id, source_file_id),
                options=[undefer(SourceFile.content)],
            )
            name, content, listed = file.name, file.content, listed_from(file.listed)
        try:
            parsed = doubted(self.pool.parse(name, content), datetime.now(tz=UTC))
            return _ReadAgain(name, source_file_id, with_listed(parsed, listed))
        except UnreadableFileError as error:
            return _ReadAgain(name, source_file_id, None, error.reason)

    def _settle(self, read: _ReadAgain) -> Reprocessed:
        with self.sessions.begin() as session:
            wait_for_turn(session, self.athlete_id)
            if read.parsed is None:
                return self._unread(session, read)
            outcomes = Counter(
                self._observed(session, read.source_file_id, read.parsed, each)
                for each in read.parsed.activities
            )
            self._note(session, read.source_file_id, read.parsed)
        outcome: Outcome = next(
            (each for each in ("found more", "changed") if outcomes[each]), "same"
        )
        return Reprocessed(read.name, read.source_file_id, outcome)

    def _unread(self, session: Session, read: _ReadAgain) -> Reprocessed:
        """A file that never could be read is up to date; one that could is tried again."""
        file = session.get_one(SourceFile, (self.athlete_id, read.source_file_id))
        if file.verdict != "failed":
            return Reprocessed(read.name, read.source_file_id, "not read", read.reason)
        file.parser_version = self.parser_version
        return Reprocessed(read.name, read.source_file_id, "same")

    def _observed(
        self,
        session: Session,
        source_file_id: UUID,
        parsed: ParsedFile,
        observed: ObservedActivity,
    ) -> Outcome:
        """Add what the file says now where it spoke before, else as an import does."""
        observed = with_gear(session, self.athlete_id, observed)
        if not observed.name:
            observed = replace(
                observed,
                name=default_name(observed, self.time_zone),
                computed=observed.computed | {"name"},
            )
        source = Source(parsed.format, source_file_id, self.parser_version)
        key = source.key(observed.session_number)
        spoke = activities.spoken_by(session, self.athlete_id, key)
        if spoke is not None:
            said = activities.observe(session, self.athlete_id, spoke, observed, source)
            return "changed" if said else "same"
        match = duplicates.find(session, self.athlete_id, observed)
        if match is not None:
            observing.add(session, self.athlete_id, match, observed, parsed, source_file_id)
        else:
            activities.record_many(
                session,
                self.athlete_id,
                [observed],
                source_file_id,
                kind=parsed.format,
                parser_version=self.parser_version,
            )
        return "found more"

    def _note(self, session: Session, source_file_id: UUID, parsed: ParsedFile) -> None:
        file = session.get_one(SourceFile, (self.athlete_id, source_file_id))
        file.parser_version = self.parser_version
        file.records = parsed.records
        verdict = "partial" if parsed.damage else "imported"
        if file.verdict not in {"duplicate", verdict}:
            file.verdict, file.reason = verdict, parsed.damage
        session.flush()


@dataclass(frozen=True)
class _ReadAgain:
    """A file after parsing; ``reason`` says why not, where it could not be."""

    name: str
    source_file_id: UUID
    parsed: ParsedFile | None
    reason: str | None = None
