"""What the demo athlete has said: shoes with their years, races, and a door that is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.demo.calendar import Outing
from strideiq.demo.routes import HOME_LATITUDE_DEG, HOME_LONGITUDE_DEG
from strideiq.gear import public as gear

HIDDEN_M = 300.0


@dataclass(frozen=True)
class Shoes:
    """A pair that was worn from one day to another."""

    name: str
    from_days_ago: int
    until_days_ago: int
    limit_m: float = 700_000


COLOURS = ("Grey", "Blue", "Green", "Red", "White", "Black", "Yellow", "Violet", "Orange")
WORN_DAYS, NEWEST_DAYS = 125, 95
PAIRS = tuple(
    Shoes(
        f"{colour} trainers",
        NEWEST_DAYS + WORN_DAYS * younger,
        NEWEST_DAYS + WORN_DAYS * (younger - 1) if younger else 0,
    )
    for colour, younger in zip(COLOURS, reversed(range(len(COLOURS))), strict=True)
)
"""One pair after another, the last one in use."""

RACE_SHOES = Shoes("Race flats", 560, 0, limit_m=400_000)


def furnish(
    session: Session,
    athlete_id: UUID,
    recorded: Sequence[tuple[Outing, UUID]],
    today: date,
) -> None:
    """Say all of it; the caller commits."""
    worn: list[tuple[Shoes, UUID]] = []
    for pair in PAIRS:
        shoes = gear.add(session, athlete_id, pair.name, limit_m=pair.limit_m)
        since = _morning(today, pair.from_days_ago)
        gear.set_default(session, athlete_id, "running", shoes, since)
        worn.append((pair, shoes))
    for pair, shoes in worn:
        if pair.until_days_ago:
            gear.set_retired(session, athlete_id, shoes, retired=True)
    flats = gear.add(session, athlete_id, RACE_SHOES.name, limit_m=RACE_SHOES.limit_m)
    bicycle = gear.add(session, athlete_id, "Road bicycle", "bicycle", before_m=2_400_000)
    gear.set_default(session, athlete_id, "cycling", bicycle, _morning(today, 1100))
    for outing, activity_id in recorded:
        if outing.kind == "race":
            activities.annotate(session, athlete_id, activity_id, "race", "yes")
            if (today - outing.day).days <= RACE_SHOES.from_days_ago:
                gear.choose(session, athlete_id, activity_id, flats)
    activities.add_privacy_zone(
        session,
        athlete_id,
        name="Home",
        latitude_deg=HOME_LATITUDE_DEG,
        longitude_deg=HOME_LONGITUDE_DEG,
        radius_m=HIDDEN_M,
    )


def _morning(today: date, days_ago: int) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), time(3), tzinfo=UTC)
