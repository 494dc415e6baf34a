"""Races: the usual distances, and what a runner of an index would run over each."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.physiology.performance import race_time_s
from strideiq.physiology.uncertainty import Estimate, spread_of_time

MILE_M = 1609.344

RACE_DISTANCES_M = {
    "1500 m": 1500.0,
    "1 mile": MILE_M,
    "3 km": 3000.0,
    "5 km": 5000.0,
    "10 km": 10_000.0,
    "15 km": 15_000.0,
    "Half marathon": 21_097.5,
    "Marathon": 42_195.0,
}

MODEL_TIME_S_MIN, MODEL_TIME_S_MAX = 210.0, 4 * 3600.0
"""The races behind the equations took from three and a half minutes to about four hours."""


@dataclass(frozen=True)
class Race:
    """A distance and the time in which it was raced."""

    distance_m: float
    time_s: float


@dataclass(frozen=True)
class Equivalent:
    """What a runner would run over another distance, in seconds."""

    name: str
    distance_m: float
    time: Estimate

    @property
    def extrapolated(self) -> bool:
        """Whether the race is shorter or longer than those behind the equations."""
        return not MODEL_TIME_S_MIN <= self.time.value <= MODEL_TIME_S_MAX


def race_equivalents(index: float, known: Race) -> list[Equivalent]:
    """Times over the usual distances; trusted less the farther they are from the known race.

    Raises:
        OutsideModelError: the index is outside the model.
    """
    distances = list(RACE_DISTANCES_M.values())
    times = race_time_s(index, distances)
    spreads = spread_of_time(known.time_s, times)
    return [
        Equivalent(name, distance, Estimate.of(time, spread))
        for name, distance, time, spread in zip(
            RACE_DISTANCES_M, distances, times.tolist(), spreads.tolist(), strict=True
        )
    ]
