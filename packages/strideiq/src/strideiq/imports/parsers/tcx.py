"""TCX files: one activity per Activity element, a lap per Lap, points with or without position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from lxml import etree

from strideiq.activities.observed import CHANNELS, ObservedActivity
from strideiq.imports.parsers import sports, xml
from strideiq.imports.parsers.assembly import Floats, Stated, StatedLap, assemble
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

_CHANNEL_OF: Mapping[str, str] = {
    "LatitudeDegrees": "latitude_deg",
    "LongitudeDegrees": "longitude_deg",
    "AltitudeMeters": "altitude_m",
    "DistanceMeters": "distance_m",
    "Cadence": "cadence_spm",
    "RunCadence": "cadence_spm",
    "Speed": "speed_mps",
    "Watts": "power_w",
}
"""Which element anywhere in a point is which channel."""


def parse(content: bytes) -> ParsedFile:
    """Read the activities of a TCX file.

    Raises:
        UnreadableFileError: nothing in it is an activity.
    """
    root, damage = xml.read(content, "tcx")
    records = 0
    activities: list[ObservedActivity] = []
    for element in root.iter("{*}Activity"):
        samples = _samples(element)
        records += int(np.count_nonzero(np.isfinite(samples["time_s"])))
        activity = _activity(element, samples, len(activities))
        if activity is not None:
            activities.append(activity)
    if not activities:
        reason = (
            f"Nothing could be read from this TCX file: {damage}."
            if damage
            else ("This TCX file holds no activity: a workout or a course, not a recording.")
        )
        raise UnreadableFileError(reason, format="tcx")
    return ParsedFile("tcx", tuple(activities), records, damage)


def _samples(activity: etree._Element) -> dict[str, Floats]:
    points: list[Mapping[str, float]] = []
    for point in activity.iter("{*}Trackpoint"):
        values: dict[str, float] = {}
        for element in point.iterdescendants():
            name = xml.name_of(element)
            if name == "Time":
                values["time_s"] = xml.to_seconds(element.text)
            elif name == "HeartRateBpm":
                values["heart_rate_bpm"] = xml.to_number(xml.text_of(element, "Value"))
            elif name in _CHANNEL_OF:
                values[_CHANNEL_OF[name]] = xml.to_number(element.text)
        points.append(values)
    return xml.columns(points, CHANNELS)


def _activity(
    element: etree._Element, samples: dict[str, Floats], number: int
) -> ObservedActivity | None:
    sport = sports.canonical(element.get("Sport") or "other")
    if sport in sports.ON_FOOT:
        samples["cadence_spm"] = samples["cadence_spm"] * 2
    laps = _laps(element)
    # Only a lap's beginning is written down; when the last one ended follows from its length.
    ended_s = np.nanmax(
        [samples["time_s"].max(initial=-np.inf, where=np.isfinite(samples["time_s"]))]
        + [lap.started_at_s + lap.elapsed_s for lap in laps[-1:]]
    )
    started_s = laps[0].started_at_s if laps else xml.to_seconds(xml.text_of(element, "Id"))
    serial = xml.text_of(element, "Creator", "UnitId")
    stated = Stated(
        started_at_s=started_s if np.isfinite(started_s) else None,
        elapsed_s=float(ended_s - started_s) if np.isfinite(ended_s - started_s) else None,
        moving_s=sum(lap.elapsed_s for lap in laps) or None,
        distance_m=sum(lap.distance_m for lap in laps) or None,
        energy_kcal=sum(xml.number_of(lap, "Calories") or 0.0 for lap in element.iter("{*}Lap")),
        device=xml.text_of(element, "Creator", "Name"),
        device_serial=serial if serial and serial.strip("0") else None,
    )
    return assemble(sport, samples, stated, laps=laps, session_number=number)


def _laps(activity: etree._Element) -> Sequence[StatedLap]:
    laps = []
    for lap in activity.iter("{*}Lap"):
        started_s = xml.to_seconds(lap.get("StartTime"))
        elapsed_s = xml.number_of(lap, "TotalTimeSeconds")
        if np.isfinite(started_s) and elapsed_s is not None:
            distance_m = xml.number_of(lap, "DistanceMeters") or 0.0
            laps.append(StatedLap(started_s, elapsed_s, distance_m))
    return sorted(laps, key=lambda lap: lap.started_at_s)
