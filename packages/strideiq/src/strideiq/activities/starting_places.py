"""Where an athlete sets out most often, as an offer to hide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import streams as codec
from strideiq.activities.measures import EARTH_RADIUS_M, Floats
from strideiq.activities.models import Activity, ActivityStream
from strideiq.activities.privacy import POSITION, Zone

RECENT = 60
NEAR_M = 250.0
OFFERS_MAX = 3
STARTS_MIN = 2


@dataclass(frozen=True)
class StartingPlace:
    """A place that several of the newest activities began at."""

    latitude_deg: float
    longitude_deg: float
    starts: int


def starting_places(
    session: Session, athlete_id: UUID, zones: Sequence[Zone]
) -> list[StartingPlace]:
    """Where the newest activities began, most often first; places in a zone are left out."""
    remaining = _starts(session, athlete_id)
    for zone in zones:
        north_m, east_m = zone.offsets_m(remaining[:, 0], remaining[:, 1])
        remaining = remaining[np.hypot(north_m, east_m) > zone.cut_radius_m]
    places: list[StartingPlace] = []
    while len(remaining) and len(places) < OFFERS_MAX:
        near = _near(remaining, remaining[0])
        latitude_deg, longitude_deg = np.median(remaining[near], axis=0)
        places.append(StartingPlace(float(latitude_deg), float(longitude_deg), int(near.sum())))
        remaining = remaining[~near]
    often = [place for place in places if place.starts >= STARTS_MIN]
    return sorted(often, key=lambda place: -place.starts)


def _near(places: Floats, place: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    metres_per_degree = np.radians(EARTH_RADIUS_M)
    offset = (places - place) * metres_per_degree * [1.0, np.cos(np.radians(place[0]))]
    return np.asarray(np.hypot(offset[:, 0], offset[:, 1]) <= NEAR_M)


def _starts(session: Session, athlete_id: UUID) -> Floats:
    """Latitude and longitude of the first fix of each of the newest activities, one a row."""
    newest = (
        select(Activity.activity_id)
        .where(
            Activity.athlete_id == athlete_id,
            Activity.deleted_at.is_(None),
            Activity.lender.is_(None),
        )
        .order_by(Activity.started_at.desc())
        .limit(RECENT)
    )
    rows = session.execute(
        select(ActivityStream.activity_id, ActivityStream.channel, ActivityStream.content).where(
            ActivityStream.athlete_id == athlete_id,
            ActivityStream.activity_id.in_(newest),
            ActivityStream.level == 0,
            ActivityStream.channel.in_(POSITION),
        )
    )
    found: dict[UUID, dict[str, Floats]] = {}
    for activity_id, channel, content in rows:
        found.setdefault(activity_id, {})[channel] = codec.decode(channel, content)
    starts: list[list[float]] = []
    for channels in found.values():
        if len(channels) == len(POSITION):
            latitude, longitude = (channels[name] for name in POSITION)
            known = np.flatnonzero(np.isfinite(latitude * longitude))
            starts += [[float(latitude[i]), float(longitude[i])] for i in known[:1]]
    return np.array(starts, dtype=np.float64).reshape(-1, 2)
