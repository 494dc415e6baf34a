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
from itertools import compress
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from strideiq.physiology import public as physiology

Floats = NDArray[np.float64]

WINDOW_DAYS = 120
AGE_SHARE = 0.0002
DISTANCE_MIN_M = physiology.MILE_M - 1
"""Shorter efforts are not run on oxygen alone."""

DISTANCE_MAX_M = physiology.RACE_DISTANCE_MAX_M

MARGIN = 1.3
"""So far within the equations' bounds that the range of an effort lies within them too."""

RATED_MIN, RATED_MAX = physiology.INDEX_MIN * MARGIN, physiology.INDEX_MAX / MARGIN


class RatedEffort(NamedTuple):
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
    """The index of every day from the first to the last; efforts outside the model are left out.

    Of the efforts of one day the best alone tells, so that no other needs to be given.
    """
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
    bests = _bests(trend.efforts, trend.indices, trend.first_day, len(trend.value))
    ahead = _windows(np.append(bests.index[1:], np.full(WINDOW_DAYS, -np.inf))).max(axis=1)
    best = np.maximum(ahead[bests.asked], np.nan_to_num(trend.value, nan=-np.inf))
    return np.where(np.isfinite(best), best, np.nan)


def _rated(efforts: list[RatedEffort]) -> tuple[list[RatedEffort], Floats]:
    """The efforts that the equations say something of, oldest first, and the index of each."""
    ordered = sorted(efforts)
    if not ordered:
        return [], np.empty(0)
    _, distances, times, _ = zip(*ordered, strict=True)
    distance, time_s = np.array(distances), np.array(times)
    index: Floats = physiology.index_over(distance, time_s, np.exp)
    inside = (distance >= DISTANCE_MIN_M) & (distance <= DISTANCE_MAX_M)
    inside &= (index > RATED_MIN) & (index < RATED_MAX)
    return list(compress(ordered, inside)), index[inside]


def _bounded_index(distance_m: Floats, time_s: Floats) -> Floats:
    """The index, or the model's bound where what is known is so old that it says no more."""
    index: Floats = physiology.index_over(distance_m, time_s, np.exp)
    return index.clip(physiology.INDEX_MIN, physiology.INDEX_MAX)


@dataclass(frozen=True)
class _Bests:
    """The best effort of each day, over all days that are asked for or have an effort."""

    index: Floats
    """-inf on a day without one."""
    place: NDArray[np.intp]
    """Its place among the efforts."""
    asked: slice
    """Where the days lie that are asked for."""


def _bests(efforts: list[RatedEffort], indices: Floats, first_day: date, count: int) -> _Bests:
    first = first_day.toordinal()
    days = np.array([one.day.toordinal() - first for one in efforts], dtype=np.intp)
    before = max(-int(days.min(initial=0)), 0)
    length = before + max(count, int(days.max(initial=0)) + 1)
    index, place = np.full(length, -np.inf), np.full(length, -1, dtype=np.intp)
    by_index = np.argsort(indices, kind="stable")
    # The better one is laid over the others of its day.
    index[before + days[by_index]] = indices[by_index]
    place[before + days[by_index]] = by_index
    return _Bests(index, place, slice(before, before + count))


def _windows(daily: Floats) -> Floats:
    """Of each day the ``WINDOW_DAYS`` that begin with it, as long as there are so many."""
    return np.lib.stride_tricks.sliding_window_view(daily, WINDOW_DAYS)


def _sources(
    rated: list[RatedEffort], indices: Floats, first_day: date, count: int
) -> NDArray[np.intp]:
    bests = _bests(rated, indices, first_day, count)
    windows = _windows(np.append(np.full(WINDOW_DAYS - 1, -np.inf), bests.index))
    days_ago = windows[:, ::-1].argmax(axis=1)  # the newest of several that are as good
    day = np.arange(len(bests.index)) - days_ago
    known = np.isfinite(windows.max(axis=1))
    # Where the window holds nothing, the newest that was known stays.
    newest = np.maximum.accumulate(np.where(known, np.arange(len(day)), -1))
    source = np.where(newest >= 0, bests.place[day[newest]], -1)
    return source[bests.asked]
