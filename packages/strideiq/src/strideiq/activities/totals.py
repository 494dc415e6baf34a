"""What an athlete has recorded, all together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from strideiq.activities.clocks import on_clock
from strideiq.activities.models import Activity
from strideiq.activities.page_models import ActivityPlace
from strideiq.activities.shown import ShownValues, newest_annotations
from strideiq.activities.views import OF_ACTIVITY, OURS


@dataclass(frozen=True)
class Totals:
    """What an athlete has recorded, tombstones left out."""

    activities: int
    samples: int
    distance_m: float
    moving_s: float
    first_started_at: datetime | None
    last_started_at: datetime | None
    first_day: date | None
    """The earliest day of an activity, on its own clock."""


def totals(session: Session, athlete_id: UUID, own_zone: str = "UTC") -> Totals:
    """How much an athlete has recorded; the zone is the athlete's own."""
    said = newest_annotations(athlete_id)
    shown = ShownValues(said)
    begun = on_clock(shown["started_at"], shown["time_zone"], ActivityPlace.time_zone, own_zone)
    activities, samples, distance_m, moving_s, first, last, first_day = session.execute(
        select(
            func.count(),
            func.sum(Activity.sample_count),
            func.sum(shown["distance_m"]),
            func.sum(shown["moving_s"]),
            func.min(shown["started_at"]),
            func.max(shown["started_at"]),
            cast(func.min(begun), Date),
        )
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .outerjoin(ActivityPlace, OF_ACTIVITY)
        .where(Activity.athlete_id == athlete_id, Activity.deleted_at.is_(None), OURS)
    ).one()
    return Totals(
        activities, samples or 0, distance_m or 0.0, moving_s or 0.0, first, last, first_day
    )
