"""Whether something went up or down: the only rules by which the tools tell a trend; pure.

Of single values that scatter (runs, mornings) the test of Mann and Kendall decides (M. Kendall,
Rank Correlation Methods, 1975), two-sided at 5 %, and the slope is the median of all slopes
between two of them (P. Sen, J. American Statistical Association 63:1379, 1968). What is not
significant is told as flat only where the slope is small and known to be; else nothing is told.
Sums and smoothed figures have no scatter: they changed when they differ by more than a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from strideiq.coach.checking.evidence import Direction

Floats = NDArray[np.float64]

VALUES_MIN = 8
"""Of fewer values there is no trend."""
LEVEL = 0.05
FLAT_SHARE = 0.02
"""A change over the whole time of less than this share of the middle is none."""
FLAT_VALUES_MIN = 15
VALUES_MAX = 240
"""Of more values so many decide, spread evenly over the days: every two of them are compared."""


def direction_of_values(days: Sequence[float], values: Sequence[float]) -> Direction | None:
    """Where scattered values went over their days; None where that cannot be told."""
    if len(values) < VALUES_MIN:
        return None
    order = np.argsort(np.asarray(days), kind="stable")
    if len(order) > VALUES_MAX:
        order = order[np.linspace(0, len(order) - 1, VALUES_MAX).round().astype(int)]
    x, y = (np.asarray(some, dtype=np.float64)[order] for some in (days, values))
    score, chance = _mann_kendall(y)
    if chance < LEVEL:
        return "up" if score > 0 else "down"
    change = slope_per_day(x, y) * float(np.ptp(x))
    small = abs(change) < FLAT_SHARE * abs(float(np.median(y)))
    return "flat" if small and len(values) >= FLAT_VALUES_MIN else None


def direction_of_change(before: float, after: float, share: float, least: float = 0.0) -> Direction:
    """Whether a sum or a smoothed figure changed by more than a share, and more than a least."""
    change = after - before
    if abs(change) <= max(share * abs(before), least):
        return "flat"
    return "up" if change > 0 else "down"


def slope_per_day(days: Floats, values: Floats) -> float:
    """The median of the slopes between every two values."""
    first, second = np.triu_indices(len(values), 1)
    apart = days[second] - days[first]
    known = apart != 0
    if not known.any():
        return 0.0
    return float(np.median((values[second] - values[first])[known] / apart[known]))


def _mann_kendall(values: Floats) -> tuple[float, float]:
    """How many pairs go up less how many go down, and how often chance gives as much."""
    count = len(values)
    first, second = np.triu_indices(count, 1)
    score = float(np.sign(values[second] - values[first]).sum())
    _, ties = np.unique(values, return_counts=True)
    variance = (
        count * (count - 1) * (2 * count + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())
    ) / 18
    if variance <= 0 or score == 0:
        return score, 1.0
    return score, erfc((abs(score) - 1) / sqrt(variance) / sqrt(2))
