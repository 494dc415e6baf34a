"""The fastest stretch of each distance within one run: exact, by sliding a window over it.

A run is taken as what its samples say: a distance that grows evenly from one sample to the
next. Between samples the time of a window changes evenly too, so the fastest window of a length
begins or ends at a sample, and it is enough to look at these: at most two for each sample, with
the other end interpolated. Time and memory grow with the number of samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from strideiq.records import reasons
from strideiq.records.distances import DISTANCES, TOP_SPEED_MPS, Distance

FORMULA_VERSION = 2
"""Goes up whenever the same streams would give other efforts."""

SPRINT_M, SPRINT_S_MIN = 100.0, 8.5
"""A hundred metres in less, from a running start, are a jump of the distance as well."""

POSITION_ERROR_M = 10.0
"""By so much a position may be off, and catch up within one step, without being a jump."""

MM_PER_M = 1000.0

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Effort:
    """A stretch of one distance, in seconds from the activity's start."""

    distance: Distance
    start_s: float
    elapsed_s: float
    reason: str | None = None
    """Why it does not count, in words; None when it does."""
    measured: bool = False
    """The athlete said how long the measured distance took; the samples were not asked."""

    @property
    def counts(self) -> bool:
        """Whether it can be a personal best."""
        return self.reason is None


@dataclass(frozen=True)
class Track:
    """A run by its places: strictly growing distances, when each was reached, and when left.

    Distances are whole millimetres, so that adding and taking away a length is exact and the
    two ends of a window meet samples where they should. The two times of a place differ where
    the runner stood still.
    """

    distance_mm: Floats
    reached_s: Floats
    left_s: Floats

    @classmethod
    def of(cls, time_s: Floats, distance_m: Floats) -> Track:
        """Leave out samples without a distance, and take a step backwards as standing still."""
        known = np.isfinite(time_s) & np.isfinite(distance_m)
        times = time_s[known]
        so_far_mm = np.maximum.accumulate(np.round(distance_m[known] * MM_PER_M))
        places, first = np.unique(so_far_mm, return_index=True)
        last = np.append(first[1:], len(times))[: len(places)] - 1
        return cls(places, times[first], times[last])

    @property
    def is_a_way(self) -> bool:
        """Whether it leads anywhere: a stretch has two ends."""
        return len(self.distance_mm) > 1

    @cached_property
    def flowing(self) -> bool:
        """Whether the runner never stood still, so that a place has one time."""
        return bool(np.array_equal(self.reached_s, self.left_s))

    def reached_at(self, distance_mm: Floats) -> tuple[Floats, Positions]:
        """When places beyond the first were reached, and the sample at or behind each."""
        after = np.searchsorted(self.distance_mm, distance_mm, side="left")
        return self._between(distance_mm, after), after

    def left_at(self, distance_mm: Floats) -> tuple[Floats, Positions]:
        """When places before the last were left, and the sample at or before each."""
        after = np.searchsorted(self.distance_mm, distance_mm, side="right")
        return self._between(distance_mm, after), after - 1

    def _between(self, distance_mm: Floats, after: Positions) -> Floats:
        before = after - 1
        length_mm = self.distance_mm[after] - self.distance_mm[before]
        share = (distance_mm - self.distance_mm[before]) / length_mm
        return np.asarray(
            (1 - share) * self.left_s[before] + share * self.reached_s[after], dtype=np.float64
        )


