"""How much speed a heartbeat buys, and whether it lasts.

*Normalised speed* weighs hard parts of a run as the body does: the fourth power of the speed,
smoothed over thirty seconds, as A. Coggan did for power and S. McGregor for grade-adjusted speed
(Allen and Coggan, Training and Racing with a Power Meter, 2006; McGregor and Fitzgerald, The
Runner's Edge, 2010). *Efficiency factor*: metres per heartbeat, normalised speed over mean heart
rate. *Aerobic decoupling*: by how much it falls from the first half to the second; below five
per cent a runner's endurance holds for that length (J. Friel, The Triathlete's Training Bible).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strideiq.physiology.performance import Floats

SMOOTHING_S = 30.0
POWER = 4.0
HEART_RATE_MIN_BPM, HEART_RATE_MAX_BPM = 40.0, 230.0
"""Outside of this a sensor has nothing to say; 0 and 255 are what lost ones send."""

STANDING_SPEED_MPS = 0.3
GAP_MAX_S = 15.0
"""A step between samples that is longer is a pause, of which nothing is known."""


@dataclass(frozen=True)
class Effort:
    """What a run was, by speed and by heart; None where a channel is missing.

    ``decoupling`` is a share: 0.05 when a heartbeat bought five per cent less in the second half.
    """

    running_s: float
    normalised_speed_mps: float | None
    mean_speed_mps: float | None
    mean_heart_rate_bpm: float | None
    efficiency_m_per_beat: float | None
    decoupling: float | None


@dataclass(frozen=True)
class _Steps:
    """From sample to sample while running: how long, how fast, and how fast the heart beat."""

    length_s: Floats
    speed_mps: Floats
    heart_rate_bpm: Floats

    def part(self, chosen: NDArray[np.bool_] | slice) -> _Steps:
        return _Steps(self.length_s[chosen], self.speed_mps[chosen], self.heart_rate_bpm[chosen])


def effort(time_s: Floats, distance_m: Floats | None, heart_rate_bpm: Floats | None) -> Effort:
    """What a run was. Distances are flat-equivalent ones where hills are to count.

    Arrays of one length, NaN for missing samples; standing and pauses are left out.
    """
    steps = _steps(time_s, distance_m, heart_rate_bpm)
    fourth = _fourth_powers(steps)
    beats = _mean_heart_rate(steps)
    speed = _root_mean(steps.length_s, fourth)
    so_far_s = np.cumsum(steps.length_s)
    running_s = float(so_far_s[-1]) if len(so_far_s) else 0.0
    middle = int(np.searchsorted(so_far_s, running_s / 2, side="right"))
    first, second = (
        _efficiency(steps.part(half), fourth[half]) for half in (slice(middle), slice(middle, None))
    )
    return Effort(
        running_s=running_s,
        normalised_speed_mps=speed,
        mean_speed_mps=_mean(steps.length_s, steps.speed_mps),
        mean_heart_rate_bpm=beats,
        efficiency_m_per_beat=None if speed is None or beats is None else 60 * speed / beats,
        decoupling=None if first is None or second is None else 1 - second / first,
    )


def _fourth_powers(steps: _Steps) -> Floats:
    """The fourth power of the smoothed speed at each step; none where speeds are unknown."""
    if not np.isfinite(steps.speed_mps).all():
        return np.empty(0)
    smooth = _smoothed(steps.length_s, steps.speed_mps)
    return np.asarray((smooth * smooth) ** 2)


def _root_mean(length_s: Floats, fourth: Floats) -> float | None:
    if len(fourth) == 0:
        return None
    return float((np.dot(fourth, length_s) / length_s.sum()) ** (1 / POWER))


def _smoothed(length_s: Floats, speed_mps: Floats) -> Floats:
    """The mean over the ``SMOOTHING_S`` before the end of each step, or over what there is."""
    ends = np.concatenate([[0.0], np.cumsum(length_s)])
    so_far = np.concatenate([[0.0], np.cumsum(length_s * speed_mps)])
    begin = np.maximum(ends[1:] - SMOOTHING_S, 0.0)
    return np.asarray((so_far[1:] - np.interp(begin, ends, so_far)) / (ends[1:] - begin))


def _steps(time_s: Floats, distance_m: Floats | None, heart_rate_bpm: Floats | None) -> _Steps:
    distance = np.full(len(time_s), np.nan) if distance_m is None else distance_m
    heart = np.full(len(time_s), np.nan) if heart_rate_bpm is None else heart_rate_bpm
    present = np.isfinite(time_s) & (np.isfinite(distance) | (distance_m is None))
    time, distance, heart = time_s[present], distance[present], heart[present]
    if len(time) < 2:  # noqa: PLR2004  a step has two ends
        return _Steps(np.empty(0), np.empty(0), np.empty(0))
    length = np.diff(time)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.diff(distance) / length
    beats = heart[1:]
    beats = np.where((beats >= HEART_RATE_MIN_BPM) & (beats <= HEART_RATE_MAX_BPM), beats, np.nan)
    running = (length > 0) & (length <= GAP_MAX_S)
    if distance_m is not None:
        # A distance that a device repeats stands still in every other sample.
        middle = (time[1:] + time[:-1]) / 2
        gained = np.interp(middle + 3, time, distance) - np.interp(middle - 3, time, distance)
        running &= (gained > STANDING_SPEED_MPS * 6) & np.isfinite(speed)
    return _Steps(length, speed, beats).part(running)


def _mean(length_s: Floats, values: Floats) -> float | None:
    known = np.isfinite(values)
    if not known.any():
        return None
    return float(np.average(values[known], weights=length_s[known]))


def _mean_heart_rate(steps: _Steps) -> float | None:
    """The mean over what is known, when that is at least half of the run."""
    known_s = float(steps.length_s[np.isfinite(steps.heart_rate_bpm)].sum())
    if known_s < steps.length_s.sum() / 2:
        return None
    return _mean(steps.length_s, steps.heart_rate_bpm)


def _efficiency(steps: _Steps, fourth: Floats) -> float | None:
    speed, beats = _root_mean(steps.length_s, fourth), _mean_heart_rate(steps)
    return None if speed is None or beats is None else 60 * speed / beats
