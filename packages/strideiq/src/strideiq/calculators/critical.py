"""Critical speed from two or more efforts: figures, a document, and the curve drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strideiq.calculators.clock import clock
from strideiq.calculators.outside import why
from strideiq.physiology.public import (
    CriticalSpeed,
    OutsideModelError,
    Race,
    critical_speed,
    critical_speed_3,
)
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

WIDTH, HEIGHT, LEFT, BOTTOM = 640.0, 300.0, 56.0, 34.0
CURVE_POINTS = 80
PREDICTED_M = {
    "800 m": 800.0,
    "1 km": 1000.0,
    "1500 m": 1500.0,
    "3 km": 3000.0,
    "5 km": 5000.0,
    "10 km": 10_000.0,
}


@dataclass(frozen=True)
class Fits:
    """The line through the efforts and, from three on, the curve with a greatest speed."""

    efforts: list[Race]
    line: CriticalSpeed
    curve: CriticalSpeed | None
    why_none: str

    @property
    def best(self) -> CriticalSpeed:
        """The curve, when there are more efforts than it has parameters; else the line."""
        return self.curve if self.curve is not None and self.curve.spare > 0 else self.line


@dataclass(frozen=True)
class Picture:
    """Speed over time: the fitted curve, the efforts and the critical speed as a level."""

    curve: str
    level_y: float
    points: list[tuple[float, float]]
    times: list[tuple[float, str]]
    paces: list[tuple[float, str]]
    words: str


def solve(efforts: list[Race]) -> Fits:
    """Both fits of the efforts.

    Raises:
        InvalidInputError: the efforts give no line; the message says why.
    """
    try:
        line = critical_speed(efforts)
    except OutsideModelError as error:
        raise InvalidInputError(
            why(error), next_step=_("give two or more hard efforts of 2 to 30 minutes")
        ) from error
    try:
        return Fits(efforts, line, critical_speed_3(efforts), "")
    except OutsideModelError as error:
        return Fits(efforts, line, None, why(error))


def predicted(fits: Fits) -> list[tuple[str, float, str]]:
    """The name, length and time of distances that the line tells, shortest first."""
    times = fits.line.time_over(np.array(list(PREDICTED_M.values())))
    return [
        (name, distance_m, clock(float(time)))
        for (name, distance_m), time in zip(PREDICTED_M.items(), times, strict=True)
        if np.isfinite(time)
    ]


def document(fits: Fits) -> dict[str, object]:
    """The whole answer; every figure has its unit in its name."""
    return {
        "inputs": [{"distance_m": one.distance_m, "time_s": one.time_s} for one in fits.efforts],
        "two_parameters": _fit(fits.line),
        "three_parameters": _fit(fits.curve) if fits.curve else {"missing_because": fits.why_none},
        "predicted": [
            {"race": name, "distance_m": distance_m, "time": time}
            for name, distance_m, time in predicted(fits)
        ],
        "uncertainty": {"meaning": "errors are one standard deviation"},
    }


def picture(fits: Fits, per_m: float) -> Picture:
    """The curve of speed over time, paces told per this length."""
    fit = fits.best
    times = np.array([one.time_s for one in fits.efforts])
    low_s, high_s = float(times.min()) * 0.7, float(times.max()) * 1.3
    at = np.geomspace(low_s, high_s, CURVE_POINTS)
    speeds = fit.distance_after(at) / at
    known = np.array([one.distance_m / one.time_s for one in fits.efforts])
    bottom, top = min(fit.speed_mps, known.min()) * 0.97, max(speeds.max(), known.max()) * 1.02

    def x(time_s: float) -> float:
        share = np.log(time_s / low_s) / np.log(high_s / low_s)
        return round(float(LEFT + share * (WIDTH - LEFT - 8)), 1)

    def y(speed: float) -> float:
        share = (speed - bottom) / (top - bottom)
        return round(float(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 8)), 1)

    curve = "M" + "L".join(f"{x(t)} {y(v)}" for t, v in zip(at, speeds, strict=True))
    ticks = [s for s in (60, 120, 180, 300, 600, 1200, 1800, 3600) if low_s <= s <= high_s]
    return Picture(
        curve=curve,
        level_y=y(fit.speed_mps),
        points=[(x(one.time_s), y(one.distance_m / one.time_s)) for one in fits.efforts],
        times=[(x(second), f"{second // 60} min") for second in ticks],
        paces=[(y(v), clock(per_m / v)) for v in np.linspace(bottom, top, 5)[1:-1].tolist()],
        words=f"speed over time falls towards {clock(per_m / fit.speed_mps)}",
    )


def _fit(fit: CriticalSpeed) -> dict[str, object]:
    fastest = fit.max_speed_mps
    return {
        "critical_speed_mps": round(fit.speed_mps, 4),
        "critical_speed_error_mps": round(fit.speed_error_mps, 4),
        "critical_pace_s_per_km": round(1000 / fit.speed_mps, 2),
        "distance_above_m": round(fit.distance_m, 1),
        "distance_above_error_m": round(fit.distance_error_m, 1),
        "max_speed_mps": None if fastest is None else round(fastest, 3),
        "misfit_share_of_distance": round(fit.misfit, 5),
        "spare_efforts": fit.spare,
    }