@dataclass(frozen=True)
class Windows:
    """Every window of one length that may be the fastest, and the samples around each."""

    start_s: Floats
    elapsed_s: Floats
    first: Positions
    last: Positions

    @classmethod
    def of(cls, track: Track, length_m: float) -> Windows:
        """The windows that begin at a sample, then those that end at one."""
        length_mm = round(length_m * MM_PER_M)
        places = track.distance_mm
        begins = int(np.searchsorted(places, places[-1] - length_mm, side="right"))
        ends = int(np.searchsorted(places, places[0] + length_mm, side="left"))
        reached_s, last = track.reached_at(places[:begins] + length_mm)
        left_s, first = track.left_at(places[ends:] - length_mm)
        start_s = np.concatenate([track.left_s[:begins], left_s])
        return cls(
            start_s=start_s,
            elapsed_s=np.concatenate([reached_s, track.reached_s[ends:]]) - start_s,
            first=np.concatenate([np.arange(begins), first]),
            last=np.concatenate([last, np.arange(ends, len(places))]),
        )

    def touching(self, steps: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which windows contain some of the marked steps from one sample to the next."""
        marked_before = np.concatenate([[0], np.cumsum(steps)])
        return np.asarray(marked_before[self.last] > marked_before[self.first])


def best_efforts(
    time_s: Floats, distance_m: Floats, distances: Sequence[Distance] = DISTANCES
) -> list[Effort]:
    """The best effort of each distance that the run is long enough for.

    Times in seconds from the activity's start, distances in metres, NaN where unknown. A window
    in which the distance jumps is passed over; where all do, the fastest of them is given with
    the reason why it does not count.
    """
    track = Track.of(time_s, distance_m)
    return efforts_along(track, jumps_of(track), distances) if track.is_a_way else []


def efforts_along(
    track: Track, jumps: NDArray[np.bool_], distances: Sequence[Distance] = DISTANCES
) -> list[Effort]:
    """The same along a track whose jumps are known."""
    found = (_best(track, distance, jumps) for distance in distances)
    return [effort for effort in found if effort is not None]


def marked(count: int, first: Positions, last: Positions) -> Positions:
    """The positions below ``count`` that lie in any of the ranges, their ends left out."""
    edges = np.bincount(first, minlength=count + 1) - np.bincount(last, minlength=count + 1)
    return np.flatnonzero(np.cumsum(edges)[:count] > 0)


def _fastest(track: Track, length_mm: float) -> tuple[float, float] | None:
    """The start and time of the fastest window of a track without jumps; None when too short.

    Windows that begin at a sample are looked at first. Between two samples a window gains at
    most the time between them, so only where that could beat the best are windows looked at that
    end at a sample.
    """
    places = track.distance_mm
    begins = int(np.searchsorted(places, places[-1] - length_mm, side="right"))
    if begins == 0:
        return None
    if track.flowing:
        reached_s = np.interp(places[:begins] + length_mm, places, track.reached_s)
    else:
        reached_s = track.reached_at(places[:begins] + length_mm)[0]
    took_s = reached_s - track.left_s[:begins]
    at = int(np.argmin(took_s))
    best = (float(track.left_s[at]), float(took_s[at]))
    hopeful = np.flatnonzero(reached_s - track.reached_s[1 : begins + 1] < best[1])
    first = np.searchsorted(places, places[hopeful] + length_mm, side="left")
    last = np.searchsorted(places, places[hopeful + 1] + length_mm, side="right")
    ends = marked(len(places), first, last)
    if len(ends):
        left_s = track.left_at(places[ends] - length_mm)[0]
        took_s = track.reached_s[ends] - left_s
        at = int(np.argmin(took_s))
        if took_s[at] < best[1]:
            best = (float(left_s[at]), float(took_s[at]))
    return best


def _best(track: Track, distance: Distance, jumps: NDArray[np.bool_]) -> Effort | None:
    if jumps.any():
        return _best_with_jumps(track, distance, jumps)
    found = _fastest(track, round(distance.distance_m * MM_PER_M))
    return found and Effort(distance, *found, _too_fast(distance, found[1]))


def _too_fast(distance: Distance, elapsed_s: float) -> str | None:
    if elapsed_s >= distance.fastest_known_s:
        return None
    return reasons.TOO_FAST % {"distance": distance.name, "seconds": f"{elapsed_s:.1f}"}


def _best_with_jumps(track: Track, distance: Distance, jumps: NDArray[np.bool_]) -> Effort | None:
    windows = Windows.of(track, distance.distance_m)
    if len(windows.start_s) == 0:
        return None
    best = int(np.argmin(windows.elapsed_s))
    jumping = windows.touching(jumps)
    if jumping[best] and not jumping.all():
        best = int(np.argmin(np.where(jumping, np.inf, windows.elapsed_s)))
    start_s, elapsed_s = float(windows.start_s[best]), float(windows.elapsed_s[best])
    reason = (
        describe_jump(track, jumps, int(windows.first[best]), int(windows.last[best]))
        if jumping[best]
        else _too_fast(distance, elapsed_s)
    )
    return Effort(distance, start_s, elapsed_s, reason)


def jumps_of(track: Track) -> NDArray[np.bool_]:
    """Which steps from one sample to the next are no running."""
    length_m = np.diff(track.distance_mm) / MM_PER_M
    jumps = length_m > TOP_SPEED_MPS * _step_s(track) + POSITION_ERROR_M
    if (length_m * SPRINT_S_MIN <= SPRINT_M * _step_s(track)).all():
        return np.asarray(jumps)  # no step is as fast, so no hundred metres can be
    sprints = Windows.of(track, SPRINT_M)
    impossible = sprints.elapsed_s < SPRINT_S_MIN
    if not impossible.any():
        return np.asarray(jumps)
    opened = np.bincount(sprints.first[impossible], minlength=len(track.distance_mm))
    closed = np.bincount(sprints.last[impossible], minlength=len(track.distance_mm))
    inside = np.cumsum(opened - closed)[:-1] > 0
    return np.asarray(jumps | inside)


def describe_jump(track: Track, jumps: NDArray[np.bool_], first: int, last: int) -> str:
    """Where the distance jumps most between two samples, in words."""
    speed = np.diff(track.distance_mm[first : last + 1]) / _step_s(track)[first:last]
    step = first + int(np.argmax(np.where(jumps[first:last], speed, 0.0)))
    at = round(float(track.left_s[step]))
    length_m = (track.distance_mm[step + 1] - track.distance_mm[step]) / MM_PER_M
    return reasons.JUMP % {
        "at": f"{at // 60}:{at % 60:02}",
        "length": f"{length_m:.0f}",
        "seconds": f"{_step_s(track)[step]:.1f}",
    }


def _step_s(track: Track) -> Floats:
    return np.asarray(track.reached_s[1:] - track.left_s[:-1], dtype=np.float64)
