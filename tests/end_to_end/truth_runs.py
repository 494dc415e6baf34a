"""A run as its model knows it: its files, what was said of it, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.parsed import ParsedFile

METRES_PER_DEGREE = 111_195.0


class LearningPool(ParserPool):
    """A real parser, which learns to measure a little differently with every version."""

    version = 1

    def parse(self, name: str, content: bytes) -> ParsedFile:
        parsed = super().parse(name, content)
        factor = 1 + self.version / 1000
        learned = tuple(
            replace(each, distance_m=(each.distance_m or 0) * factor) for each in parsed.activities
        )
        return replace(parsed, activities=learned)


def tcx(start: datetime, seconds: int, serial: int) -> bytes:
    """A run as a watch writes it, whose serial number tells a changed file from another one."""
    points = "".join(
        f"<Trackpoint><Time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</Time>"
        f"<Position><LatitudeDegrees>{47 + 3 * second / METRES_PER_DEGREE:.7f}</LatitudeDegrees>"
        f"<LongitudeDegrees>8.5</LongitudeDegrees></Position>"
        f"<DistanceMeters>{3 * second}</DistanceMeters>"
        f"<HeartRateBpm><Value>{150 + second % 7}</Value></HeartRateBpm></Trackpoint>"
        for second in range(0, seconds + 1, 2)
    )
    return (
        '<?xml version="1.0"?><TrainingCenterDatabase '
        'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Running"><Id>{start:%Y-%m-%dT%H:%M:%SZ}</Id>'
        f'<Lap StartTime="{start:%Y-%m-%dT%H:%M:%SZ}"><TotalTimeSeconds>{seconds}'
        f"</TotalTimeSeconds><DistanceMeters>{3 * seconds}</DistanceMeters>"
        f"<Track>{points}</Track></Lap><Creator><Name>Watch</Name><UnitId>{serial}</UnitId>"
        "</Creator></Activity></Activities></TrainingCenterDatabase>"
    ).encode()


def gpx(start: datetime, seconds: int, name: str) -> bytes:
    """The same run as a phone writes it."""
    points = "".join(
        f'<trkpt lat="{47 + 3 * second / METRES_PER_DEGREE:.7f}" lon="8.5"><ele>{400 + second % 9}'
        f"</ele><time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for second in range(0, seconds + 1, 2)
    )
    return (
        '<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" '
        f'creator="phone"><trk><name>{name}</name><type>running</type><trkseg>{points}'
        "</trkseg></trk></gpx>"
    ).encode()


@dataclass
class Version:
    """One thing that was said of a field; ``merged_from`` where a merge brought it."""

    value: Any
    merged_from: UUID | None = None


@dataclass
class Run:
    """What the model knows of an activity."""

    start: datetime
    serial: int
    said: dict[str, list[Version]] = field(default_factory=dict)
    deleted: bool = False
    merged_into: UUID | None = None
    upstream: bool = False

    def now(self) -> dict[str, Any]:
        return {
            name: versions[-1].value
            for name, versions in self.said.items()
            if versions[-1].value is not None
        }

    def say(self, name: str, value: Any, merged_from: UUID | None = None) -> None:
        versions = self.said.get(name, [])
        if value != (versions[-1].value if versions else None):
            self.said[name] = [*versions, Version(value, merged_from)]


def new_athlete(sessions: sessionmaker[Session]) -> UUID:
    """An account that nobody can sign in to."""
    from strideiq.athletes.models import Athlete

    athlete_id = uuid4()
    with sessions.begin() as session:
        session.add(
            Athlete(
                athlete_id=athlete_id,
                email=f"{athlete_id}@example.com",
                name="Robin",
                password_hash="!",
            )
        )
    return athlete_id
