"""The farthest that a runner came in a time: exact, by sliding a window of time over the run.

Between samples the distance grows evenly, so the farthest window begins or ends at a sample, as
for the fastest one over a distance. The clock runs through pauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strideiq.records import reasons
from strideiq.records.best_efforts import MM_PER_M, Track, describe_jump, marked
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
    line = Line.of(track)
    found = (_farthest(track, line, jumps, duration) for duration in durations)
    return [effort for effort in found if effort is not None]


@dataclass(frozen=True)
class Line:
    """How far the runner had come when: standing still is level."""

    time_s: Floats
    so_far_mm: Floats

    @classmethod
    def of(cls, track: Track) -> Line:
        """Each place once, or twice where the runner stood: when reached, and when left."""
        if track.flowing:
            return cls(track.reached_s, track.distance_mm)
        return cls(
            np.column_stack([track.reached_s, track.left_s]).ravel(),
            np.repeat(track.distance_mm, 2),
        )

    def at(self, time_s: Floats) -> Floats:
        """How far the runner had come at these times."""
        return np.interp(time_s, self.time_s, self.so_far_mm)

    def windows(self, length_s: float) -> tuple[Floats, Floats]:
        """The beginnings of every window that may be the farthest, and what each covers."""
        begins = np.concatenate([self.time_s, self.time_s - length_s])
        inside = (begins >= self.time_s[0]) & (begins <= self.time_s[-1] - length_s)
        begins = begins[inside]
        return begins, self.at(begins + length_s) - self.at(begins)

    def farthest(self, length_s: float) -> tuple[float, float]:
        """The beginning and the millimetres of the farthest window.

        Windows that begin at a sample are looked at first. Between two samples a window gains at
        most the distance between them, so only where that could beat the best are windows looked
        at that end at a sample.
        """
        last = self.time_s[-1] - length_s
        begins = int(np.searchsorted(self.time_s, last, side="right"))
        ends_mm = self.at(self.time_s[:begins] + length_s)
        covered = ends_mm - self.so_far_mm[:begins]
        best = int(np.argmax(covered))
        # Up to the next sample, or for the last one up to where the last window begins.
        next_mm = np.append(ends_mm[1:], self.so_far_mm[-1])
        hopeful = np.flatnonzero(next_mm - self.so_far_mm[:begins] > covered[best])
        chosen, gained = self.time_s[best], covered[best]
        if len(hopeful):
            first = np.searchsorted(self.time_s, self.time_s[hopeful] + length_s, side="left")
            until = np.minimum(np.append(self.time_s, np.inf)[hopeful + 1], last) + length_s
            behind = np.searchsorted(self.time_s, until, side="right")
            ends = marked(len(self.time_s), first, behind)
            starts = self.time_s[ends] - length_s
            far = self.so_far_mm[ends] - self.at(starts)
            at = int(np.argmax(far)) if len(far) else -1
            if len(far) and far[at] > gained:
                chosen, gained = starts[at], far[at]
        return float(chosen), float(gained)


def _farthest(
    track: Track, line: Line, jumps: NDArray[np.bool_], duration: Duration
) -> TimedEffort | None:
    length_s = duration.duration_s
    if line.time_s[-1] - line.time_s[0] < length_s:
        return None
    if not jumps.any():
        start_s, covered_mm = line.farthest(length_s)
        return _effort(duration, start_s, covered_mm, None)
    begins, covered = line.windows(length_s)
    best = int(np.argmax(covered))
    jumping = _touching(track, jumps, begins, length_s)
    if jumping[best] and not jumping.all():
        best = int(np.argmax(np.where(jumping, -np.inf, covered)))
    start_s = float(begins[best])
    told = _describe(track, jumps, start_s, length_s) if jumping[best] else None
    return _effort(duration, start_s, float(covered[best]), told)


def _effort(
    duration: Duration, start_s: float, covered_mm: float, reason: str | None
) -> TimedEffort:
    distance_m = covered_mm / MM_PER_M
    if reason is None and distance_m > _farthest_known_m(duration.duration_s):
        reason = reasons.TOO_FAR % {"length": f"{distance_m:.0f}", "duration": duration.name}
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
