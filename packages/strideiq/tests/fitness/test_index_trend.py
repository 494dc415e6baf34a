"""The index from day to day is the best of the last months, trusted less the older it is."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest

from strideiq.fitness.index_trend import (
    WINDOW_DAYS,
    IndexTrend,
    RatedEffort,
    index_for_load,
    index_trend,
)
from strideiq.physiology import public as physiology

FIRST = date(2026, 1, 1)
RUN = UUID(int=1)


def raced(day: int, index: float, distance_m: float = 5000) -> RatedEffort:
    time_s = float(physiology.race_time_s(index, distance_m))
    return RatedEffort(FIRST + timedelta(days=day), distance_m, time_s, RUN)


def trend(*efforts: RatedEffort, days: int = 400) -> IndexTrend:
    return index_trend(list(efforts), FIRST, FIRST + timedelta(days=days - 1))


def test_before_the_first_effort_nothing_is_known() -> None:
    found = trend(raced(10, 45.0))
    assert np.isnan(found.value[:10]).all()
    assert found.value[10] == pytest.approx(45.0)


def test_a_better_effort_counts_at_once_and_a_worse_one_when_the_better_is_old() -> None:
    found = trend(raced(0, 45.0), raced(30, 48.0), raced(60, 46.0, 10_000))
    assert found.value[29] == pytest.approx(45.0)
    assert found.value[30] == found.value[60] == pytest.approx(48.0)
    assert found.value[30 + WINDOW_DAYS - 1] == pytest.approx(48.0)
    assert found.value[30 + WINDOW_DAYS] == pytest.approx(46.0)


def test_without_anything_newer_the_last_figure_stays_and_is_trusted_less_and_less() -> None:
    found = trend(raced(0, 45.0))
    assert found.value == pytest.approx(45.0)
    width = found.high - found.low
    assert (np.diff(width) > 0).all()
    race = physiology.Race(found.efforts[0].distance_m, found.efforts[0].time_s)
    fresh = physiology.index_of_race(race)
    assert (found.low[0], found.high[0]) == pytest.approx((fresh.low, fresh.high))


@pytest.mark.parametrize("index", [14.0, 45.0, 75.0])
def test_of_what_is_many_years_old_the_range_ends_at_the_bounds_of_the_model(index: float) -> None:
    found = trend(raced(0, index), days=40_000)
    assert found.value == pytest.approx(index)
    assert (found.low[-1], found.high[-1]) == (physiology.INDEX_MIN, physiology.INDEX_MAX)


def test_efforts_that_say_nothing_of_the_index_are_left_out() -> None:
    sprint = RatedEffort(FIRST, 400, 60, RUN)
    car = RatedEffort(FIRST, 10_000, 600, RUN)
    stroll = RatedEffort(FIRST, 5000, 9000, RUN)
    assert trend(sprint, car, stroll).efforts == []


def test_loads_before_a_race_are_judged_by_what_the_race_shows() -> None:
    found = trend(raced(0, 30.0), raced(100, 48.0))
    judged = index_for_load(found)
    assert judged[50] == pytest.approx(48.0)
    assert found.value[50] == pytest.approx(30.0)


def test_the_trend_is_what_a_brute_force_over_all_days_finds() -> None:
    rng = np.random.default_rng(5)
    efforts = [
        RatedEffort(
            FIRST + timedelta(days=int(rng.integers(0, 700))),
            float(rng.choice([3000, 5000, 10_000])),
            float(rng.uniform(900, 3600)),
            uuid4(),
        )
        for _ in range(150)
    ]
    found = trend(*efforts, days=900)
    rated = list(zip(found.efforts, found.indices, strict=True))
    newest: float | None = None
    for place in range(900):
        day = FIRST + timedelta(days=place)
        ages = [((day - one.day).days, index) for one, index in rated]
        inside = [index for age, index in ages if 0 <= age < WINDOW_DAYS]
        newest = max(inside) if inside else newest
        assert newest is None or found.value[place] == pytest.approx(newest)
