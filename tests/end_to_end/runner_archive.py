"""What a runner brings along: weeks of recordings in an archive as Strava gives it."""

from __future__ import annotations

import csv
import gzip
import io
import math
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

METRES_PER_DEGREE = 111_195.0
STEP_S = 5
WEEKS = 7
HEADER = (
    *("Activity ID", "Activity Date", "Activity Name", "Activity Type", "Activity Description"),
    *("Elapsed Time", "Distance", "Activity Gear", "Filename"),
)


@dataclass(frozen=True)
class Recorded:
    """One run: what its watch wrote, and what the list of the archive says of it."""

    start: datetime
    name: str
    seconds: int
    speed_mps: float
    serial: int

    @property
    def distance_m(self) -> float:
        """How far it was."""
        return self.seconds * self.speed_mps

    def tcx(self, *, longer_s: int = 0) -> bytes:
        """The file; ``longer_s`` makes it another file of the same run."""
        seconds = self.seconds + longer_s
        points = "".join(self._point(second) for second in range(0, seconds + 1, STEP_S))
        return (
            '<?xml version="1.0"?><TrainingCenterDatabase '
            'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
            f'<Activity Sport="Running"><Id>{self.start:%Y-%m-%dT%H:%M:%SZ}</Id>'
            f'<Lap StartTime="{self.start:%Y-%m-%dT%H:%M:%SZ}"><TotalTimeSeconds>{seconds}'
            f"</TotalTimeSeconds><DistanceMeters>{seconds * self.speed_mps:.1f}</DistanceMeters>"
            f"<Track>{points}</Track></Lap><Creator><Name>Watch</Name><UnitId>{self.serial}"
            "</UnitId></Creator></Activity></Activities></TrainingCenterDatabase>"
        ).encode()

    def _point(self, second: int) -> str:
        """On a circle of two kilometres, with a heart that works harder when it is faster."""
        along = self.speed_mps * second / 2000 * math.tau
        north = 47.37 + 318 * math.sin(along) / METRES_PER_DEGREE
        east = 8.54 + 318 * math.cos(along) / METRES_PER_DEGREE / math.cos(math.radians(47.37))
        heart = round(95 + 17 * self.speed_mps + 4 * math.sin(second / 90))
        return (
            f"<Trackpoint><Time>{self.start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</Time>"
            f"<Position><LatitudeDegrees>{north:.7f}</LatitudeDegrees>"
            f"<LongitudeDegrees>{east:.7f}</LongitudeDegrees></Position>"
            f"<AltitudeMeters>{410 + 12 * math.sin(along):.1f}</AltitudeMeters>"
            f"<DistanceMeters>{self.speed_mps * second:.2f}</DistanceMeters>"
            f"<HeartRateBpm><Value>{heart}</Value></HeartRateBpm></Trackpoint>"
        )


def runs(today: date) -> list[Recorded]:
    """Three or four runs in each of the last weeks, one of them fast; the newest of yesterday."""
    found = []
    for week in range(WEEKS):
        for days, name, minutes, speed in (
            (1, "Evening Run", 40, 2.9),
            (3, "Morning Run", 35, 3.0),
            (5, "Long one", 60 + 3 * (WEEKS - week), 2.8),
            (6, "Parkrun", 20, 4.25 - 0.02 * week),
        ):
            day = today - timedelta(weeks=week, days=days)
            start = datetime.combine(day, time(6, 30), UTC)
            found.append(Recorded(start, name, minutes * 60, speed, 7_000 + len(found)))
    return sorted(found, key=lambda each: each.start)


def archive(recorded: list[Recorded]) -> bytes:
    """The archive: a list of activities, and a packed file for each."""
    text, packed = io.StringIO(newline=""), io.BytesIO()
    table = csv.writer(text)
    table.writerow(HEADER)
    with zipfile.ZipFile(packed, "w") as file:
        for number, each in enumerate(recorded, start=1):
            inside = f"activities/{number}.tcx.gz"
            file.writestr(inside, gzip.compress(each.tcx(), 1))
            table.writerow(
                (
                    *(number, f"{each.start:%b %d, %Y, %I:%M:%S %p}", each.name, "Run", ""),
                    *(each.seconds, f"{each.distance_m / 1000:.2f}", "Blue shoes", inside),
                )
            )
        file.writestr("activities.csv", text.getvalue())
    return packed.getvalue()
