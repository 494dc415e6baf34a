"""Writes expected_samples.json: what every sample file holds, by two readers each.

Nothing of StrideIQ is used here. FIT files are read with fitparse and with fitdecode, GPX files
with gpxpy and with the standard library's ElementTree, TCX files with ElementTree and with
regular expressions over the text. Where the two readers differ, nothing is written and the
difference is shown.

    python packages/strideiq/tests/imports/make_expected_samples.py ../shared/samples

Rules that both readers are given:
- One activity per FIT session, GPX track or TCX activity. A sample belongs to the last session
  begun before it; ``records`` counts the different instants among an activity's samples.
- A FIT file without a session is one activity of the sport that its ``sport`` message names.
- A FIT time below 0x10000000 counts from when the device was switched on; the activity message's
  local time, taken for UTC, says when that was.
- A sample more than a week away from the others has a damaged clock and does not count.
- A GPX track without a type whose average speed is between 1.8 and 6.5 m/s is a run.
- ``verdict`` is that of the file alone; ``verdict_in_directory`` that after the files before it
  by name: a run that starts within two seconds of an earlier one of the same sport repeats it.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fitdecode
import fitparse
import gpxpy

FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
CLOCK_UNSET_BELOW = FIT_EPOCH + timedelta(seconds=0x1000_0000)
Message = dict[str, Any]
Facts = dict[str, Any]


# --- FIT ---------------------------------------------------------------------------------------


def by_fitparse(path: Path) -> Facts:
    messages: list[tuple[str, Message]] = []
    damaged = False
    try:
        for message in fitparse.FitFile(str(path), check_crc=False):
            messages.append((message.name, {f.name: f.value for f in reversed(message.fields)}))  # noqa: PERF401
    except fitparse.FitParseError:
        damaged = True
    try:
        list(fitparse.FitFile(str(path), check_crc=True))
    except fitparse.FitParseError:
        damaged = True
    return fit_facts(messages, damaged=damaged)


def by_fitdecode(path: Path) -> Facts:
    messages: list[tuple[str, Message]] = []
    damaged = False
    quiet = fitdecode.ErrorHandling.IGNORE
    unchecked, checked = fitdecode.CrcCheck.DISABLED, fitdecode.CrcCheck.RAISE
    try:
        for frame in fitdecode.FitReader(str(path), check_crc=unchecked, error_handling=quiet):
            if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                fields = {f.name: f.value for f in reversed(frame.fields)}
                messages.append((frame.name, fields))
    except fitdecode.FitError:
        damaged = True
    try:
        list(fitdecode.FitReader(str(path), check_crc=checked, error_handling=quiet))
    except fitdecode.FitError:
        damaged = True
    return fit_facts(messages, damaged=damaged)


def fit_facts(messages: list[tuple[str, Message]], *, damaged: bool) -> Facts:
    def of(kind: str) -> list[Message]:
        return [fields for name, fields in messages if name == kind]

    shift = clock_shift(of("activity"))
    times = [moment(each.get("timestamp")) for each in of("record")]
    known = sorted({time + shift for time in times if time is not None})
    middle = statistics.median_low(known)
    known = [time for time in known if abs(time - middle) <= timedelta(days=7)]
    sessions = sorted(of("session"), key=lambda each: moment(each["start_time"]) or FIT_EPOCH)
    if not sessions:
        distances = [each["distance"] for each in of("record") if each.get("distance") is not None]
        sport = of("sport")[0]["sport"]
        return facts(
            [(sport, known[0], distances[-1], known[-1] - known[0], len(known))],
            len(times),
            damaged,
        )
    starts = [(moment(each["start_time"]) or FIT_EPOCH) + shift for each in sessions]
    found = []
    for number, session in enumerate(sessions):
        begin = known[0] if number == 0 else starts[number]
        end = starts[number + 1] if number + 1 < len(starts) else known[-1] + timedelta(days=1)
        mine = [time for time in known if begin <= time < end]
        sport = str(session["sport"])
        found.append(
            (
                "other" if sport == "generic" else sport,
                min([starts[number], *mine[:1]]),
                session["total_distance"],
                timedelta(seconds=session["total_elapsed_time"]),
                len(mine),
            )
        )
    return facts(found, len(times), damaged)


def clock_shift(activities: list[Message]) -> timedelta:
    if not activities or activities[0].get("local_timestamp") is None:
        return timedelta()
    clock, local = moment(activities[0]["timestamp"]), moment(activities[0]["local_timestamp"])
    unset = clock is not None and local is not None and clock < CLOCK_UNSET_BELOW <= local
    return local - clock if unset else timedelta()


def moment(value: object) -> datetime | None:
    """Both readers give naive or aware times, or FIT's own seconds where the clock was unset."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return FIT_EPOCH + timedelta(seconds=value) if isinstance(value, int) else None


# --- GPX ---------------------------------------------------------------------------------------


def by_gpxpy(path: Path) -> Facts:
    parsed = gpxpy.parse(path.read_text(encoding="utf-8"))
    found = []
    records = 0
    for track in parsed.tracks:
        points = [point for segment in track.segments for point in segment.points]
        records += len(points)
        found.append(
            gpx_activity(
                track.type or track.name,
                [point.time for point in points],
                sum(a.distance_2d(b) for a, b in pairwise(points)),
            )
        )
    return facts(found, records, damaged=False)


