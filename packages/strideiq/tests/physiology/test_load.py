"""Load: Banister's impulse, Coggan's score and days, Foster's week, each beside its definition."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.physiology import public as physiology

ONE_DAY_LEFT = np.exp(-1 / 42)


def test_an_hour_at_threshold_is_a_hundred_by_pace_and_by_heart() -> None:
    threshold = physiology.threshold_speed_mps(50.0)
    assert float(physiology.load_by_pace(3600, threshold, threshold)) == pytest.approx(100)
    assert float(physiology.load_by_heart_rate(3600, 0.88)) == pytest.approx(100)
    assert float(physiology.load_by_heart_rate(3600, 0.88, "women")) == pytest.approx(100)


def test_the_threshold_of_an_index_of_fifty_is_the_published_pace() -> None:
    # Daniels' Running Formula: 4:15 a kilometre.
    assert 1000 / float(physiology.threshold_speed_mps(50.0)) == pytest.approx(255, rel=0.004)


def test_the_impulse_is_that_of_published_worked_examples() -> None:
    # 30 min at 130 of 40 to 200 beats: 32; 45 min at 150 of 60 to 190: 75.36.
    shares = physiology.reserve_share([130, 150], [40, 60], [200, 190])
    assert physiology.impulse([1800, 2700], shares) == pytest.approx([32, 75.36], abs=0.3)


def test_a_greatest_heart_rate_below_rest_is_refused() -> None:
    with pytest.raises(physiology.OutsideModelError):
        physiology.reserve_share(120, 60, 60)


def test_twice_as_long_is_twice_the_load_and_twice_as_fast_is_four_times() -> None:
    loads = physiology.load_by_pace([3600, 7200, 3600], [3.0, 3.0, 6.0], 4.0)
    assert loads == pytest.approx([loads[0], 2 * loads[0], 4 * loads[0]])


def test_fitness_reaches_what_is_left_of_its_time_constant() -> None:
    # A hundred every day: 1 - 1/e of it after the time constant (Banister et al., 1975).
    steady = physiology.balance(np.full(84, 100.0))
    assert steady.fitness[41] == pytest.approx(100 * (1 - 1 / np.e))
    assert steady.fatigue[6] == pytest.approx(100 * (1 - 1 / np.e))
    assert steady.fitness[83] == pytest.approx(100 * (1 - 1 / np.e**2))


def test_one_day_decays_by_the_same_share_every_day() -> None:
    days = np.zeros(30)
    days[0] = 100
    fitness = physiology.balance(days).fitness
    assert fitness[0] == pytest.approx(100 * (1 - ONE_DAY_LEFT))
    assert fitness[1:] / fitness[:-1] == pytest.approx(ONE_DAY_LEFT)


def test_the_recursion_is_the_sum_of_all_days_that_it_stands_for() -> None:
    daily = np.random.default_rng(7).uniform(0, 150, 400)
    ages = np.arange(len(daily))[::-1]
    summed = (daily * (1 - ONE_DAY_LEFT) * ONE_DAY_LEFT**ages).sum()
    assert physiology.balance(daily).fitness[-1] == pytest.approx(summed)


def test_many_athletes_are_reckoned_at_once() -> None:
    daily = np.random.default_rng(8).uniform(0, 150, (60, 3))
    together = physiology.exponential_mean(daily, 7)
    assert together[:, 1] == pytest.approx(physiology.exponential_mean(daily[:, 1], 7))


def test_form_is_yesterdays_fitness_less_yesterdays_fatigue() -> None:
    found = physiology.balance([50.0, 80.0, 0.0])
    assert found.form.tolist() == pytest.approx(
        [0.0, *(found.fitness[:2] - found.fatigue[:2]).tolist()]
    )


def test_monotony_and_strain_are_those_of_the_week_that_a_day_ends() -> None:
    # Foster, 1998: the mean of seven days over their deviation, and the week's load times it.
    week = [0, 100, 50, 100, 0, 60, 40]
    daily = np.array([30.0, *week])
    mean, deviation = 50.0, np.sqrt(np.mean((np.array(week) - 50.0) ** 2))
    assert physiology.monotony(daily)[-1] == pytest.approx(mean / deviation)
    assert physiology.strain(daily)[-1] == pytest.approx(350 * mean / deviation)
    assert np.isnan(physiology.monotony(daily)[:6]).all()


def test_a_week_of_equal_days_has_no_monotony_that_could_be_told() -> None:
    assert np.isnan(physiology.monotony(np.full(7, 60.0))[-1])
    assert np.isnan(physiology.monotony([5.0, 6.0])).all()
