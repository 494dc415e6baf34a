"""Files that have nothing to do with each other or with what is here, stored in a few statements.

Most files of an archive are such: whole, new, and of a time of their own. Every other one takes
its turn by itself, with the same result, only slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity, Source
from strideiq.imports.deciding import Read, named_in, reason_of
from strideiq.imports.listed_gear import with_gear
from strideiq.imports.models import SourceFile
from strideiq.imports.parsers.parsed import PARSER_VERSION, ParsedFile
from strideiq.imports.verdicts import FileVerdict, Verdict, observed_in_file
from strideiq.platform.bulk import copy_rows

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class _New:
    """A file that is stored with others, and what its original is called."""

    read: Read
    parsed: ParsedFile
    source_file_id: UUID
    observed: Sequence[ObservedActivity]

    @property
    def verdict(self) -> Verdict:
        return "partial" if self.parsed.damage else "imported"

    @property
    def reason(self) -> str | None:
        return reason_of(self.parsed, [])

    def row(self, athlete_id: UUID) -> dict[str, object]:
        """The original, as ``Turn`` would keep it."""
        listed = self.read.listed
        return {
            "athlete_id": athlete_id,
            "source_file_id": self.source_file_id,
            "sha256": self.read.sha256,
            "name": self.read.file.name,
            "size_bytes": len(self.read.content),
            "content": self.read.content,
            "format": self.parsed.format,
            "verdict": self.verdict,
            "reason": self.reason,
            "records": self.parsed.records,
            "duplicate_of": [],
            "parser_version": PARSER_VERSION,
            "listed": Jsonb(listed.as_dict() if listed else None),
        }


def store_at_once(
    session: Session,
    athlete_id: UUID,
    time_zone: ZoneInfo,
    together: Sequence[Read],
    recorded: list[UUID],
) -> dict[int, FileVerdict]:
    """Store those that can be stored at once; their verdicts by their places in the sequence.

    What is recorded is added to ``recorded``. The caller has the athlete's turn, and commits.
    """
    new = {
        number: _New(
            together[number],
            parsed,
            uuid4(),
            [
                named_in(with_gear(session, athlete_id, each), time_zone)
                for each in parsed.activities
            ],
        )
        for number, parsed in _apart(session, athlete_id, together)
    }
    copy_rows(session, SourceFile, [each.row(athlete_id) for each in new.values()])
    made = activities.record_each(
        session,
        athlete_id,
        [
            (observed, Source(each.parsed.format, each.source_file_id, PARSER_VERSION))
            for each in new.values()
            for observed in each.observed
        ],
    )
    recorded.extend(made)
    ids = iter(made)
    return {number: _verdict(each, ids) for number, each in new.items()}


def _verdict(new: _New, ids: Iterator[UUID]) -> FileVerdict:
    return FileVerdict(
        file=new.read.file.name,
        verdict=new.verdict,
        reason=new.reason,
        records=new.parsed.records,
        activities=tuple(observed_in_file(next(ids), each) for each in new.observed),
        source_file_id=new.source_file_id,
    )


def _apart(
    session: Session, athlete_id: UUID, together: Sequence[Read]
) -> list[tuple[int, ParsedFile]]:
    """The files that nothing here and nothing among the others can be the same as."""
    parsed = [(number, each.parsed) for number, each in enumerate(together) if each.parsed]
    if len(parsed) < 2:  # noqa: PLR2004  one file is no quicker at once
        return []
    contents = Counter(each.sha256 for each in together)
    known = _known(session, athlete_id, list(contents))
    candidates = [
        (number, each)
        for number, each in parsed
        if contents[together[number].sha256] == 1
        and together[number].sha256 not in known
        and each.activities
        and all(one.upstream_id is None for one in each.activities)
    ]
    spans = [(number, _span(one)) for number, each in parsed for one in each.activities]
    met = {number for number, span in spans if _meets(number, span, spans)}
    candidates = [(number, each) for number, each in candidates if number not in met]
    asked = [(number, _span(one)) for number, each in candidates for one in each.activities]
    near = activities.spans_with_neighbours(session, athlete_id, [span for _, span in asked])
    taken = {asked[place][0] for place in near}
    return [(number, each) for number, each in candidates if number not in taken]


def _known(session: Session, athlete_id: UUID, contents: Sequence[bytes]) -> set[bytes]:
    return set(
        session.scalars(
            select(SourceFile.sha256).where(
                SourceFile.athlete_id == athlete_id, SourceFile.sha256.in_(contents)
            )
        )
    )


def _span(observed: ObservedActivity) -> Span:
    return observed.started_at, observed.started_at + timedelta(seconds=observed.elapsed_s)


def _meets(number: int, span: Span, spans: Sequence[tuple[int, Span]]) -> bool:
    """Whether an activity of another file was going on at some time of this one."""
    return any(
        other != number and span[0] <= theirs[1] and theirs[0] <= span[1] for other, theirs in spans
    )