def by_element_tree_gpx(path: Path) -> Facts:
    space = "{http://www.topografix.com/GPX/1/1}"
    found = []
    records = 0
    for track in ET.parse(path).getroot().iter(f"{space}trk"):  # noqa: S314  known files
        points = list(track.iter(f"{space}trkpt"))
        records += len(points)
        places = [
            (radians(float(p.attrib["lat"])), radians(float(p.attrib["lon"]))) for p in points
        ]
        found.append(
            gpx_activity(
                track.findtext(f"{space}type") or track.findtext(f"{space}name"),
                [iso(p.findtext(f"{space}time") or "") for p in points],
                sum(haversine_m(*a, *b) for a, b in pairwise(places)),
            )
        )
    return facts(found, records, damaged=False)


def gpx_activity(kind: str | None, times: list[datetime], distance_m: float) -> tuple[Any, ...]:
    duration = max(times) - min(times)
    speed = distance_m / duration.total_seconds()
    named = {"9": "running", "Running": "running"}.get(kind or "")
    sport = named or ("running" if 1.8 <= speed <= 6.5 else "other")
    return sport, min(times), distance_m, duration, len(set(times))


def haversine_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))


# --- TCX ---------------------------------------------------------------------------------------


def by_element_tree_tcx(path: Path) -> Facts:
    damaged = False
    text = path.read_text(encoding="utf-8")
    try:
        root = ET.fromstring(text)  # noqa: S314  known files
    except ET.ParseError:
        damaged = True
        root = ET.fromstring(text.replace("xsi:type", "type"))  # noqa: S314  the one known damage
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    found = []
    for activity in root.iter("Activity"):
        laps = [
            (
                iso(lap.attrib["StartTime"]),
                float(lap.findtext("TotalTimeSeconds") or 0),
                float(lap.findtext("DistanceMeters") or 0),
            )
            for lap in activity.iter("Lap")
        ]
        times = [iso(point.findtext("Time") or "") for point in activity.iter("Trackpoint")]
        found.append(tcx_activity(activity.attrib["Sport"], laps, times))
    return facts(found, sum(1 for _ in root.iter("Trackpoint")), damaged)


def by_expressions_tcx(path: Path) -> Facts:
    text = path.read_text(encoding="utf-8")
    damaged = "xsi:" in text and "xmlns:xsi" not in text
    found = []
    for sport, body in re.findall(r'<Activity Sport="(\w+)">(.*?)</Activity>', text, re.DOTALL):
        laps = [
            (iso(start), float(seconds), float(metres))
            for start, seconds, metres in re.findall(
                r'<Lap StartTime="(.*?)">\s*<TotalTimeSeconds>(.*?)</TotalTimeSeconds>'
                r"\s*<DistanceMeters>(.*?)</DistanceMeters>",
                body,
            )
        ]
        times = [iso(time) for time in re.findall(r"<Trackpoint>\s*<Time>(.*?)</Time>", body)]
        found.append(tcx_activity(sport, laps, times))
    return facts(found, text.count("<Trackpoint>"), damaged)


def tcx_activity(
    sport: str, laps: list[tuple[datetime, float, float]], times: list[datetime]
) -> tuple[Any, ...]:
    begun = laps[0][0]
    ended = max(*times, laps[-1][0] + timedelta(seconds=laps[-1][1]))
    return sport.lower(), begun, sum(lap[2] for lap in laps), ended - begun, len(set(times))


# --- both --------------------------------------------------------------------------------------


def iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def facts(activities: Iterable[tuple[Any, ...]], records: int, damaged: bool) -> Facts:  # noqa: FBT001
    return {
        "verdict": "partial" if damaged else "imported",
        "records": records,
        "activities": [
            {
                "sport": sport,
                "start": start.isoformat(),
                "distance_m": round(distance_m or 0.0, 2),
                "duration_s": round(duration.total_seconds(), 3),
                "records": count,
            }
            for sport, start, distance_m, duration, count in activities
        ],
    }


READERS: dict[str, tuple[Callable[[Path], Facts], Callable[[Path], Facts]]] = {
    ".fit": (by_fitparse, by_fitdecode),
    ".gpx": (by_gpxpy, by_element_tree_gpx),
    ".tcx": (by_element_tree_tcx, by_expressions_tcx),
}
DISTANCE_TOLERANCE = 0.005
"""Two readers of a GPX file measure the Earth with different radii."""


def differences(one: Any, other: Any, where: str) -> Iterator[str]:
    if isinstance(one, dict):
        for key in one:
            yield from differences(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        if len(one) != len(other):
            yield f"{where}: {len(one)} against {len(other)}"
        for number, (mine, yours) in enumerate(zip(one, other, strict=False)):
            yield from differences(mine, yours, f"{where}[{number}]")
    elif where.endswith("distance_m"):
        if abs(one - other) > DISTANCE_TOLERANCE * max(one, other):
            yield f"{where}: {one} against {other}"
    elif one != other:
        yield f"{where}: {one} against {other}"


def repeats(facts_of_file: Facts, earlier: list[Facts]) -> bool:
    def starts(each: Facts) -> list[tuple[str, datetime]]:
        return [(found["sport"], iso(found["start"])) for found in each["activities"]]

    return all(
        any(
            sport == other and abs(start - begun) <= timedelta(seconds=2)
            for each in earlier
            for other, begun in starts(each)
        )
        for sport, start in starts(facts_of_file)
    )


def main() -> int:
    folder = Path(sys.argv[1])
    expected: dict[str, Facts] = {}
    differing = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in READERS:
            continue
        first, second = (read(path) for read in READERS[path.suffix])
        differing += list(differences(first, second, path.name))
        again = repeats(first, list(expected.values()))
        first["verdict_in_directory"] = "duplicate" if again else first["verdict"]
        expected[path.name] = first
    if differing:
        sys.stderr.write("\n".join(["The readers differ:", *differing, ""]))
        return 1
    target = Path(__file__).with_name("expected_samples.json")
    target.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"{len(expected)} files, two readers each, no difference: {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
