"""The running performance index (RPI): one number for what a race time says of a runner.

All functions are vectorised: they take numbers or numpy arrays that broadcast together.
Source of both equations: J. Daniels and J. Gilbert, Oxygen Power, 1979; speed v in metres per
minute, time t in minutes, oxygen in millilitres per kilogram and minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from strideiq.physiology.errors import OutsideModelError

Floats = NDArray[np.float64]

COST_AT_REST, COST_LINEAR, COST_SQUARE = -4.60, 0.182258, 0.000104
FRACTION_FLOOR = 0.8
SLOW_SHARE, SLOW_RATE = 0.1894393, 0.012778
FAST_SHARE, FAST_RATE = 0.2989558, 0.1932605
FRACTION_CEILING = FRACTION_FLOOR + SLOW_SHARE + FAST_SHARE
"""What the sustainable fraction starts from, at a time of nought."""

INDEX_MIN, INDEX_MAX = 10.0, 100.0
"""From a slow walk to beyond every human; outside of it, an input was mistyped."""

RACE_DISTANCE_MIN_M, RACE_DISTANCE_MAX_M = 800.0, 100_000.0
"""A shorter race is not run on oxygen; in a longer one, sleep and food decide."""

BISECTIONS = 60
"""Halvings of a bracket of hours that leave less than a nanosecond."""


def oxygen_cost(speed_m_per_min: ArrayLike) -> Floats:
    """Oxygen that running at a speed on the flat costs, in ml/kg/min."""
    cost: Floats = _cost(np.asarray(speed_m_per_min, dtype=np.float64))
    return cost


def speed_at_cost(oxygen_ml_per_kg_min: ArrayLike) -> Floats:
    """Speed in m/min that costs this much oxygen: the inverse of ``oxygen_cost``."""
    oxygen = np.asarray(oxygen_ml_per_kg_min, dtype=np.float64)
    root = np.sqrt(COST_LINEAR**2 - 4 * COST_SQUARE * (COST_AT_REST - oxygen))
    return np.asarray((root - COST_LINEAR) / (2 * COST_SQUARE))


def sustainable_fraction(time_min: ArrayLike) -> Floats:
    """Fraction of the greatest oxygen uptake that can be kept up for a time in minutes."""
    fraction: Floats = _fraction(np.asarray(time_min, dtype=np.float64), np.exp)
    return fraction


def index_over(distance_m: Any, time_s: Any, exp: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """RPI over whatever can be reckoned with: arrays, or columns that a database reckons with.

    ``exp`` is the exponential function over the same. No bounds are asked for.
    """
    time_min = time_s / 60.0
    return _cost(distance_m / time_min) / _fraction(time_min, exp)


def performance_index(distance_m: ArrayLike, time_s: ArrayLike) -> Floats:
    """RPI that a race time over a distance shows: oxygen cost over sustainable fraction.

    Raises:
        OutsideModelError: the distance is no race's, or no human has run that fast or slowly.
    """
    distance = _race_distance(distance_m)
    time = np.asarray(time_s, dtype=np.float64)
    if not np.all((time > 0) & np.isfinite(time)):
        raise OutsideModelError("A race time is longer than nothing.")
    index: Floats = index_over(distance, time, np.exp)
    if np.any(index > INDEX_MAX):
        raise OutsideModelError("That is faster than any human has run this distance.")
    if np.any(index < INDEX_MIN):
        raise OutsideModelError("That is slower than walking; the equations are about running.")
    return index


def race_time_s(index: ArrayLike, distance_m: ArrayLike) -> Floats:
    """Time in seconds in which a runner of this RPI races a distance.

    Solves ``performance_index(distance, time) = index`` by bisection. The index falls strictly
    as the time grows (the cost of the speed falls faster than the fraction at every time), so
    there is one solution; and the fraction lies between its floor and its ceiling, so the two
    speeds that cost these shares of the index bracket it.

    Raises:
        OutsideModelError: the index or the distance is outside the model.
    """
    index, distance = np.broadcast_arrays(_index(index), _race_distance(distance_m))
    shortest = distance / speed_at_cost(index * FRACTION_CEILING)
    longest = distance / speed_at_cost(index * FRACTION_FLOOR)
    for _ in range(BISECTIONS):
        middle = (shortest + longest) / 2
        too_fast = oxygen_cost(distance / middle) > index * sustainable_fraction(middle)
        shortest = np.where(too_fast, middle, shortest)
        longest = np.where(too_fast, longest, middle)
    return np.asarray(30 * (shortest + longest))


def sustainable_time_min(fraction: ArrayLike) -> Floats:
    """Minutes for which a fraction can be kept up: the inverse of ``sustainable_fraction``.

    Raises:
        OutsideModelError: the fraction is not between the model's floor and its ceiling.
    """
    fraction = np.asarray(fraction, dtype=np.float64)
    if not np.all((fraction > FRACTION_FLOOR) & (fraction < FRACTION_CEILING)):
        raise OutsideModelError(
            "A fraction between %(least)s and %(most)s has a time.",
            least=f"{FRACTION_FLOOR:.2f}",
            most=f"{FRACTION_CEILING:.2f}",
        )
    # Both terms fall no faster than the fast one and no slower than the slow one alone.
    excess = (fraction - FRACTION_FLOOR) / (SLOW_SHARE + FAST_SHARE)
    shortest, longest = -np.log(excess) / FAST_RATE, -np.log(excess) / SLOW_RATE
    for _ in range(BISECTIONS):
        middle = (shortest + longest) / 2
        too_short = sustainable_fraction(middle) > fraction
        shortest = np.where(too_short, middle, shortest)
        longest = np.where(too_short, longest, middle)
    return np.asarray((shortest + longest) / 2)


def _cost(speed: Any) -> Any:  # noqa: ANN401  see ``index_over``
    return COST_AT_REST + COST_LINEAR * speed + COST_SQUARE * (speed * speed)


def _fraction(time_min: Any, exp: Callable[[Any], Any]) -> Any:  # noqa: ANN401  the same
    return (
        FRACTION_FLOOR
        + SLOW_SHARE * exp(-SLOW_RATE * time_min)
        + FAST_SHARE * exp(-FAST_RATE * time_min)
    )


def _index(index: ArrayLike) -> Floats:
    checked = np.asarray(index, dtype=np.float64)
    if not np.all((checked >= INDEX_MIN) & (checked <= INDEX_MAX)):
        raise OutsideModelError(
            "A running performance index lies between %(least)s and %(most)s.",
            least=f"{INDEX_MIN:g}",
            most=f"{INDEX_MAX:g}",
        )
    return checked


def _race_distance(distance_m: ArrayLike) -> Floats:
    checked = np.asarray(distance_m, dtype=np.float64)
    if not np.all((checked >= RACE_DISTANCE_MIN_M) & (checked <= RACE_DISTANCE_MAX_M)):
        raise OutsideModelError(
            "The equations hold for races from %(least)s m to %(most)s km.",
            least=f"{RACE_DISTANCE_MIN_M:g}",
            most=f"{RACE_DISTANCE_MAX_M / 1000:g}",
        )
    return checked
