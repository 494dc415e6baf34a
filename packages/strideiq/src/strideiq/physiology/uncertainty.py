"""How far the equations may be off for one runner; stated as one standard deviation.

Two things make a prediction uncertain. *The day*: the same runner's times in races of one
season differ by 1.2 to 1.9 % among fast runners over the shorter distances, and by more among
slower ones and in longer races (Hopkins and Hewson, Med. Sci. Sports Exerc. 33:1588, 2001).
*Endurance*: how much a runner slows as the distance grows is personal; groups of runners differ
by about 0.03 in the exponent of time over distance (Riegel, American Scientist 69:285, 1981).
A figure close to the race that it comes from is therefore trusted more than one far from it.

Beyond the half marathon the equations lean to the fast side: for half of recreational runners
such a prediction of the marathon was ten minutes or more too fast (Vickers and Vertosick, BMC
Sports Sci. Med. Rehabil. 8:26, 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.performance import Floats

DAY_SHARE = 0.02
"""Standard deviation of the logarithm of a race time from day to day."""

ENDURANCE_EXPONENT = 0.03
"""Standard deviation between runners of the exponent of time over distance."""


@dataclass(frozen=True)
class Estimate:
    """A figure, and the range in which it lies for about two runners in three."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, spread: float) -> Estimate:
        """Spread a positive figure by a standard deviation of its logarithm."""
        return cls(value, value * float(np.exp(-spread)), value * float(np.exp(spread)))


def spread_of_time(known_s: ArrayLike, wanted_s: ArrayLike) -> Floats:
    """Standard deviation of ln(time) for an effort of ``wanted_s``, told from one of ``known_s``.

    The two causes are independent of each other, so their squares add.
    """
    apart = np.log(np.asarray(wanted_s, dtype=np.float64) / np.asarray(known_s, dtype=np.float64))
    return np.asarray(np.hypot(DAY_SHARE, ENDURANCE_EXPONENT * apart))
