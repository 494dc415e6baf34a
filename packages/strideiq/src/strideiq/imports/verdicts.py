"""What became of a file, as the command line, the upload page and the tests see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from strideiq.activities.public import ActivityView, ObservedActivity, zone_of_observed

Verdict = Literal["imported", "partial", "duplicate", "failed"]


@dataclass(frozen=True)
class ActivityInFile:
    """One activity of a file; ``activity_id`` is the stored one, also when it was there before."""

    activity_id: UUID
    sport: str
    started_at: datetime
    distance_m: float | None
    duration_s: float
    records: int
    clock_zone: str | None = None
    """The time zone that it is told in; None for the athlete's own."""

    def local_start(self, own_zone: str) -> datetime:
        """When it began, on its own clock; ``own_zone`` is the athlete's."""
        return self.started_at.astimezone(ZoneInfo(self.clock_zone or own_zone))

    def as_dict(self) -> dict[str, object]:
        """The activity as documented for ``--json``."""
        return {
            "activity_id": str(self.activity_id),
            "sport": self.sport,
            "start": self.started_at.isoformat(),
            "distance_m": None if self.distance_m is None else round(self.distance_m, 2),
            "duration_s": round(self.duration_s, 3),
            "records": self.records,
        }


@dataclass(frozen=True)
class FileVerdict:
    """The verdict on one file, with its reason in words where there is something to say."""

    file: str
    verdict: Verdict
    reason: str | None = None
    records: int = 0
    activities: tuple[ActivityInFile, ...] = ()
    duplicate_of: tuple[UUID, ...] = ()
    source_file_id: UUID | None = None
    """The original as it is kept; None when it was not."""

    def as_dict(self) -> dict[str, object]:
        """The verdict as documented for ``--json``."""
        return {
            "file": self.file,
            "verdict": self.verdict,
            "reason": self.reason,
            "records": self.records,
            "activity_ids": [str(activity.activity_id) for activity in self.activities]
            or [str(activity_id) for activity_id in self.duplicate_of],
            "activities": [activity.as_dict() for activity in self.activities],
            "duplicate_of": [str(activity_id) for activity_id in self.duplicate_of],
            "source_file_id": str(self.source_file_id) if self.source_file_id else None,
        }


def observed_in_file(activity_id: UUID, observed: ObservedActivity) -> ActivityInFile:
    """What a parser just read."""
    return ActivityInFile(
        activity_id,
        observed.sport,
        observed.started_at,
        observed.distance_m,
        observed.elapsed_s,
        observed.sample_count,
        zone_of_observed(observed),
    )


def stored_in_file(stored: Iterable[ActivityView]) -> tuple[ActivityInFile, ...]:
    """What is known of a file that was read before."""
    return tuple(
        ActivityInFile(
            each.activity_id,
            each.sport,
            each.started_at,
            each.distance_m,
            each.elapsed_s,
            each.sample_count,
            each.clock_zone,
        )
        for each in stored
    )
