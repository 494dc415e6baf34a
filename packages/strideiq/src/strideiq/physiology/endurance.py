"""How time grows with distance as a power: T2 = T1 (D2 / D1) ^ exponent.

Source: P. S. Riegel, Athletic records and human endurance, American Scientist 69:285, 1981, for
efforts from about three and a half minutes to four hours; the exponent 1.06 is the one that he
first gave for runners (Time predicting, Runner's World, August 1977). A runner's own exponent
follows from two or more races.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.performance import Floats
from strideiq.physiology.races import Race

EXPONENT = 1.06
EXPONENT_MIN, EXPONENT_MAX = 1.0, 1.25
"""Faster over a longer race, or so much slower, and one of the two was not raced."""


def power_law_time_s(
    known_s: ArrayLike, known_m: ArrayLike, distance_m: ArrayLike, exponent: ArrayLike = EXPONENT
) -> Floats:
    """The time over a distance, from one known race."""
    ratio = np.asarray(distance_m, dtype=np.float64) / np.asarray(known_m, dtype=np.float64)
    grown = ratio ** np.asarray(exponent, dtype=np.float64)
    return np.asarray(np.asarray(known_s, dtype=np.float64) * grown)


def own_exponent(races: Sequence[Race]) -> float:
    """The exponent of a runner's own races, by least squares of the logarithms.

    Raises:
        OutsideModelError: the races are over one distance, or too strange to follow a power.
    """
    distance, time = (
        np.log([[race.distance_m, race.time_s] for race in races]).T if races else (None, None)
    )
    if distance is None or time is None or np.ptp(distance) < np.log(1.1):
        raise OutsideModelError("An exponent of one's own takes races over different distances.")
    middle = distance - distance.mean()
    exponent = float((middle * time).sum() / (middle**2).sum())
    if not EXPONENT_MIN < exponent < EXPONENT_MAX:
        raise OutsideModelError(
            "From these races time would grow with distance to the power of %(exponent)s;"
            " between %(least)s and %(most)s both were raced.",
            exponent=f"{exponent:.2f}",
            least=f"{EXPONENT_MIN:g}",
            most=f"{EXPONENT_MAX:g}",
        )
    return exponent
