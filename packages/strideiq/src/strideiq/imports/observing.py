"""What a file says of an activity that is here already: one more observation of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity, Source
from strideiq.imports.duplicates import Match
from strideiq.imports.parsers.parsed import PARSER_VERSION, ParsedFile


def add(
    session: Session,
    athlete_id: UUID,
    match: Match,
    observed: ObservedActivity,
    parsed: ParsedFile,
    source_file_id: UUID,
) -> None:
    """Add what the file says to the activity that it repeats.

    A changed file of the same recording is shown from now on; a file of another device or format
    is one more source, which the athlete can choose.
    """
    activities.observe(
        session,
        athlete_id,
        match.activity_id,
        observed,
        Source(parsed.format, source_file_id, PARSER_VERSION),
        takes_over=takes_over(match, observed, parsed),
    )


def takes_over(match: Match, observed: ObservedActivity, parsed: ParsedFile) -> bool:
    """Whether this is the same recording, changed at its source, and not only a damaged copy."""
    whole = parsed.damage is None or observed.sample_count >= match.sample_count
    return match.same_recording and match.kind == parsed.format and whole
