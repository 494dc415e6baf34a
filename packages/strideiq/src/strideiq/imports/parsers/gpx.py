"""GPX files: one activity per track, with heart rate and the like from its extensions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from lxml import etree

from strideiq.activities.measures import known_distance, moving_so_far_s, travelled_m
from strideiq.activities.observed import CHANNELS, ObservedActivity
from strideiq.imports.parsers import sports, xml
from strideiq.imports.parsers.assembly import Floats, Stated, assemble
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

_CHANNEL_OF: Mapping[str, str] = {
    "ele": "altitude_m",
    "hr": "heart_rate_bpm",
    "heartrate": "heart_rate_bpm",
    "cad": "cadence_spm",
    "cadence": "cadence_spm",
    "power": "power_w",
    "PowerInWatts": "power_w",
    "atemp": "temperature_c",
    "Temperature": "temperature_c",
    "temperature": "temperature_c",
    "RunCadence": "cadence_spm",
    "Power": "power_w",
    "watts": "power_w",
    "temp": "temperature_c",
    "speed": "speed_mps",
}
"""Which element of a point, or of its extensions, is which channel."""

ONE_LEG_CADENCE_MAX_SPM = 120.0
"""A runner's median cadence below this counts the steps of one leg only."""

RUNNING_SPEEDS_MPS = (1.8, 6.5)
"""A track that does not name its sport is taken for a run at this average moving speed."""


def parse(content: bytes) -> ParsedFile:
    """Read the recorded tracks of a GPX file.

    Raises:
        UnreadableFileError: no track in it has times.
    """
    root, damage = xml.read(content, "gpx")
    device = root.get("creator")
    records = 0
    activities: list[ObservedActivity] = []
    for track in root.iter("{*}trk"):
        samples = _samples(track)
        records += int(np.count_nonzero(np.isfinite(samples["time_s"])))
        activity = _activity(track, samples, device, len(activities))
        if activity is not None:
            activities.append(activity)
    if not activities:
        reason = (
            f"Nothing could be read from this GPX file: {damage}."
            if damage
            else ("This GPX file holds no track with times: a route or a plan, not a recording.")
        )
        raise UnreadableFileError(reason, format="gpx")
    return ParsedFile("gpx", tuple(activities), records, damage)


def _samples(track: etree._Element) -> dict[str, Floats]:
    points: list[Mapping[str, float]] = []
    for point in track.iter("{*}trkpt"):
        values = {
            "latitude_deg": xml.to_number(point.get("lat")),
            "longitude_deg": xml.to_number(point.get("lon")),
        }
        for element in point.iterdescendants():
            name = xml.name_of(element)
            if name == "time":
                values["time_s"] = xml.to_seconds(element.text)
            elif name in _CHANNEL_OF:
                values[_CHANNEL_OF[name]] = xml.to_number(element.text)
        points.append(values)
    return xml.columns(points, CHANNELS)


def _activity(
    track: etree._Element, samples: dict[str, Floats], device: str | None, number: int
) -> ObservedActivity | None:
    named = xml.text_of(track, "type")
    name = xml.text_of(track, "name")
    notes = []
    if named is None and name is not None and sports.canonical(name) in sports.KNOWN:
        named, name = name, None
    if named is None:
        sport = _guessed_sport(samples)
        notes.append(f"the file does not name the sport; taken for {sport} by its speed")
    else:
        sport = sports.canonical(named)
    cadence = samples["cadence_spm"]
    known = cadence[np.isfinite(cadence) & (cadence > 0)]
    if sport in sports.ON_FOOT and len(known) and np.median(known) < ONE_LEG_CADENCE_MAX_SPM:
        samples["cadence_spm"] = cadence * 2
    stated = Stated(name=name, device=device)
    return assemble(sport, samples, stated, session_number=number, notes=notes)


def _guessed_sport(samples: Mapping[str, Floats]) -> str:
    known = np.isfinite(samples["time_s"])
    moments = samples["time_s"][known]
    travelled = travelled_m(samples["latitude_deg"][known], samples["longitude_deg"][known])
    times, distances = known_distance(moments, travelled)
    if len(times) == 0:
        return "other"
    moving_s = float(moving_so_far_s(times, distances)[-1])
    slowest, fastest = RUNNING_SPEEDS_MPS
    runs = moving_s > 0 and slowest <= distances[-1] / moving_s <= fastest
    return "running" if runs else "other"
