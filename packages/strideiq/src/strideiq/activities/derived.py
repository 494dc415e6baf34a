"""What follows from an activity's streams: means, splits, coarser streams. Recomputable at will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from strideiq.activities import measures, streams
from strideiq.activities.measures import Floats
from strideiq.activities.observed import ObservedLap

FORMULA_VERSION = 1
"""Counts up when anything here, or in ``measures``, gives another result for the same streams."""

SPLIT_LENGTHS_M: Mapping[str, float] = {"km": 1000.0, "mile": 1609.344}
"""The automatic splits, by kind."""


def means(channels: Mapping[str, Floats]) -> dict[str, float | None]:
    """Averages over time and the highest heart rate, by the activity's columns."""
    time_s = channels["time_s"]
    heart_rate = channels.get("heart_rate_bpm")
    known = None if heart_rate is None else heart_rate[np.isfinite(heart_rate)]
    return {
        "average_heart_rate_bpm": measures.mean_over_time(time_s, heart_rate),
        "max_heart_rate_bpm": float(known.max()) if known is not None and len(known) else None,
        "average_cadence_spm": measures.mean_over_time(time_s, channels.get("cadence_spm")),
        "average_power_w": measures.mean_over_time(time_s, channels.get("power_w")),
    }


def stream_rows(channels: Mapping[str, Floats]) -> Iterator[dict[str, object]]:
    """Every channel at every level, encoded, as rows of ``ActivityStream``."""
    for level, of_level in streams.levels(channels):
        for channel, values in of_level.items():
            yield {
                "channel": channel,
                "level": level,
                "sample_count": len(values),
                "content": streams.encode(channel, values),
            }


def split_rows(
    channels: Mapping[str, Floats], laps: Sequence[ObservedLap]
) -> Iterator[dict[str, object]]:
    """The device's laps and the automatic splits, as rows of ``ActivitySplit``."""
    time_s = channels["time_s"]
    distance_m = channels.get("distance_m")
    altitude_m = channels.get("altitude_m")
    ascent_m = None if altitude_m is None else measures.climb_so_far_m(altitude_m)[0]
    automatic = measures.splits_of_lengths(time_s, distance_m, list(SPLIT_LENGTHS_M.values()))
    kinds = {"lap": laps, **dict(zip(SPLIT_LENGTHS_M, automatic, strict=True))}
    heart_rate = channels.get("heart_rate_bpm")
    heart = None if heart_rate is None else measures.MeanOverTime(time_s, heart_rate)
    for kind, of_kind in kinds.items():
        for number, lap in enumerate(of_kind, start=1):
            yield {"kind": kind, "number": number, **_split_row(time_s, lap, heart, ascent_m)}


def _split_row(
    time_s: Floats, lap: ObservedLap, heart: measures.MeanOverTime | None, ascent_m: Floats | None
) -> dict[str, object]:
    ends = (lap.start_s, lap.start_s + lap.elapsed_s)
    first, last = np.searchsorted(time_s, ends)
    climbed = None
    if ascent_m is not None and len(time_s):
        at_start_m, at_end_m = np.interp(ends, time_s, ascent_m)
        climbed = float(at_end_m - at_start_m)
    return {
        "start_s": lap.start_s,
        "elapsed_s": lap.elapsed_s,
        "moving_s": lap.elapsed_s if lap.moving_s is None else lap.moving_s,
        "distance_m": lap.distance_m,
        "average_heart_rate_bpm": None if heart is None else heart.between(int(first), int(last)),
        "ascent_m": climbed,
    }
