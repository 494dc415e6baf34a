"""Training paces: the oxygen cost inverted at a fraction of the running performance index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.performance import (
    Floats,
    performance_index,
    race_time_s,
    speed_at_cost,
    sustainable_time_min,
)
from strideiq.physiology.races import Race
from strideiq.physiology.uncertainty import DAY_SHARE, Estimate, spread_of_time

EASY_FRACTIONS = (0.63, 0.74)
THRESHOLD_FRACTION = 0.88
INTERVAL_FRACTION = 0.975
REPETITION_GAIN_S_PER_KM = 6.0 * 1000 / 400
"""Repetitions are run six seconds per 400 m faster than intervals."""

MARATHON_M = 42_195.0
ASSUMED_RACE_M = 5_000.0
"""An index that comes without its race is trusted as if it had been raced over this distance."""


@dataclass(frozen=True)
class TrainingPace:
    """One kind of training, from its fastest to its slowest pace in seconds per kilometre.

    ``fractions`` are the shares of the index behind the two; ``equation`` names how they come
    about: ``cost_at_fraction``, ``solved_race`` or ``interval_less_6_s_per_400_m``.
    """

    name: str
    equation: str
    fractions: tuple[float, float] | None
    fastest: Estimate
    slowest: Estimate

    @property
    def is_range(self) -> bool:
        """Whether the training is a range of paces rather than one pace."""
        return self.fastest != self.slowest


def pace_s_per_km(index: ArrayLike, fraction: ArrayLike) -> Floats:
    """Pace whose oxygen cost is this fraction of the index."""
    cost = np.asarray(index, dtype=np.float64) * np.asarray(fraction, dtype=np.float64)
    return np.asarray(60_000 / speed_at_cost(cost))


def marathon_pace_s_per_km(index: ArrayLike) -> Floats:
    """Pace of the solved marathon."""
    return race_time_s(index, MARATHON_M) / (MARATHON_M / 1000)


def repetition_pace_s_per_km(index: ArrayLike) -> Floats:
    """Interval pace less six seconds per 400 m."""
    return pace_s_per_km(index, INTERVAL_FRACTION) - REPETITION_GAIN_S_PER_KM


def training_paces(index: float, race: Race | None = None) -> list[TrainingPace]:
    """The five paces of a runner, easy first; ``race`` is what the index was read from.

    Each pace's uncertainty is that of the race which is run at it: as long as the fraction can
    be sustained, and for easy running, which nobody races, the marathon.

    Raises:
        OutsideModelError: the index is outside the model.
    """
    marathon_s = float(race_time_s(index, MARATHON_M))
    known_s = race.time_s if race else float(race_time_s(index, ASSUMED_RACE_M))
    far = float(spread_of_time(known_s, marathon_s))

    def at(fraction: float) -> Estimate:
        raced_s = 60 * float(sustainable_time_min(fraction))
        return Estimate.of(
            float(pace_s_per_km(index, fraction)), float(spread_of_time(known_s, raced_s))
        )

    slow, fast = (float(pace_s_per_km(index, fraction)) for fraction in EASY_FRACTIONS)
    threshold, interval = at(THRESHOLD_FRACTION), at(INTERVAL_FRACTION)
    marathon = Estimate.of(marathon_s / (MARATHON_M / 1000), far)
    gain = REPETITION_GAIN_S_PER_KM
    repetition = Estimate(interval.value - gain, interval.low - gain, interval.high - gain)
    return [
        TrainingPace(
            "easy",
            "cost_at_fraction",
            (EASY_FRACTIONS[1], EASY_FRACTIONS[0]),
            Estimate.of(fast, far),
            Estimate.of(slow, far),
        ),
        TrainingPace("marathon", "solved_race", None, marathon, marathon),
        _single("threshold", THRESHOLD_FRACTION, threshold),
        _single("interval", INTERVAL_FRACTION, interval),
        TrainingPace("repetition", "interval_less_6_s_per_400_m", None, repetition, repetition),
    ]


def index_of_race(race: Race) -> Estimate:
    """The index that a race shows; on another day the same runner would have shown another.

    Raises:
        OutsideModelError: the race is outside the model.
    """
    days = race.time_s * np.exp(np.array([0.0, DAY_SHARE, -DAY_SHARE]))
    value, low, high = performance_index(race.distance_m, days).tolist()
    return Estimate(value, low, high)


def _single(name: str, fraction: float, pace: Estimate) -> TrainingPace:
    return TrainingPace(name, "cost_at_fraction", (fraction, fraction), pace, pace)
