"""What a goal asks for: by its distance, and by how much the runner has run before."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.training.planning.request import Experience

HALF_MARATHON_M, MARATHON_M = 21_097.5, 42_195.0
TEN_KILOMETRES_M = 10_000.0
CLOSE = 1.05
"""A course a little longer than its name is still trained for as the name says."""

LONGEST_MIN = {"short": 100, "ten": 110, "half": 140, "marathon": 180, "ultra": 240}
"""Minutes that a long run takes at most, by what is trained for."""


@dataclass(frozen=True)
class Demands:
    """What training for a distance comes to."""

    name: str
    weeks_min: int
    taper_weeks: int
    peak_week_m: dict[Experience, float]
    """What the greatest week grows towards; a runner who runs more already goes on with that."""
    long_run_max_m: float
    long_run_needed_m: float
    """Whoever cannot come to a run this long is not ready for the distance."""
    long_share: float
    """The long run's part of a week with many runs."""

    @property
    def long_run_max_s(self) -> float:
        """However slowly somebody runs, a longer run costs more than it gives."""
        return LONGEST_MIN[self.name] * 60


def _peaks(new_m: float, regular_m: float, experienced_m: float) -> dict[Experience, float]:
    return {"new": new_m, "regular": regular_m, "experienced": experienced_m}


SHORT = Demands("short", 4, 1, _peaks(28_000, 45_000, 75_000), 18_000, 4_000, 0.35)
TEN = Demands("ten", 5, 1, _peaks(34_000, 52_000, 85_000), 22_000, 7_500, 0.35)
HALF = Demands("half", 7, 2, _peaks(42_000, 60_000, 95_000), 26_000, 13_000, 0.35)
MARATHON = Demands("marathon", 11, 3, _peaks(55_000, 72_000, 110_000), 34_000, 24_000, 0.35)
ULTRA = Demands("ultra", 13, 3, _peaks(62_000, 80_000, 120_000), 42_000, 30_000, 0.40)


def demands_of(distance_m: float) -> Demands:
    """What a race over this distance asks for."""
    for longest_m, demands in (
        (TEN_KILOMETRES_M / 2, SHORT),
        (TEN_KILOMETRES_M, TEN),
        (HALF_MARATHON_M, HALF),
        (MARATHON_M, MARATHON),
    ):
        if distance_m <= longest_m * CLOSE:
            return demands
    return ULTRA
