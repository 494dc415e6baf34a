"""The equations give the values that they are known for, and behave as equations should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strideiq.physiology import public as physiology

INDICES = st.floats(physiology.INDEX_MIN, physiology.INDEX_MAX)
HUMAN_INDICES = st.floats(20, 85)
DISTANCES_M = st.floats(800, 100_000)


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + float(part)
    return total


@pytest.mark.parametrize(
    ("index", "distance_m", "expected"),
    [
        (50, 5_000, "19:57"),
        (50, 10_000, "41:21"),
        (50, 21_097.5, "1:31:35"),
        (50, 42_195, "3:10:49"),
        (40, 5_000, "24:08"),
        (40, 10_000, "50:03"),
        (40, 21_097.5, "1:50:59"),
        (40, 42_195, "3:49:45"),
    ],
)
def test_known_race_times_are_met_within_a_fifth_of_a_percent(
    index: float, distance_m: float, expected: str
) -> None:
    assert float(physiology.race_time_s(index, distance_m)) == pytest.approx(
        seconds(expected), rel=0.002
    )


def test_known_training_paces_are_met_to_a_tenth_of_a_second() -> None:
    paces = {pace.name: pace for pace in physiology.training_paces(50)}
    assert paces["threshold"].fastest.value == pytest.approx(seconds("4:15.2"), abs=0.06)
    assert paces["interval"].fastest.value == pytest.approx(seconds("3:54.9"), abs=0.06)
    assert paces["repetition"].fastest.value == paces["interval"].fastest.value - 15
    assert paces["marathon"].fastest.value * 42.195 == pytest.approx(
        float(physiology.race_time_s(50, 42_195))
    )


@given(st.floats(50, 600))
def test_speed_is_the_inverse_of_oxygen_cost(speed: float) -> None:
    assert float(physiology.speed_at_cost(physiology.oxygen_cost(speed))) == pytest.approx(speed)


@given(st.floats(0.01, 600))
def test_time_is_the_inverse_of_the_sustainable_fraction(time_min: float) -> None:
    fraction = physiology.sustainable_fraction(time_min)
    assert float(physiology.sustainable_time_min(fraction)) == pytest.approx(time_min, rel=1e-6)


@given(INDICES, DISTANCES_M)
def test_the_solved_race_shows_the_index_that_it_was_solved_for(
    index: float, distance_m: float
) -> None:
    time_s = float(physiology.race_time_s(index, distance_m))
    cost = physiology.oxygen_cost(distance_m / (time_s / 60))
    assert float(cost / physiology.sustainable_fraction(time_s / 60)) == pytest.approx(
        index, rel=1e-9
    )


@given(INDICES, INDICES, DISTANCES_M)
def test_a_higher_index_is_a_faster_race(one: float, other: float, distance_m: float) -> None:
    low, high = sorted([one, other])
    if high - low > 1e-6:
        slow, fast = physiology.race_time_s([low, high], distance_m)
        assert fast < slow


@given(HUMAN_INDICES, DISTANCES_M, st.floats(1.001, 3))
def test_a_longer_race_takes_longer_at_a_slower_pace(
    index: float, distance_m: float, factor: float
) -> None:
    distances = np.array([distance_m, min(distance_m * factor, 100_000)])
    if distances[1] > distances[0] * 1.000_001:  # closer than the bisection tells apart
        times = physiology.race_time_s(index, distances)
        assert times[1] > times[0]
        assert times[1] / distances[1] >= times[0] / distances[0]


@given(HUMAN_INDICES, HUMAN_INDICES)
def test_every_training_pace_gets_faster_with_the_index(one: float, other: float) -> None:
    low, high = sorted([one, other])
    for slower, faster in zip(
        physiology.training_paces(low), physiology.training_paces(high), strict=True
    ):
        assert faster.fastest.value <= slower.fastest.value
        assert faster.slowest.value <= slower.slowest.value


@given(HUMAN_INDICES)
def test_kinds_of_training_are_ordered_from_slow_to_fast(index: float) -> None:
    easy, marathon, threshold, interval, repetition = physiology.training_paces(index)
    assert easy.slowest.value > easy.fastest.value
    assert easy.fastest.value > marathon.fastest.value > interval.fastest.value
    assert threshold.fastest.value > interval.fastest.value > repetition.fastest.value


@given(HUMAN_INDICES, DISTANCES_M)
def test_every_figure_lies_inside_its_uncertainty(index: float, distance_m: float) -> None:
    race = physiology.Race(distance_m, float(physiology.race_time_s(index, distance_m)))
    estimates = [physiology.index_of_race(race)]
    estimates += [equivalent.time for equivalent in physiology.race_equivalents(index, race)]
    estimates += [pace.fastest for pace in physiology.training_paces(index, race)]
    assert all(each.low < each.value < each.high for each in estimates)


def test_a_figure_is_trusted_less_the_farther_it_is_from_its_race() -> None:
    race = physiology.Race(5_000, 1200)
    index = physiology.index_of_race(race).value
    widths = {
        each.name: each.time.high / each.time.low
        for each in physiology.race_equivalents(index, race)
    }
    assert widths["5 km"] < widths["10 km"] < widths["Half marathon"] < widths["Marathon"]


def test_arrays_are_solved_element_by_element() -> None:
    table = physiology.race_time_s(np.array([[40.0], [50.0]]), np.array([5_000.0, 10_000.0]))
    assert table.shape == (2, 2)
    assert float(table[1, 0]) == float(physiology.race_time_s(50, 5_000))


@pytest.mark.parametrize(
    ("distance_m", "time_s", "words"),
    [
        (5_000, 0, "longer than nothing"),
        (5_000, float("nan"), "longer than nothing"),
        (5_000, float("inf"), "longer than nothing"),
        (5_000, 300, "faster than any human"),
        (5_000, 90_000, "slower than walking"),
        (100, 11, "from 800 m"),
        (200_000, 90_000, "to 100 km"),
        (float("nan"), 1200, "from 800 m"),
    ],
)
def test_what_no_runner_has_run_is_refused_in_words(
    distance_m: float, time_s: float, words: str
) -> None:
    with pytest.raises(physiology.OutsideModelError, match=words):
        physiology.performance_index(distance_m, time_s)


@pytest.mark.parametrize("index", [0, 9.9, 101, -50, float("nan"), float("inf")])
def test_an_index_of_no_human_is_refused(index: float) -> None:
    with pytest.raises(physiology.OutsideModelError, match="between 10 and 100"):
        physiology.training_paces(index)


@pytest.mark.parametrize("fraction", [0.8, 1.3, float("nan")])
def test_a_fraction_that_nobody_sustains_for_any_time_is_refused(fraction: float) -> None:
    with pytest.raises(physiology.OutsideModelError, match="has a time"):
        physiology.sustainable_time_min(fraction)
