from __future__ import annotations

import numpy as np
import pytest

from strideiq.wellness.relations import (
    LEVEL,
    PAIRS_MIN,
    Floats,
    Relation,
    TooLittle,
    adjusted,
    detrended,
    relate,
    without,
)


def noise(rng: np.random.Generator, count: int, memory: float = 0.6) -> Floats:
    """Days that resemble the day before, with a standard deviation of 1."""
    fresh = rng.normal(0, np.sqrt(1 - memory**2), count)
    values = np.empty(count)
    values[0] = rng.normal()
    for day in range(1, count):
        values[day] = memory * values[day - 1] + fresh[day]
    return values


def test_a_relation_that_is_there_is_found_with_its_size_and_its_lag() -> None:
    rng = np.random.default_rng(1)
    sleep = 7.2 + 0.8 * noise(rng, 600)
    pace = 1.5 * np.concatenate([[0, 0], sleep[:-2]]) + 1.2 * noise(rng, 600)
    found = relate(sleep, pace, lag_days=2)
    assert isinstance(found, Relation)
    assert found.p_value < 0.005
    assert found.slope_low < 1.5 < found.slope_high
    assert 1.1 < found.slope < 1.9
    assert found.correlation_low < found.correlation < found.correlation_high


def test_unrelated_days_that_resemble_their_neighbours_are_rarely_found_related() -> None:
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        one = relate(noise(rng, 300), noise(rng, 300), seed=seed)
        assert isinstance(one, Relation)
        found.append(one.p_value < LEVEL)
    assert sum(found) <= 6, "by chance about 2 of 40"


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        first = noise(rng, 400, 0.3)
        found = relate(first, 0.5 * first + noise(rng, 400, 0.3), seed=seed)
        assert isinstance(found, Relation)
        covered += found.slope_low <= 0.5 <= found.slope_high
    assert covered >= 25


def test_two_things_that_drift_in_the_same_years_are_not_related_by_that() -> None:
    rng = np.random.default_rng(3)
    years = np.linspace(0, 10, 900)
    found = relate(years + rng.normal(0, 1, 900), 3 * years + rng.normal(0, 1, 900))
    assert isinstance(found, Relation)
    assert abs(found.correlation) < 0.12


def test_one_odd_day_decides_nothing() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(0, 1, 200), rng.normal(0, 1, 200)
    first[100] = second[100] = 1_000.0
    found = relate(first, second)
    assert isinstance(found, Relation)
    assert abs(found.correlation) < 0.25
    assert found.p_value > LEVEL
    assert found.slope_low < 0 < found.slope_high


def test_too_few_days_say_how_many_there_are() -> None:
    first, second = np.full(200, np.nan), np.full(200, np.nan)
    first[:80] = np.arange(80.0)
    second[50:] = np.arange(150.0)
    found = relate(first, second)
    assert found == TooLittle(80, 150, 30)
    assert found.pairs < PAIRS_MIN


def test_what_never_changes_is_related_to_nothing() -> None:
    rng = np.random.default_rng(5)
    found = relate(np.full(200, 3.0), rng.normal(0, 1, 200))
    assert isinstance(found, TooLittle)
    assert not found.varies


def test_the_same_seed_gives_the_same_answer() -> None:
    rng = np.random.default_rng(6)
    first, second = noise(rng, 200), noise(rng, 200)
    assert relate(first, second, seed=1) == relate(first, second, seed=1)


def test_unknown_days_stay_unknown_and_slow_changes_go() -> None:
    values = np.linspace(50, 60, 400)
    values[7] = np.nan
    left = detrended(values)
    assert np.isnan(left[7])
    assert np.abs(left[30:-30]).max() < 0.05
    assert np.isnan(detrended(np.concatenate([np.full(50, np.nan), [1.0]]))).all()


def test_what_follows_from_another_series_is_taken_out() -> None:
    rng = np.random.default_rng(7)
    heart = rng.normal(150, 8, 300)
    own = rng.normal(0, 1, 300)
    left = without(0.3 * heart + own, heart)
    assert np.corrcoef(left, heart)[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(left, own)[0, 1] > 0.99


def test_several_questions_are_adjusted_together() -> None:
    # Worked by hand: 0.01 * 4, 0.02 * 3, then never less than before.
    assert adjusted([0.02, 0.01, 0.5, 0.03]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert adjusted([]) == []
