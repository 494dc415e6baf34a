"""Recordings that say they are from a time when they cannot have been made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from strideiq.imports.parsers.parsed import ParsedFile

FIRST_RECORDERS = datetime(1995, 1, 1, tzinfo=UTC)
"""Before the first watches that recorded; FIT counts from the last day of 1989."""

AHEAD_MAX = timedelta(days=1)
"""A time zone that was taken for another puts a recording less far into the future."""


def doubted(parsed: ParsedFile, now: datetime) -> ParsedFile:
    """The same file, damaged where its device's clock was wrong: everything in it is kept."""
    for activity in parsed.activities:
        started_at = activity.started_at
        if activity.sample_count and started_at < FIRST_RECORDERS:
            what = f"its device's clock was not set: it says {started_at:%d %B %Y}"
        elif started_at > now + AHEAD_MAX:
            what = f"its device's clock is wrong: it says {started_at:%d %B %Y}, still to come"
        else:
            continue
        damage = f"{parsed.damage}; {what}" if parsed.damage else what
        return replace(parsed, damage=damage)
    return parsed
