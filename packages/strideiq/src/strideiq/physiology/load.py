"""How much a session was, and what the days add up to.

*Session load* is told on one scale, on which an hour at threshold is 100.

- By pace, where there is one: hours times the square of the intensity, the normalised
  grade-adjusted speed over the speed at threshold (A. Coggan's training stress score as S.
  McGregor carried it over to running: McGregor and Fitzgerald, The Runner's Edge, 2010).
- By heart rate otherwise: the training impulse of E. W. Banister (in Physiological Testing of
  Elite Athletes, 1991): minutes, times the share of the heart's reserve, times 0.64 e^(1.92
  share), or 0.86 e^(1.67 share) for women; divided by that of an hour at threshold.

*Fitness, fatigue and form*: exponentially weighted means of daily load over 42 and 7 days
(E. W. Banister et al., Aust. J. Sports Med. 7:57, 1975, with A. Coggan's names and time
constants); form is yesterday's fitness less yesterday's fatigue. *Monotony* is the mean daily
load of a week over its standard deviation, and *strain* the week's load times monotony (C.
Foster, Med. Sci. Sports Exerc. 30:1164, 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.paces import THRESHOLD_FRACTION
from strideiq.physiology.performance import Floats, speed_at_cost

FITNESS_DAYS, FATIGUE_DAYS = 42.0, 7.0
WEEK_DAYS = 7
IMPULSE = {"men": (0.64, 1.92), "women": (0.86, 1.67)}


@dataclass(frozen=True)
class Balance:
    """Fitness, fatigue and form of each day, after its training; form is before it."""

    fitness: Floats
    fatigue: Floats
    form: Floats


def threshold_speed_mps(index: ArrayLike) -> Floats:
    """The speed that costs the threshold's share of a running performance index."""
    cost = THRESHOLD_FRACTION * np.asarray(index, dtype=np.float64)
    return np.asarray(speed_at_cost(cost) / 60, dtype=np.float64)


def load_by_pace(
    running_s: ArrayLike, normalised_speed_mps: ArrayLike, threshold_mps: ArrayLike
) -> Floats:
    """Session load from pace: 100 for an hour at threshold."""
    threshold = np.asarray(threshold_mps, dtype=np.float64)
    intensity = np.asarray(normalised_speed_mps, dtype=np.float64) / threshold
    return np.asarray(running_s, dtype=np.float64) / 3600 * intensity**2 * 100


def impulse(running_s: ArrayLike, reserve_share: ArrayLike, constants: str = "men") -> Floats:
    """Banister's training impulse, from the share of the heart's reserve."""
    factor, rate = IMPULSE[constants]
    share = np.clip(np.asarray(reserve_share, dtype=np.float64), 0.0, 1.0)
    return np.asarray(running_s, dtype=np.float64) / 60 * share * factor * np.exp(rate * share)


def load_by_heart_rate(
    running_s: ArrayLike, reserve_share: ArrayLike, constants: str = "men"
) -> Floats:
    """Session load from heart rate: 100 for an hour at threshold.

    The share of the heart's reserve is close to the share of the oxygen's (D. P. Swain and B. C.
    Leutholtz, Med. Sci. Sports Exerc. 29:410, 1997), so threshold is at the same 0.88 of both.
    """
    return (
        100
        * impulse(running_s, reserve_share, constants)
        / impulse(3600, THRESHOLD_FRACTION, constants)
    )


def reserve_share(heart_rate_bpm: ArrayLike, resting_bpm: ArrayLike, max_bpm: ArrayLike) -> Floats:
    """How much of the heart's reserve is used, from 0 at rest to 1 at its greatest rate.

    Raises:
        OutsideModelError: the greatest rate is not above the resting one.
    """
    rest, most = np.asarray(resting_bpm, dtype=np.float64), np.asarray(max_bpm, dtype=np.float64)
    if np.any(most <= rest):
        raise OutsideModelError("A greatest heart rate is above the resting one.")
    return np.asarray((np.asarray(heart_rate_bpm, dtype=np.float64) - rest) / (most - rest))


def exponential_mean(
    daily: ArrayLike, time_constant_days: float, before: ArrayLike = 0.0
) -> Floats:
    """The exponentially weighted mean after each day, along the first axis.

    Exact by the day: ``m += (load - m) (1 - e^(-1/T))``, from ``before`` the first day.
    """
    loads = np.asarray(daily, dtype=np.float64)
    gain = -np.expm1(-1 / time_constant_days)
    means = np.empty_like(loads)
    mean = np.asarray(before, dtype=np.float64)
    for day, load in enumerate(loads):
        mean = mean + (load - mean) * gain
        means[day] = mean
    return means


def balance(daily: ArrayLike) -> Balance:
    """Fitness, fatigue and form of consecutive days that begin before any training."""
    fitness = exponential_mean(daily, FITNESS_DAYS)
    fatigue = exponential_mean(daily, FATIGUE_DAYS)
    form = np.zeros_like(fitness)
    form[1:] = fitness[:-1] - fatigue[:-1]
    return Balance(fitness, fatigue, form)


def monotony(daily: ArrayLike) -> Floats:
    """Of each day, the mean load of the week that it ends over its standard deviation.

    NaN in the first six days, and where all seven days are the same: then it has no figure. The
    deviation is that of the seven days themselves, none being a sample of others.
    """
    weeks, found = _weeks(daily)
    deviation = weeks.std(axis=-1)
    varied = deviation > 1e-9  # noqa: PLR2004  rounding, not training
    found[WEEK_DAYS - 1 :] = np.divide(
        weeks.mean(axis=-1), deviation, out=np.full(len(weeks), np.nan), where=varied
    )
    return found


def strain(daily: ArrayLike) -> Floats:
    """Of each day, the load of the week that it ends times its monotony."""
    weeks, found = _weeks(daily)
    found[WEEK_DAYS - 1 :] = weeks.sum(axis=-1)
    return found * monotony(daily)


def _weeks(daily: ArrayLike) -> tuple[Floats, Floats]:
    loads = np.asarray(daily, dtype=np.float64)
    nothing = np.full(len(loads), np.nan)
    if len(loads) < WEEK_DAYS:
        return np.empty((0, WEEK_DAYS)), nothing
    return np.lib.stride_tricks.sliding_window_view(loads, WEEK_DAYS), nothing
