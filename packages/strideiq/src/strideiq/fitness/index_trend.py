"""The running performance index from day to day: the best effort of the last months; pure.

A race or a hard stretch within a run shows what a runner could do on its day; an easy run shows
nothing. The best of the last ``WINDOW_DAYS`` is therefore taken, and trusted less the older it
is: to the share by which one runner's times differ from day to day, and to ``AGE_SHARE`` for each
day since. The latter is our own assumption: an index that changes by about two per cent in a
hundred days, as it does from season to season.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from strideiq.physiology import public as physiology

Floats = NDArray[np.float64]

WINDOW_DAYS = 120
AGE_SHARE = 0.0002
DISTANCE_MIN_M = physiology.MILE_M
"""Shorter efforts are not run on oxygen alone."""

MARGIN = 1.3
"""So far within the equations' bounds that the range of an effort lies within them too."""


@dataclass(frozen=True)
class RatedEffort:
    """An effort that says something of the index."""

    day: date
    distance_m: float
    time_s: float
    activity_id: UUID


@dataclass(frozen=True)
class IndexTrend:
    """The index of consecutive days from ``first_day``, NaN before anything is known of it.

    ``source`` is the place in ``efforts`` of the effort behind each day, -1 for none; beyond
    ``WINDOW_DAYS`` after the last effort its figure stays, and its uncertainty grows.
    """

    first_day: date
    efforts: list[RatedEffort]
    indices: Floats
    """The index of each effort."""
    value: Floats
    low: Floats
    high: Floats
    source: NDArray[np.intp]

    def at(self, day: date) -> int:
        """The place of a day."""
        return (day - self.first_day).days


def index_trend(efforts: list[RatedEffort], first_day: date, last_day: date) -> IndexTrend:
    """The index of every day from the first to the last; efforts outside the model are left out."""
    rated, indices = _rated(efforts)
    count = (last_day - first_day).days + 1
    source = _sources(rated, indices, first_day, count)
    known = source >= 0
    value, low, high = (np.full(count, np.nan) for _ in range(3))
    if known.any():
        behind = source[known]
        distance = np.array([one.distance_m for one in rated])[behind]
        time = np.array([one.time_s for one in rated])[behind]
        days = np.array([(one.day - first_day).days for one in rated])[behind]
        age = np.flatnonzero(known) - days
        spread = np.hypot(physiology.DAY_SHARE, AGE_SHARE * age)
        value[known] = indices[behind]
        low[known] = _bounded_index(distance, time * np.exp(spread))
        high[known] = _bounded_index(distance, time * np.exp(-spread))
    return IndexTrend(first_day, rated, indices, value, low, high, source)


def index_for_load(trend: IndexTrend) -> Floats:
    """The index that loads are judged by: also what the ``WINDOW_DAYS`` to come have shown.

    Who races in May could run in April; without the race, April's easy runs would look hard.
    """
    count = len(trend.value)
    ahead = np.full(count, -np.inf)
    days = _days(trend.efforts, trend.first_day)
    for place in _best_of_days(trend.indices, days):
        day = days[place]
        ahead[max(day - WINDOW_DAYS, 0) : max(min(day, count), 0)] = trend.indices[place]
    best = np.maximum(ahead, np.nan_to_num(trend.value, nan=-np.inf))
    return np.where(np.isfinite(best), best, np.nan)


def _rated(efforts: list[RatedEffort]) -> tuple[list[RatedEffort], Floats]:
    """The efforts that the equations say something of, oldest first, and the index of each."""
    ordered = sorted(efforts, key=lambda one: (one.day, one.activity_id, one.distance_m))
    if not ordered:
        return [], np.empty(0)
    distance = np.array([one.distance_m for one in ordered])
    minutes = np.array([one.time_s for one in ordered]) / 60
    index = _index(distance, minutes)
    inside = (distance > DISTANCE_MIN_M - 1) & (distance <= physiology.RACE_DISTANCE_MAX_M)
    inside &= (index > physiology.INDEX_MIN * MARGIN) & (index < physiology.INDEX_MAX / MARGIN)
    return [one for one, kept in zip(ordered, inside, strict=True) if kept], index[inside]


def _index(distance_m: Floats, time_min: Floats) -> Floats:
    cost = physiology.oxygen_cost(distance_m / time_min)
    return cost / physiology.sustainable_fraction(time_min)


def _bounded_index(distance_m: Floats, time_s: Floats) -> Floats:
    """The index, or the model's bound where what is known is so old that it says no more."""
    index = _index(distance_m, time_s / 60)
    return np.clip(index, physiology.INDEX_MIN, physiology.INDEX_MAX)


def _days(efforts: list[RatedEffort], first_day: date) -> NDArray[np.intp]:
    first = first_day.toordinal()
    return np.array([one.day.toordinal() - first for one in efforts], dtype=np.intp)


def _best_of_days(indices: Floats, days: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of the best effort of each day, the best of all last, to lie over all others."""
    by_day = np.lexsort((indices, days))
    last = np.flatnonzero(np.diff(days[by_day], append=np.iinfo(np.intp).max))
    best = np.sort(by_day[last])
    return best[np.argsort(indices[best], kind="stable")]


def _sources(
    rated: list[RatedEffort], indices: Floats, first_day: date, count: int
) -> NDArray[np.intp]:
    source = np.full(count, -1, dtype=np.intp)
    days = _days(rated, first_day)
    for place in _best_of_days(indices, days):
        begin = days[place]
        source[max(begin, 0) : max(begin + WINDOW_DAYS, 0)] = place
    # Where the window holds nothing, the newest that was known stays.
    places = np.where(source >= 0, np.arange(count), -1)
    newest = np.maximum.accumulate(places)
    return np.where(newest >= 0, source[newest], -1)
