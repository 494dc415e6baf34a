"""The farthest that a runner came in a time: exact, by sliding a window of time over the run.

Between samples the distance grows evenly, so the farthest window begins or ends at a sample, as
for the fastest one over a distance. The clock runs through pauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strideiq.records.best_efforts import MM_PER_M, Track, describe_jump
from strideiq.records.distances import DISTANCES, DURATIONS, Duration

Floats = NDArray[np.float64]

RECORD_MARGIN = 1.05
"""Nobody has come so much farther than a line through the fastest known times says."""


@dataclass(frozen=True)
class TimedEffort:
    """A stretch of one length of time, in seconds from the activity's start."""

    duration: Duration
    start_s: float
    distance_m: float
    reason: str | None = None
    """Why it does not count, in words; None when it does."""

    @property
    def counts(self) -> bool:
        """Whether it can be a personal best."""
        return self.reason is None


def timed_efforts(
    track: Track, jumps: NDArray[np.bool_], durations: Sequence[Duration] = DURATIONS
) -> list[TimedEffort]:
    """The farthest stretch of each length of time that the run lasted for.

    A window that touches a step in which the distance jumps is passed over; where all do, the
    farthest of them is given with the reason why it does not count.
    """
    # Each place twice, when it was reached and when it was left: standing still is level.
    time_s = np.column_stack([track.reached_s, track.left_s]).ravel()
    so_far_mm = np.repeat(track.distance_mm, 2)
    found = (_farthest(track, jumps, time_s, so_far_mm, duration) for duration in durations)
    return [effort for effort in found if effort is not None]


def _farthest(
    track: Track,
    jumps: NDArray[np.bool_],
    time_s: Floats,
    so_far_mm: Floats,
    duration: Duration,
) -> TimedEffort | None:
    length_s = duration.duration_s
    if time_s[-1] - time_s[0] < length_s:
        return None
    begins = np.concatenate([time_s, time_s - length_s])
    begins = begins[(begins >= time_s[0]) & (begins <= time_s[-1] - length_s)]
    covered = np.interp(begins + length_s, time_s, so_far_mm) - np.interp(begins, time_s, so_far_mm)
    best = int(np.argmax(covered))
    jumping = _touching(track, jumps, begins, length_s) if jumps.any() else None
    if jumping is not None and jumping[best] and not jumping.all():
        best = int(np.argmax(np.where(jumping, -np.inf, covered)))
    start_s, distance_m = float(begins[best]), float(covered[best]) / MM_PER_M
    reason = None
    if jumping is not None and jumping[best]:
        reason = _describe(track, jumps, start_s, length_s)
    elif distance_m > _farthest_known_m(length_s):
        reason = (
            f"{distance_m:.0f} m in {duration.name} is farther than anybody has run;"
            " it was not on foot, or the distance is wrong."
        )
    return TimedEffort(duration, start_s, distance_m, reason)


def _touching(
    track: Track, jumps: NDArray[np.bool_], begins: Floats, length_s: float
) -> NDArray[np.bool_]:
    """Which windows share time with a step in which the distance jumps."""
    left_s, reached_s = track.left_s[:-1][jumps], track.reached_s[1:][jumps]
    begun = np.searchsorted(left_s, begins + length_s, side="left")
    ended = np.searchsorted(reached_s, begins, side="right")
    return np.asarray(begun > ended)


def _describe(track: Track, jumps: NDArray[np.bool_], start_s: float, length_s: float) -> str:
    first = int(np.searchsorted(track.left_s, start_s, side="right")) - 1
    last = int(np.searchsorted(track.reached_s, start_s + length_s, side="left"))
    return describe_jump(track, jumps, max(first, 0), min(last, len(jumps)))


def _farthest_known_m(length_s: float) -> float:
    times = [0.0, *(one.fastest_known_s for one in DISTANCES)]
    lengths = [0.0, *(one.distance_m for one in DISTANCES)]
    return float(np.interp(length_s, times, lengths)) * RECORD_MARGIN
