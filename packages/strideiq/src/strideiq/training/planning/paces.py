"""What each kind of pace means for a runner of an index, all of it from the equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from strideiq.physiology.public import (
    EASY_FRACTIONS,
    INTERVAL_FRACTION,
    THRESHOLD_FRACTION,
    marathon_pace_s_per_km,
    pace_s_per_km,
    race_time_s,
    repetition_pace_s_per_km,
)

BAND = 0.015
"""How far around a pace a watch shall not yet complain, as a share of it."""


@dataclass(frozen=True)
class PaceRange:
    """The paces of a kind, in seconds per kilometre; the fastest is the smallest figure."""

    fastest_s_per_km: float
    slowest_s_per_km: float

    @property
    def middle_s_per_km(self) -> float:
        """The pace that times and distances are reckoned with."""
        return (self.fastest_s_per_km + self.slowest_s_per_km) / 2

    @property
    def speed_mps(self) -> float:
        """The middle as metres per second."""
        return 1000 / self.middle_s_per_km


@lru_cache(maxsize=1024)
def pace_ranges(index: float, race_distance_m: float) -> Mapping[str, PaceRange]:
    """The paces of every target for an index; ``race`` is the pace of the goal's distance.

    Raises:
        OutsideModelError: the index or the distance is outside the model.
    """
    slow, fast = (float(pace_s_per_km(index, fraction)) for fraction in EASY_FRACTIONS)
    race_s_per_km = float(race_time_s(index, race_distance_m)) / (race_distance_m / 1000)
    return {
        "easy": PaceRange(fast, slow),
        "marathon": _around(float(marathon_pace_s_per_km(index))),
        "threshold": _around(float(pace_s_per_km(index, THRESHOLD_FRACTION))),
        "interval": _around(float(pace_s_per_km(index, INTERVAL_FRACTION))),
        "repetition": _around(float(repetition_pace_s_per_km(index))),
        "race": _around(race_s_per_km),
    }


def speeds_mps(ranges: Mapping[str, PaceRange]) -> dict[str, float]:
    """The speed of each target's middle pace."""
    return {target: paces.speed_mps for target, paces in ranges.items()}


def _around(pace_s_per_km: float) -> PaceRange:
    return PaceRange(pace_s_per_km * (1 - BAND), pace_s_per_km * (1 + BAND))
