"""Three models of one runner side by side, and how far they disagree.

*Equal index* (Daniels and Gilbert) and the *power of distance* (Riegel) follow from one race;
*critical speed* takes two. Each has races for which it was made; outside of them it is an
extrapolation and says so. Where the models disagree, no figure deserves to be trusted closer than
that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strideiq.physiology.critical_speed import (
    VALID_S_MAX,
    VALID_S_MIN,
    CriticalSpeed,
    critical_speed,
    critical_speed_3,
)
from strideiq.physiology.endurance import EXPONENT, own_exponent, power_law_time_s
from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.performance import performance_index, race_time_s
from strideiq.physiology.races import (
    MODEL_TIME_S_MAX,
    MODEL_TIME_S_MIN,
    RACE_DISTANCES_M,
    Race,
)

MODELS = ("equal_index", "power", "critical_speed")
VALID_S = {
    "equal_index": (MODEL_TIME_S_MIN, MODEL_TIME_S_MAX),
    "power": (MODEL_TIME_S_MIN, MODEL_TIME_S_MAX),
    "critical_speed": (VALID_S_MIN, VALID_S_MAX),
}


@dataclass(frozen=True)
class Prediction:
    """What one model says of one distance; ``valid`` within the races it was made for."""

    time_s: float
    valid: bool


@dataclass(frozen=True)
class Predictions:
    """One distance by every model that has an answer, by the names of ``MODELS``."""

    name: str
    distance_m: float
    by_model: dict[str, Prediction]

    @property
    def spread_s(self) -> float:
        """From the fastest to the slowest of the models that are valid here, in seconds."""
        times = [one.time_s for one in self.by_model.values() if one.valid]
        return max(times) - min(times) if times else 0.0


@dataclass(frozen=True)
class RunnerModels:
    """The three models of one runner. ``why_none`` says why there is no critical speed."""

    races: tuple[Race, ...]
    index: float
    exponent: float
    own_exponent: bool
    curve: CriticalSpeed | None
    why_none: str = ""

    def over(self, name: str, distance_m: float) -> Predictions:
        """What each model says of a distance."""
        times = {
            "equal_index": float(race_time_s(self.index, distance_m)),
            "power": self._power_s(distance_m),
        }
        if self.curve is not None:
            time_s = float(self.curve.time_over(np.array(distance_m)))
            if np.isfinite(time_s):
                times["critical_speed"] = time_s
        return Predictions(
            name,
            distance_m,
            {
                model: Prediction(time, VALID_S[model][0] <= time <= VALID_S[model][1])
                for model, time in times.items()
            },
        )

    def usual(self) -> list[Predictions]:
        """What each model says of the usual distances, shortest first."""
        return [self.over(name, distance) for name, distance in RACE_DISTANCES_M.items()]

    def _power_s(self, distance_m: float) -> float:
        """Through the middle of all races, which is the race itself when there is one."""
        distances, times = np.log([[race.distance_m, race.time_s] for race in self.races]).T
        middle_m, middle_s = np.exp([distances.mean(), times.mean()])
        return float(power_law_time_s(middle_s, middle_m, distance_m, self.exponent))


def runner_models(races: Sequence[Race]) -> RunnerModels:
    """The three models of the runner of one or more races.

    The index is the mean of the races', and the exponent is Riegel's for one race.

    Raises:
        OutsideModelError: there is no race, or one is outside the equations.
    """
    if not races:
        raise OutsideModelError("At least one race is needed.")
    distances, times = np.array([[race.distance_m, race.time_s] for race in races]).T
    index = float(performance_index(distances, times).mean())
    exponent, own = (own_exponent(races), True) if len(races) > 1 else (EXPONENT, False)
    curve, why_none = None, ""
    try:
        curve = critical_speed_3(races) if len(races) > 2 else critical_speed(races)  # noqa: PLR2004
    except OutsideModelError as error:
        why_none = str(error)
    return RunnerModels(tuple(races), index, exponent, own, curve, why_none)
