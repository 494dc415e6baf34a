"""One file's turn at the database: what it is by what is there, and what is stored of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity
from strideiq.imports import duplicates, observing
from strideiq.imports.archives.listed import Listed
from strideiq.imports.files import IncomingFile
from strideiq.imports.listed_gear import with_gear
from strideiq.imports.models import SourceFile
from strideiq.imports.names import default_name
from strideiq.imports.parsers.parsed import PARSER_VERSION, ParsedFile, UnreadableFileError
from strideiq.imports.verdicts import FileVerdict, Verdict, observed_in_file, stored_in_file


@dataclass(frozen=True)
class Read:
    """A file after reading; neither parsed nor failed when it was known already."""

    file: IncomingFile
    content: bytes = b""
    sha256: bytes = b""
    parsed: ParsedFile | None = None
    failure: UnreadableFileError | None = None
    listed: Listed | None = None
    """What the list of an export says of it."""


@dataclass(frozen=True)
class Turn:
    """One file's turn at the database."""

    session: Session
    athlete_id: UUID
    time_zone: ZoneInfo
    read: Read
    recorded: list[UUID]
    """The activities that are new in this transaction."""

    def verdict(self) -> FileVerdict:
        """Decide by what is in the database now, which nobody else changes meanwhile."""
        known = kept(self.session, self.athlete_id, self.read.sha256)
        if known is not None and known.verdict != "failed":
            return self._known(known)
        if self.read.parsed is None:
            return self._failed(known)
        return self._recorded(known, self.read.parsed)

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
        named = [
            named_in(with_gear(self.session, self.athlete_id, observed), self.time_zone)
            for observed in parsed.activities
        ]
        new = [each for each, same in zip(named, found, strict=True) if same is None]
        verdict: Verdict = "duplicate" if not new else "partial" if parsed.damage else "imported"
        reason = reason_of(parsed, repeated)
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


def named_in(observed: ObservedActivity, time_zone: ZoneInfo) -> ObservedActivity:
    """An activity with a name: its own, else one that we make up, and say so."""
    if observed.name:
        return observed
    return replace(
        observed,
        name=default_name(observed, time_zone),
        computed=observed.computed | {"name"},
    )


def kept(session: Session, athlete_id: UUID, sha256: bytes) -> SourceFile | None:
    """The original with this content, where it is here."""
    return session.scalar(
        select(SourceFile).where(SourceFile.athlete_id == athlete_id, SourceFile.sha256 == sha256)
    )


def reason_of(parsed: ParsedFile, repeated: list[UUID]) -> str | None:
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
