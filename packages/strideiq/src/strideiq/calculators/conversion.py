"""One speed in every unit, and how long the usual distances take at it."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.calculators.clock import clock
from strideiq.physiology.public import MILE_M, RACE_DISTANCES_M, oxygen_cost

LAP_M = 400.0


@dataclass(frozen=True)
class Converted:
    """A speed in m/s, in the units that people use."""

    speed_mps: float

    @property
    def paces(self) -> list[tuple[str, str]]:
        """Paces: the figure and its unit."""
        return [
            (clock(1000 / self.speed_mps, 1), "/km"),
            (clock(MILE_M / self.speed_mps, 1), "/mi"),
            (clock(LAP_M / self.speed_mps, 1), "/400 m"),
        ]

    @property
    def speeds(self) -> list[tuple[str, str]]:
        """Speeds: the figure and its unit."""
        return [
            (f"{self.speed_mps * 3.6:.2f}", "km/h"),
            (f"{self.speed_mps * 3600 / MILE_M:.2f}", "mph"),
            (f"{self.speed_mps:.3f}", "m/s"),
            (f"{self.speed_mps * 60:.1f}", "m/min"),
        ]

    @property
    def times(self) -> list[tuple[str, str]]:
        """The usual distances, and how long each takes at this speed."""
        return [
            (name, clock(distance_m / self.speed_mps))
            for name, distance_m in RACE_DISTANCES_M.items()
        ]

    @property
    def oxygen_ml_per_kg_min(self) -> float:
        """What running so fast on the flat costs."""
        return float(oxygen_cost(60 * self.speed_mps))


def document(found: Converted) -> dict[str, object]:
    """The whole answer; every figure has its unit in its name."""
    return {
        "speed_mps": round(found.speed_mps, 4),
        "speed_km_per_h": round(found.speed_mps * 3.6, 3),
        "speed_mi_per_h": round(found.speed_mps * 3600 / MILE_M, 3),
        "pace_s_per_km": round(1000 / found.speed_mps, 2),
        "pace_s_per_mile": round(MILE_M / found.speed_mps, 2),
        "lap_s_per_400_m": round(LAP_M / found.speed_mps, 2),
        "oxygen_ml_per_kg_min": round(found.oxygen_ml_per_kg_min, 2),
        "times_s": {
            name: round(distance_m / found.speed_mps, 1)
            for name, distance_m in RACE_DISTANCES_M.items()
        },
    }
