"""Intervals that a run itself shows: fast stretches between slow ones, found without any lap.

The speed over ten seconds is split into fast and slow at the value that separates the two best
(N. Otsu, IEEE Trans. Systems, Man, and Cybernetics 9:62, 1979). Where the two hardly differ, or
there are fewer than three fast stretches with slow ones between, the run was no interval session.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from strideiq.activities.measures import Floats, known_distance

SMOOTHING_S = 10.0
STRETCH_MIN_S = 18.0
"""A shorter stretch is a turn, a traffic light or a jump of the receiver."""

STANDING_SPEED_MPS = 0.8
"""Whoever goes slower stands or steps about: that is rest, and says nothing of fast and slow."""

SLOW_SHARE_MIN = 0.05
"""Less than this is only the way from running to standing and back."""

WORK_MAX_S = 20 * 60.0
FASTER_MIN = 1.22
"""How much faster the fast stretches are at least than the slow ones between."""

WORKS_MIN = 3
LIKE_EACH_OTHER = 0.12
"""How much the speeds of the fast stretches may differ, as a share of their mean."""

SPEED_RANGE_MPS = (0.0, 12.0)


@dataclass(frozen=True)
class Interval:
    """A stretch of a session; ``work`` for a fast one, else the rest before the next."""

    work: bool
    start_s: float
    elapsed_s: float
    distance_m: float

    @property
    def speed_mps(self) -> float:
        """The mean speed."""
        return self.distance_m / self.elapsed_s if self.elapsed_s else 0.0


def intervals(time_s: Floats, distance_m: Floats | None) -> list[Interval]:
    """Fast stretches and the rests between them, in order; none where it was no such session."""
    times, distances = known_distance(time_s, distance_m)
    if len(times) < 2 or times[-1] - times[0] < WORKS_MIN * 2 * STRETCH_MIN_S:  # noqa: PLR2004
        return []
    grid = np.arange(times[0], times[-1], 1.0)
    so_far = np.interp(grid, times, distances)
    speed = _speed(grid, times, distances)
    limit = _between(speed[speed >= STANDING_SPEED_MPS])
    if limit is None:
        return []
    edges = _edges(speed > limit)
    stretches = [
        Interval(
            work=bool(speed[begin:end].mean() > limit),
            start_s=float(grid[begin]),
            elapsed_s=float(end - begin),
            distance_m=float(
                np.interp(grid[begin] + end - begin, times, distances) - so_far[begin]
            ),
        )
        for begin, end in pairwise(edges)
    ]
    return _session(stretches)


def _speed(grid: Floats, times: Floats, distances: Floats) -> Floats:
    half = SMOOTHING_S / 2
    before = np.maximum(grid - half, times[0])
    after = np.minimum(grid + half, times[-1])
    gained = np.interp(after, times, distances) - np.interp(before, times, distances)
    return np.asarray(np.clip(gained / (after - before), *SPEED_RANGE_MPS), dtype=np.float64)


def _between(speed: Floats) -> float | None:
    """The speed that separates fast from slow best; None where they hardly differ."""
    counts, edges = np.histogram(speed, bins=96, range=SPEED_RANGE_MPS)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        slow, fast = sums / below, (sums[-1] - sums) / above
        between = np.where((below > 0) & (above > 0), below * above * (fast - slow) ** 2, 0.0)
    best = int(np.argmax(between))
    few = below[best] < SLOW_SHARE_MIN * below[-1]
    if not between[best] or few or fast[best] < FASTER_MIN * slow[best]:
        return None
    return float(edges[best + 1])


def _edges(fast: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    """Where fast and slow change, after stretches that are too short have been taken away."""
    fast = fast.copy()
    while True:
        edges = [0, *(np.flatnonzero(np.diff(fast)) + 1).tolist(), len(fast)]
        lengths = np.diff(edges)
        if len(lengths) == 1 or lengths.min() >= STRETCH_MIN_S:
            return edges
        shortest = int(np.argmin(lengths))
        fast[edges[shortest] : edges[shortest + 1]] = not fast[edges[shortest]]


def _session(stretches: list[Interval]) -> list[Interval]:
    """From the first fast stretch to the last, when they are enough and like each other."""
    works = [number for number, one in enumerate(stretches) if one.work]
    if len(works) < WORKS_MIN:
        return []
    inner = stretches[works[0] : works[-1] + 1]
    speeds = np.array([one.speed_mps for one in inner if one.work])
    longest_s = max(one.elapsed_s for one in inner if one.work)
    rests = np.array([one.speed_mps for one in inner if not one.work])
    if longest_s > WORK_MAX_S or speeds.std() > LIKE_EACH_OTHER * speeds.mean():
        return []
    return inner if speeds.mean() >= FASTER_MIN * rests.mean() else []
