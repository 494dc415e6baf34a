"""Critical speed and what a runner can do above it, from two or more hard efforts.

Two parameters: distance d = CS t + D' (Monod and Scherrer, Ergonomics 8:329, 1965; for running
Hughson, Orok and Staudt, Int. J. Sports Med. 5:23, 1984). Three: d = CS t + D' t / (t + k), where
k = D' / (greatest speed - CS), so that a short effort has a speed at all (R. H. Morton, Ergonomics
39:611, 1996). Both hold for efforts of about two to thirty minutes: the model lets a runner go at
critical speed for ever, and nobody does, so longer races come out too fast.

Distances in metres, times in seconds, speeds in metres per second. Errors are one standard
deviation: an effort is trusted to ``DAY_SHARE`` of its time, or to less when the efforts fit the
curve worse than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.performance import Floats
from strideiq.physiology.races import Race
from strideiq.physiology.uncertainty import DAY_SHARE

VALID_S_MIN, VALID_S_MAX = 120.0, 1800.0
"""Efforts for which the curve is known to hold."""

APART_MIN = 1.3
"""The longest effort takes at least so many times as long as the shortest, or nothing is told."""

SPEED_MAX_MPS = 13.0
"""No three-parameter fit makes anybody faster than this over nothing."""

GOLDEN = (5**0.5 - 1) / 2
NARROWINGS = 80


@dataclass(frozen=True)
class CriticalSpeed:
    """A fitted curve; ``errors`` of critical speed and of the distance above it.

    ``delay_s`` is k, 0 with two parameters. ``misfit`` is the root mean square by which the
    efforts' times miss the curve, as a share; it says nothing when there are no more efforts
    than parameters (``spare`` is 0).
    """

    speed_mps: float
    distance_m: float
    delay_s: float
    speed_error_mps: float
    distance_error_m: float
    misfit: float
    spare: int

    @property
    def max_speed_mps(self) -> float | None:
        """The greatest speed; None with two parameters, which have none."""
        return self.speed_mps + self.distance_m / self.delay_s if self.delay_s else None

    def distance_after(self, time_s: Floats) -> Floats:
        """How far one comes in a time."""
        above = self.distance_m * time_s / (time_s + self.delay_s)
        return np.asarray(self.speed_mps * time_s + above)

    def time_over(self, distance_m: Floats) -> Floats:
        """How long a distance takes; NaN where it is within the distance above critical speed."""
        half = (self.speed_mps * self.delay_s + self.distance_m - distance_m) / 2
        root = np.sqrt(half**2 + self.speed_mps * distance_m * self.delay_s)
        time = (root - half) / self.speed_mps
        return np.asarray(np.where(time > 0, time, np.nan))


def critical_speed(efforts: Sequence[Race]) -> CriticalSpeed:
    """Fit two parameters to two or more efforts.

    Raises:
        OutsideModelError: the efforts are too few, too alike, or no runner's.
    """
    return _fit(*_checked(efforts, 2), delay_s=0.0, parameters=2)


def critical_speed_3(efforts: Sequence[Race]) -> CriticalSpeed:
    """Fit three parameters to three or more efforts.

    The delay is searched for; for each, the other two follow by least squares.

    Raises:
        OutsideModelError: the efforts are too few, too alike, or no runner's.
    """
    distance, time = _checked(efforts, 3)
    low, high = np.log(0.1), np.log(float(time.max()))
    for _ in range(NARROWINGS):
        near, far = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if _missed(distance, time, np.exp(near)) < _missed(distance, time, np.exp(far)):
            high = far
        else:
            low = near
    return _fit(distance, time, delay_s=float(np.exp((low + high) / 2)), parameters=3)


def _too_few(least: int) -> OutsideModelError:
    if least == 2:  # noqa: PLR2004  a line takes two points
        return OutsideModelError("It takes at least two efforts over different distances.")
    return OutsideModelError("It takes at least three efforts over different distances.")


def _checked(efforts: Sequence[Race], least: int) -> tuple[Floats, Floats]:
    if len({effort.distance_m for effort in efforts}) < least:
        raise _too_few(least)
    ordered = sorted(efforts, key=lambda effort: effort.distance_m)
    distance = np.array([effort.distance_m for effort in ordered], dtype=np.float64)
    time = np.array([effort.time_s for effort in ordered], dtype=np.float64)
    if time.min() <= 0 or distance.min() <= 0:
        raise OutsideModelError("An effort has a distance and a time.")
    if np.any(np.diff(distance)[np.diff(time) <= 0] > 0):
        raise OutsideModelError("A longer effort takes longer; one of these times is wrong.")
    if time.max() < APART_MIN * time.min():
        raise OutsideModelError("The efforts are too alike: one of them should be much longer.")
    return distance, time


def _weighted(distance: Floats, time: Floats, delay_s: float) -> tuple[Floats, Floats]:
    """Least squares in shares of the distance, each trusted alike: the design and the goal."""
    design = np.column_stack([time, time / (time + delay_s)]) / distance[:, None]
    return design, np.ones(len(distance))


def _missed(distance: Floats, time: Floats, delay_s: float) -> float:
    design, goal = _weighted(distance, time, float(delay_s))
    found = np.linalg.lstsq(design, goal)[0]
    too_fast = max(found[0] + found[1] / delay_s - SPEED_MAX_MPS, 0.0)
    return float(((design @ found - goal) ** 2).sum() + too_fast**2)


def _fit(distance: Floats, time: Floats, *, delay_s: float, parameters: int) -> CriticalSpeed:
    design, goal = _weighted(distance, time, delay_s)
    speed, above = np.linalg.lstsq(design, goal)[0].tolist()
    if speed <= 0 or above <= 0:
        raise OutsideModelError(
            "The longer effort was the faster one, or as fast; a curve needs shorter ones faster."
        )
    missed = design @ [speed, above] - goal
    spare = len(goal) - parameters
    jacobian = design
    if parameters > 2:  # noqa: PLR2004  the third is the delay
        bend = -above * time / (time + delay_s) ** 2 / distance
        jacobian = np.column_stack([design, bend])
    trusted = DAY_SHARE
    if spare:
        trusted = max(trusted, float(np.sqrt((missed**2).sum() / spare)))
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * trusted**2
    errors = np.sqrt(np.diag(covariance)).tolist()
    misfit = float(np.sqrt((missed**2).mean()))
    return CriticalSpeed(speed, above, delay_s, errors[0], errors[1], misfit, spare)
