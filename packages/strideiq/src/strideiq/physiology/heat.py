"""What heat costs, as a range: nobody can say it to the second for one runner.

The least it costs: results of 7,867 athletes in 1,258 races were best between 7.5 and 15 degrees
of wet-bulb globe temperature, and fell by 0.3 to 0.4 % for each degree outside of that (Mantzios
et al., Med. Sci. Sports Exerc. 54:153, 2022). These athletes were fast. The most: all finishers
of the Boston Marathon from 1897 to 2018 were 1 min 53 s slower for each degree of the air
(Nikolaidis et al., Medicina 55:34, 2019), which is about 0.85 % of their usual three and a half
to four hours. Slower runners are out for longer, in larger groups, and lose more (Ely et al.,
Med. Sci. Sports Exerc. 39:487, 2007).

Wet-bulb globe temperature from air temperature and humidity, in fairly strong sun and a light
wind: American College of Sports Medicine, Med. Sci. Sports Exerc. 16:ix, 1984, in the form that
the Australian Bureau of Meteorology gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.performance import Floats

COMFORT_MAX_C = 15.0
"""Wet-bulb globe temperature above which results fell."""

SHARE_PER_C_LEAST, SHARE_PER_C_MOST = 0.003, 0.0085
"""By how much a time grows for each degree above."""

AIR_MIN_C, AIR_MAX_C = -20.0, 50.0


@dataclass(frozen=True)
class HeatCost:
    """By what share of the time heat slows: at least, and at most."""

    wet_bulb_globe_c: float
    least: float
    most: float


def wet_bulb_globe_c(air_c: ArrayLike, humidity_percent: ArrayLike) -> Floats:
    """Wet-bulb globe temperature in the sun, from the air's temperature and relative humidity."""
    air = np.asarray(air_c, dtype=np.float64)
    vapour_hpa = np.asarray(humidity_percent) / 100 * 6.105 * np.exp(17.27 * air / (237.7 + air))
    return np.asarray(0.567 * air + 0.393 * vapour_hpa + 3.94)


def heat_shares(wet_bulb_globe: ArrayLike) -> tuple[Floats, Floats]:
    """The least and the greatest share of the time that heat adds, at these temperatures."""
    above = np.maximum(np.asarray(wet_bulb_globe, dtype=np.float64) - COMFORT_MAX_C, 0.0)
    return SHARE_PER_C_LEAST * above, SHARE_PER_C_MOST * above


def heat_cost(air_c: float, humidity_percent: float) -> HeatCost:
    """What the weather of a day costs.

    Raises:
        OutsideModelError: nobody runs in such air, or there is none.
    """
    if not AIR_MIN_C <= air_c <= AIR_MAX_C:
        raise OutsideModelError(
            "An air temperature lies between %(least)s and %(most)s °C.",
            least=f"{AIR_MIN_C:g}",
            most=f"{AIR_MAX_C:g}",
        )
    if not 0 <= humidity_percent <= 100:  # noqa: PLR2004  a percentage
        raise OutsideModelError("A relative humidity lies between 0 and 100 %.")
    temperature = float(wet_bulb_globe_c(air_c, humidity_percent))
    least, most = heat_shares(temperature)
    return HeatCost(temperature, float(least), float(most))
