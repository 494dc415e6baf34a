"""What a source outside may be asked of activities: which it has not spoken of, when, about where.

A place that leaves here is rounded to a tenth of a degree, some eleven kilometres from north to
south, and comes from a part of the track that the athlete does not hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from strideiq.activities import views
from strideiq.activities.models import ActivityObservation
from strideiq.activities.privacy import POSITION, hidden, privacy_of

DECIMALS = 1
BATCH = 100
"""Activities whose samples are held in memory at a time."""


@dataclass(frozen=True)
class RoughPlace:
    """A place to a tenth of a degree."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True)
class Unasked:
    """An activity as it is shown: when it began and ended, UTC."""

    activity_id: UUID
    started_at: datetime
    ended_at: datetime


def not_spoken_of(session: Session, athlete_id: UUID, source: str) -> list[Unasked]:
    """The shown activities of which a source has never said anything, the newest first."""
    shown = views.visible(athlete_id)
    spoke = exists().where(
        ActivityObservation.athlete_id == athlete_id,
        ActivityObservation.activity_id == shown.c.activity_id,
        ActivityObservation.source == source,
    )
    rows = session.execute(
        select(shown.c.activity_id, shown.c.started_at, shown.c.elapsed_s)
        .where(~spoke)
        .order_by(shown.c.started_at.desc())
    )
    return [Unasked(one, began, began + timedelta(seconds=lasted)) for one, began, lasted in rows]


def rough_places(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> Mapping[UUID, RoughPlace]:
    """About where activities began; those without a position that may be told are left out."""
    privacy = privacy_of(session, athlete_id)
    places = {}
    for begin in range(0, len(activity_ids), BATCH):
        batch = activity_ids[begin : begin + BATCH]
        wanted = (*POSITION, "distance_m")
        for recorded in views.recorded_channels(session, athlete_id, batch, wanted):
            if not all(name in recorded.streams for name in POSITION):
                continue
            latitude, longitude = (recorded.streams[name] for name in POSITION)
            shown = np.isfinite(latitude) & np.isfinite(longitude)
            shown &= ~hidden(privacy, latitude, longitude, recorded.streams.get("distance_m"))
            known = np.flatnonzero(shown)
            if len(known):
                first = known[0]
                places[recorded.activity_id] = RoughPlace(
                    round(float(latitude[first]), DECIMALS) + 0.0,
                    round(float(longitude[first]), DECIMALS) + 0.0,
                )
    return places
