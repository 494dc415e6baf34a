"""The time zone of the place where an activity began, from its first position.

The borders of time zones come with the package tzfpy (those of timezone-boundary-builder, made
from OpenStreetMap), so no network is asked. Near a border they are simplified; what the athlete
says of an activity's time zone wins anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import numpy as np
from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.activities import views
from strideiq.activities.measures import Floats
from strideiq.activities.models import Activity, ActivityStream
from strideiq.activities.observed import ObservedActivity
from strideiq.activities.page_models import ActivityPlace
from strideiq.activities.privacy import POSITION
from strideiq.activities.recomputing import Derivation

FORMULA_VERSION = 1
BATCH = 100
"""Activities whose samples are held in memory at a time."""

_known: set[str] = set()


def zone_at(latitude_deg: float, longitude_deg: float) -> str | None:
    """The name of the time zone at a place; on the open sea the one of its meridian."""
    # The borders are 30 MB of memory, which no command without positions should pay.
    from tzfpy import get_tz  # noqa: PLC0415

    return get_tz(longitude_deg, latitude_deg) or None


def zone_of_observed(observed: ObservedActivity) -> str | None:
    """The time zone of what was just read: the one that its source says, else of its place."""
    said = observed.more.get("time_zone")
    return str(said) if said else _zone_of(observed.streams)


def locate(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Derive the time zones of activities anew, in the caller's transaction."""
    for begin in range(0, len(activity_ids), BATCH):
        batch = activity_ids[begin : begin + BATCH]
        zones = _zones(session, athlete_id, batch)
        usable = _usable(session, zones.values())
        rows = [
            {
                "athlete_id": athlete_id,
                "activity_id": activity_id,
                "time_zone": zone,
                "formula_version": FORMULA_VERSION,
            }
            for activity_id, zone in zones.items()
            if zone in usable
        ]
        if rows:
            statement = insert(ActivityPlace).values(rows)
            changed = {name: statement.excluded[name] for name in ("time_zone", "formula_version")}
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["athlete_id", "activity_id"], set_=changed
                )
            )


def stale(session: Session, athlete_id: UUID) -> Sequence[UUID]:
    """Activities with positions whose place is of an older formula, or was never looked up."""
    current = exists().where(
        ActivityPlace.athlete_id == Activity.athlete_id,
        ActivityPlace.activity_id == Activity.activity_id,
        ActivityPlace.formula_version == FORMULA_VERSION,
    )
    positions = exists().where(
        ActivityStream.athlete_id == Activity.athlete_id,
        ActivityStream.activity_id == Activity.activity_id,
        ActivityStream.channel == POSITION[0],
    )
    return session.scalars(
        select(Activity.activity_id)
        .where(Activity.athlete_id == athlete_id, positions, ~current)
        .order_by(Activity.activity_id)
    ).all()


DERIVATION = Derivation("places", FORMULA_VERSION, stale, locate)
"""How time zones are derived anew when their formula has changed."""


def _zones(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> dict[UUID, str]:
    zones: dict[UUID, str] = {}
    for recorded in views.recorded_channels(session, athlete_id, activity_ids, POSITION):
        zone = _zone_of(recorded.streams)
        if zone is not None:
            zones[recorded.activity_id] = zone
    return zones


def _zone_of(streams: Mapping[str, Floats]) -> str | None:
    """The time zone of the first position; None without one."""
    if not all(name in streams for name in POSITION):
        return None
    latitude, longitude = (streams[name] for name in POSITION)
    known = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    if not len(known):
        return None
    return zone_at(float(latitude[known[0]]), float(longitude[known[0]]))


def _usable(session: Session, zones: Iterable[str]) -> set[str]:
    """Those of these names that the database knows too: an older one lacks the newest."""
    wanted = set(zones)
    if not wanted <= _known:
        rows = session.scalars(
            text("SELECT name FROM pg_timezone_names WHERE name = ANY(:names)"),
            {"names": sorted(wanted)},
        )
        _known.update(rows)
    return wanted & _known
