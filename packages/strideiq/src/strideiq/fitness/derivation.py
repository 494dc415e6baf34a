"""What an activity was for the body, from its samples; pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strideiq.activities import public as activities
from strideiq.physiology import public as physiology

Floats = NDArray[np.float64]

FORMULA_VERSION = 1
"""Goes up whenever the same samples would give other figures."""

CHANNELS = ("time_s", "distance_m", "altitude_m", "heart_rate_bpm")
ON_FOOT = frozenset({"running", "walking", "hiking"})
"""Sports in which a slope costs what Minetti measured."""

TOP_FOR_S = 30.0
HEART_RATE_MIN_BPM, HEART_RATE_MAX_BPM = 40.0, 230.0
SAMPLE_SPEAKS_S_MAX = 10.0


@dataclass(frozen=True)
class Derived:
    """The figures of one activity, as ``ActivityLoad`` keeps them."""

    running_s: float
    distance_m: float | None
    flat_distance_m: float | None
    normalised_speed_mps: float | None
    mean_heart_rate_bpm: float | None
    top_heart_rate_bpm: float | None
    efficiency_m_per_beat: float | None
    decoupling: float | None


def derive(recorded: activities.RecordedChannels) -> Derived | None:
    """The figures of an activity; None when it has no samples."""
    time_s = recorded.streams.get("time_s")
    if time_s is None or len(time_s) == 0:
        return None
    distance_m, heart = (recorded.streams.get(name) for name in ("distance_m", "heart_rate_bpm"))
    flat_m = distance_m
    if distance_m is not None and recorded.sport in ON_FOOT:
        altitude_m = recorded.streams.get("altitude_m")
        if altitude_m is not None:
            flat_m = physiology.grade_adjusted_distance_m(distance_m, altitude_m)
    done = physiology.effort(time_s, flat_m, heart)
    return Derived(
        running_s=done.running_s,
        distance_m=_gained(distance_m),
        flat_distance_m=_gained(flat_m),
        normalised_speed_mps=done.normalised_speed_mps,
        mean_heart_rate_bpm=done.mean_heart_rate_bpm,
        top_heart_rate_bpm=None if heart is None else _top(time_s, heart),
        efficiency_m_per_beat=done.efficiency_m_per_beat,
        decoupling=done.decoupling,
    )


def _gained(distance_m: Floats | None) -> float | None:
    if distance_m is None:
        return None
    known = distance_m[np.isfinite(distance_m)]
    return float(known.max() - known[0]) if len(known) else None


def _top(time_s: Floats, heart_rate_bpm: Floats) -> float | None:
    lasts_s = np.append(np.diff(time_s), 1.0).clip(0, SAMPLE_SPEAKS_S_MAX)
    known = (heart_rate_bpm >= HEART_RATE_MIN_BPM) & (heart_rate_bpm <= HEART_RATE_MAX_BPM)
    if not known.any():
        return None
    seconds_at = np.bincount(np.round(heart_rate_bpm[known]).astype(np.int64), lasts_s[known])
    at_least = np.cumsum(seconds_at[::-1])[::-1]
    reached = np.flatnonzero(at_least >= TOP_FOR_S)
    return float(reached[-1]) if len(reached) else None
