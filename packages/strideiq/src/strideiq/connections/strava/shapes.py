"""What Strava's answers mean: pure, and distrustful of every field.

Shapes and units are those of the published API reference (SummaryActivity, DetailedActivity,
StreamSet): metres, seconds, metres per second, and cadence of running as strides of one leg.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SPORTS = {
    "Run": "running",
    "TrailRun": "running",
    "VirtualRun": "running",
    "Walk": "walking",
    "Hike": "hiking",
    "Ride": "cycling",
    "VirtualRide": "cycling",
    "GravelRide": "cycling",
    "MountainBikeRide": "cycling",
    "EBikeRide": "cycling",
    "Swim": "swimming",
}
"""Strava's ``sport_type`` as we call it; any other one keeps its name, word by word."""

ON_FOOT = frozenset({"running", "walking", "hiking"})
RACE = 1
"""``workout_type`` of a run that was a race."""

CHANNELS = {
    "time": "time_s",
    "distance": "distance_m",
    "altitude": "altitude_m",
    "heartrate": "heart_rate_bpm",
    "cadence": "cadence_spm",
    "watts": "power_w",
    "velocity_smooth": "speed_mps",
    "temp": "temperature_c",
}
"""Kinds of streams by our channels; ``latlng`` becomes two."""

STREAM_KEYS = ",".join([*CHANNELS, "latlng"])


@dataclass(frozen=True)
class StravaActivity:
    """One activity as Strava tells it; ``values`` are by the names of our fields."""

    activity_id: int
    started_at: datetime
    elapsed_s: float
    distance_m: float | None
    values: Mapping[str, object]

    @property
    def upstream_id(self) -> str:
        """The id as it stands with an observation, the same as in a bulk export."""
        return upstream_id(self.activity_id)


def upstream_id(activity_id: int | str) -> str:
    """Strava's id of an activity, told apart from other services'."""
    return f"strava:{activity_id}"


def activity_of(document: Any) -> StravaActivity | None:  # noqa: ANN401  whatever was sent
    """An activity, from its summary or its details; None for what is none that we could show."""
    if not isinstance(document, dict):
        return None
    activity_id, elapsed_s = document.get("id"), _number(document, "elapsed_time")
    started_at = _moment(document.get("start_date"))
    if not isinstance(activity_id, int) or isinstance(activity_id, bool):
        return None
    if started_at is None or elapsed_s is None or elapsed_s < 1:
        return None
    moving_s = _number(document, "moving_time") or elapsed_s
    distance_m = _number(document, "distance")
    sport = sport_of(document)
    values = {
        "name": _text(document, "name"),
        "sport": sport,
        "started_at": started_at,
        "elapsed_s": elapsed_s,
        "moving_s": min(moving_s, elapsed_s),
        "distance_m": distance_m,
        "ascent_m": _number(document, "total_elevation_gain"),
        "average_heart_rate_bpm": _number(document, "average_heartrate"),
        "max_heart_rate_bpm": _number(document, "max_heartrate"),
        "average_cadence_spm": _cadence(_number(document, "average_cadence"), sport),
        "average_power_w": _number(document, "average_watts"),
        "temperature_c": _number(document, "average_temp"),
        "energy_kcal": _number(document, "calories"),
        "notes": _text(document, "description"),
        "race": True if document.get("workout_type") == RACE and sport == "running" else None,
    }
    told = {name: value for name, value in values.items() if value is not None}
    return StravaActivity(activity_id, started_at, elapsed_s, distance_m, told)


def sport_of(document: Mapping[str, Any]) -> str:
    """Our name of a sport; an unknown one as words in small letters."""
    sport = document.get("sport_type") or document.get("type")
    if not isinstance(sport, str) or not re.fullmatch(r"[A-Za-z]{1,40}", sport):
        return "other"
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", sport)
    return SPORTS.get(sport, "_".join(words).lower() or "other")


def channels_of(document: Any, sport: str) -> dict[str, Floats]:  # noqa: ANN401  the same
    """The samples of an activity by our channels; empty when there are no times.

    Channels of another length than the times, or with something that is no number, are left out.
    """
    if not isinstance(document, dict):
        return {}
    time_s = _samples(document.get("time"))
    if time_s is None or not len(time_s) or np.isnan(time_s).any() or (np.diff(time_s) < 0).any():
        return {}
    found = {"time_s": time_s}
    for kind, channel in CHANNELS.items():
        values = _samples(document.get(kind))
        if kind != "time" and values is not None and len(values) == len(time_s):
            found[channel] = values
    if "cadence_spm" in found and sport in ON_FOOT:
        found["cadence_spm"] = 2 * found["cadence_spm"]
    places = _places(document.get("latlng"), len(time_s))
    return found if places is None else found | places


def _samples(stream: Any) -> Floats | None:  # noqa: ANN401  the same
    data = stream.get("data") if isinstance(stream, dict) else None
    if not isinstance(data, list):
        return None
    try:
        return np.array([math.nan if each is None else each for each in data], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _places(stream: Any, count: int) -> dict[str, Floats] | None:  # noqa: ANN401  the same
    data = stream.get("data") if isinstance(stream, dict) else None
    if not isinstance(data, list) or len(data) != count:
        return None
    try:
        pairs = np.array([each or (math.nan, math.nan) for each in data], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if pairs.shape != (count, 2):
        return None
    return {"latitude_deg": pairs[:, 0], "longitude_deg": pairs[:, 1]}


def _number(document: Mapping[str, Any], name: str) -> float | None:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _cadence(strides_per_min: float | None, sport: str) -> float | None:
    if strides_per_min is None:
        return None
    return 2 * strides_per_min if sport in ON_FOOT else strides_per_min


def _moment(value: Any) -> datetime | None:  # noqa: ANN401  the same
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
