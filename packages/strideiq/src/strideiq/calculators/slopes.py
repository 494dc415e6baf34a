"""What a slope and a warm day do to a pace: figures, a document, and the cost of slopes drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strideiq.calculators.asked import SlopeQuestion
from strideiq.calculators.inputs import read_number, read_speed_mps
from strideiq.calculators.outside import why
from strideiq.physiology.public import (
    GRADE_MAX,
    HeatCost,
    OutsideModelError,
    grade_factor,
    heat_cost,
)
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

WIDTH, HEIGHT, BOTTOM = 640.0, 220.0, 30.0
GRADE_SHOWN = 0.25
FACTOR_SHOWN = 3.2
CURVE_POINTS = 60


@dataclass(frozen=True)
class Conditions:
    """A pace in seconds per kilometre, and what the slope and the weather make of it."""

    pace_s_per_km: float
    grade: float
    factor: float
    heat: HeatCost
    air_c: float
    humidity_percent: float

    @property
    def flat_s_per_km(self) -> float:
        """The pace on the flat that costs as much as the pace on the slope."""
        return self.pace_s_per_km / self.factor

    @property
    def on_slope_s_per_km(self) -> float:
        """The pace on the slope that costs as much as the pace on the flat."""
        return self.pace_s_per_km * self.factor

    @property
    def in_heat_s_per_km(self) -> tuple[float, float]:
        """What the pace of a cool day becomes, at least and at most."""
        return (
            self.pace_s_per_km * (1 + self.heat.least),
            self.pace_s_per_km * (1 + self.heat.most),
        )


def solve(question: SlopeQuestion, units: str) -> Conditions:
    """What follows from what was typed.

    Raises:
        InvalidInputError: something typed cannot be used; the message says what.
    """
    speed_mps = read_speed_mps(question.pace, units)
    grade = read_number(question.grade, _("grade")) / 100
    if abs(grade) > GRADE_MAX:
        raise InvalidInputError(
            _("Nobody has measured running on a steeper slope than 45 %."),
            next_step=_("give a grade between 45 down and 45 up"),
        )
    air_c = read_number(question.air, _("air temperature"))
    humidity = read_number(question.humidity, _("relative humidity"))
    try:
        heat = heat_cost(air_c, humidity)
    except OutsideModelError as error:
        raise InvalidInputError(why(error), next_step=_("check the weather")) from error
    return Conditions(1000 / speed_mps, grade, float(grade_factor(grade)), heat, air_c, humidity)


def document(found: Conditions) -> dict[str, object]:
    """The whole answer; every figure has its unit in its name."""
    least, most = found.in_heat_s_per_km
    return {
        "inputs": {
            "pace_s_per_km": round(found.pace_s_per_km, 2),
            "grade": found.grade,
            "air_c": found.air_c,
            "humidity_percent": found.humidity_percent,
        },
        "grade_factor": round(found.factor, 4),
        "flat_pace_of_same_cost_s_per_km": round(found.flat_s_per_km, 2),
        "slope_pace_of_same_cost_s_per_km": round(found.on_slope_s_per_km, 2),
        "wet_bulb_globe_c": round(found.heat.wet_bulb_globe_c, 1),
        "pace_in_heat_s_per_km_low": round(least, 2),
        "pace_in_heat_s_per_km_high": round(most, 2),
        "uncertainty": {
            "grade": "runners differ by 7 % on the level and by 9 to 21 % on slopes",
            "heat": "from fast athletes (least) to all finishers of a marathon (most)",
        },
    }


def curve() -> str:
    """The path of the cost over grades from -25 to 25 %."""
    slopes = np.linspace(-GRADE_SHOWN, GRADE_SHOWN, CURVE_POINTS)
    return "M" + "L".join(f"{at[0]} {at[1]}" for at in map(place, slopes.tolist()))


def levels() -> list[tuple[float, str]]:
    """The heights of once, twice and three times the cost of the flat."""
    return [(_y(times), f"{times:g} ×") for times in (1.0, 2.0, 3.0)]  # noqa: RUF001


def place(grade: float) -> tuple[float, float]:
    """Where a grade stands in the picture; a steeper one at its edge."""
    inside = max(-GRADE_SHOWN, min(GRADE_SHOWN, grade))
    factor = min(float(grade_factor(inside)), FACTOR_SHOWN)
    x = WIDTH / 2 + inside / GRADE_SHOWN * (WIDTH / 2 - 12)
    return round(x, 1), _y(factor)


def _y(factor: float) -> float:
    return round(HEIGHT - BOTTOM - factor / FACTOR_SHOWN * (HEIGHT - BOTTOM - 10), 1)
