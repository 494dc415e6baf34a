"""Figures that follow from an activity's samples: distance, moving time, climb, splits, means.

All functions take float64 arrays of one length, seconds and metres, with NaN for a missing
sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from strideiq.activities.observed import ObservedLap

Floats = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

MOVING_SPEED_MIN_MPS = 0.3
"""Slower than this is standing still: a position that wanders while its owner waits."""

CLIMB_MIN_M = 2.0
"""Ups and downs smaller than this are the altimeter's noise."""

SAMPLE_WEIGHT_MAX_S = 10.0
"""A sample speaks for the time until the next one, but not for a pause."""


def travelled_m(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Distance along a track on the sphere (haversine); NaN where there is no position."""
    travelled = np.full(len(latitude_deg), np.nan)
    fixed = np.flatnonzero(np.isfinite(latitude_deg) & np.isfinite(longitude_deg))
    if len(fixed) == 0:
        return travelled
    latitude, longitude = np.radians(latitude_deg[fixed]), np.radians(longitude_deg[fixed])
    half = (
        np.sin(np.diff(latitude) / 2) ** 2
        + np.cos(latitude[:-1]) * np.cos(latitude[1:]) * np.sin(np.diff(longitude) / 2) ** 2
    )
    steps = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    travelled[fixed] = np.concatenate([[0.0], np.cumsum(steps)])
    return travelled


def known_distance(time_s: Floats, distance_m: Floats | None) -> tuple[Floats, Floats]:
    """The samples whose distance is known, as times and distances that never go backwards."""
    if distance_m is None:
        return np.empty(0), np.empty(0)
    known = np.isfinite(distance_m)
    return time_s[known], np.maximum.accumulate(distance_m[known])


def moving_so_far_s(time_s: Floats, distance_m: Floats) -> Floats:
    """Moving time from the first sample to each sample, by the speed around each interval.

    The speed is taken over six seconds, because a distance that a device rounds or repeats
    stands still in every other sample.
    """
    if len(time_s) == 0:
        return np.empty(0)
    middle = (time_s[1:] + time_s[:-1]) / 2
    before = np.minimum(np.maximum(middle - 3, time_s[0]), time_s[:-1])
    after = np.maximum(np.minimum(middle + 3, time_s[-1]), time_s[1:])
    gained = np.interp(after, time_s, distance_m) - np.interp(before, time_s, distance_m)
    moving = gained > MOVING_SPEED_MIN_MPS * (after - before)
    return np.concatenate([[0.0], np.cumsum(np.where(moving, np.diff(time_s), 0.0))])


def climb_so_far_m(altitude_m: Floats) -> tuple[Floats, Floats]:
    """Ascent and descent from the first sample to each sample.

    Only changes beyond the altimeter's noise count; a sample without an altitude adds nothing.
    """
    ascent, descent = np.zeros(len(altitude_m)), np.zeros(len(altitude_m))
    known = np.flatnonzero(np.isfinite(altitude_m))
    values = altitude_m[known].tolist()
    turn = values[0] if values else 0.0
    for index, altitude in zip(known.tolist(), values, strict=True):
        change = altitude - turn
        if change >= CLIMB_MIN_M:
            ascent[index] = change
            turn = altitude
        elif change <= -CLIMB_MIN_M:
            descent[index] = -change
            turn = altitude
    return np.cumsum(ascent), np.cumsum(descent)


def climb_m(altitude_m: Floats) -> tuple[float, float] | None:
    """Total ascent and descent; None when there is no altitude."""
    if not np.isfinite(altitude_m).any():
        return None
    ascent_m, descent_m = climb_so_far_m(altitude_m)
    return float(ascent_m[-1]), float(descent_m[-1])


def mean_over_time(time_s: Floats, values: Floats | None) -> float | None:
    """The mean of a channel, each sample weighted by the time until the next; None when empty."""
    if values is None or len(values) == 0:
        return None
    return MeanOverTime(time_s, values).between(0, len(values))


class MeanOverTime:
    """The mean of a channel over parts of an activity, as ``mean_over_time`` of each."""

    def __init__(self, time_s: Floats, values: Floats) -> None:
        self._values = values
        self._lasts_s = np.append(
            np.clip(time_s[1:] - time_s[:-1], 0.0, SAMPLE_WEIGHT_MAX_S),
            np.ones(min(1, len(time_s))),
        )
        self._known = np.isfinite(values)
        self._whole = bool(self._known.all())

    def between(self, first: int, last: int) -> float | None:
        """The mean from one sample until before another; None where nothing is known."""
        if first >= last:
            return None
        values, weights = self._values[first:last], self._lasts_s[first:last].copy()
        weights[-1] = 1.0
        if not self._whole:
            known = self._known[first:last]
            values, weights = values[known], weights[known]
        total = float(weights.sum())
        return None if total == 0.0 else float(np.dot(values, weights) / total)


def splits(time_s: Floats, distance_m: Floats | None, every_m: float) -> list[ObservedLap]:
    """Cut a run into equal lengths; the last one is what remains, when it is at least a metre."""
    return splits_of_lengths(time_s, distance_m, [every_m])[0]


def splits_of_lengths(
    time_s: Floats, distance_m: Floats | None, lengths_m: Sequence[float]
) -> list[list[ObservedLap]]:
    """The same for each of several lengths."""
    times, distances = known_distance(time_s, distance_m)
    if len(times) == 0 or distances[-1] - distances[0] < 1.0:
        return [[] for _ in lengths_m]
    reached, first = np.unique(distances, return_index=True)
    at, moving_s = times[first], moving_so_far_s(times, distances)
    return [_splits(times, distances, (reached, at), moving_s, each) for each in lengths_m]


def _splits(
    times: Floats,
    distances: Floats,
    reached: tuple[Floats, Floats],
    moving_s: Floats,
    every_m: float,
) -> list[ObservedLap]:
    marks = np.arange(distances[0], distances[-1], every_m)
    if distances[-1] - marks[-1] >= 1.0:
        marks = np.append(marks, distances[-1])
    passed = np.interp(marks, *reached)
    passed[0] = times[0]
    moved = np.interp(passed, times, moving_s)
    return [
        ObservedLap(
            start_s=float(passed[index]),
            elapsed_s=float(passed[index + 1] - passed[index]),
            distance_m=float(marks[index + 1] - marks[index]),
            moving_s=float(moved[index + 1] - moved[index]),
        )
        for index in range(len(marks) - 1)
    ]
