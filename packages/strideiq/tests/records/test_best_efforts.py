"""Best efforts are exact: a brute force over all windows finds nothing faster."""

from __future__ import annotations

import itertools
import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strideiq.records.best_efforts import Effort, Track, Windows, best_efforts
from strideiq.records.distances import DISTANCES, Distance

Run = tuple[list[int], list[int]]
"""Seconds, and metres, of each sample."""


def brute_force(run: Run, length_m: Fraction) -> Fraction | None:
    """The least time of any window, from every pair of samples by exact arithmetic.

    Within one pair of steps the time of a window is a linear function of where it begins, so
    only the beginnings at which one of its ends meets a sample are tried.
    """
    steps = [
        (Fraction(d0), Fraction(d1), Fraction(t0), Fraction(t1))
        for (t0, d0), (t1, d1) in itertools.pairwise(zip(*run, strict=True))
        if d1 > d0
    ]

    def passed(step: tuple[Fraction, ...], at: Fraction) -> Fraction:
        d0, d1, t0, t1 = step
        return t0 + (at - d0) / (d1 - d0) * (t1 - t0)

    best = None
    for begin, end in itertools.combinations_with_replacement(steps, 2):
        for start in (begin[0], begin[1], end[0] - length_m, end[1] - length_m):
            inside = begin[0] <= start <= begin[1] and end[0] <= start + length_m <= end[1]
            if inside:
                time = passed(end, start + length_m) - passed(begin, start)
                best = time if best is None else min(best, time)
    return best


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Runs of up to thirty samples with stops; no step is faster than anybody runs."""
    count = draw(st.integers(2, 30))
    seconds = draw(st.lists(st.integers(1, 60), min_size=count, max_size=count))
    speeds = draw(st.lists(st.integers(0, 8), min_size=count, max_size=count))
    time_s, distance_m = [0], [0]
    for duration, speed in zip(seconds, speeds, strict=True):
        time_s.append(time_s[-1] + duration)
        distance_m.append(distance_m[-1] + duration * speed)
    return time_s, distance_m


def efforts(run: Run, *lengths_m: float) -> list[Effort]:
    distances = [Distance(f"{length} m", length, 0.0) for length in lengths_m]
    return best_efforts(np.array(run[0], float), np.array(run[1], float), distances)


@settings(max_examples=1000 if os.environ.get("STRONGROOM_SOAK") else 60)
@given(runs(), st.integers(1, 2000))
def test_no_window_of_any_run_is_faster_than_the_one_found(run: Run, length_m: int) -> None:
    found = efforts(run, length_m)
    expected = brute_force(run, Fraction(length_m))
    if expected is None:
        assert found == []
    else:
        assert found[0].elapsed_s == pytest.approx(float(expected), abs=1e-6)
        assert found[0].counts


@given(runs(), st.floats(1, 2000))
def test_the_effort_that_is_told_really_covers_its_distance(run: Run, length_m: float) -> None:
    for effort in efforts(run, length_m):
        time_s, distance_m = np.array(run[0], float), np.array(run[1], float)
        ends = np.array([effort.start_s, effort.start_s + effort.elapsed_s])
        began, ended = np.interp(ends, time_s, distance_m)
        assert ended - began == pytest.approx(length_m, abs=0.002)


@given(runs())
def test_a_longer_distance_never_takes_less_time(run: Run) -> None:
    found = efforts(run, 50, 100, 400, 800)
    times = [effort.elapsed_s for effort in found]
    assert times == sorted(times)


@given(runs(), st.lists(st.integers(0, 29), max_size=5))
def test_samples_without_a_distance_are_passed_over(run: Run, missing: list[int]) -> None:
    time_s, distance_m = np.array(run[0], float), np.array(run[1], float)
    holes = [index for index in missing if index < len(time_s)]
    distance_m[holes] = np.nan
    kept = np.isfinite(distance_m)
    assert best_efforts(time_s, distance_m) == best_efforts(time_s[kept], distance_m[kept])


def test_both_ends_are_interpolated_between_samples() -> None:
    # 4 m/s, then a kilometre at 5 m/s that begins and ends between samples, then 4 m/s.
    time_s = np.arange(0.0, 1000.0, 7.0)
    distance_m = np.interp(time_s, [0, 101, 301, 1000], [0, 404, 1404, 4200])
    distance_m = np.interp(time_s, time_s, distance_m)
    window = Windows.of(Track.of(time_s, distance_m), 1000)
    assert len(window.start_s) <= 2 * len(time_s)
    (effort,) = best_efforts(time_s, distance_m, [DISTANCES[2]])
    assert 200 < effort.elapsed_s < 201


def test_a_stop_inside_an_effort_counts_and_stops_around_it_do_not() -> None:
    stop_s = 60
    time_s = [0, stop_s, stop_s + 50, 2 * stop_s + 50, 2 * stop_s + 100, 3 * stop_s + 100]
    distance_m = [0, 0, 200, 200, 400, 400]
    (effort,) = efforts((time_s, distance_m), 400)
    assert effort.start_s == stop_s
    assert effort.elapsed_s == 50 + stop_s + 50


def test_a_stop_is_left_out_exactly_even_where_centimetres_do_not_add_up_in_binary() -> None:
    time_s = np.array([0.0, 100, 200, 500, 800, 900])
    distance_m = np.array([0.0, 234.56, 234.56, 1234.56, 1234.56, 1500])
    (effort,) = best_efforts(time_s, distance_m, [DISTANCES[2]])
    assert (effort.start_s, effort.elapsed_s) == (200, 300)


def test_a_run_of_exactly_the_distance_is_an_effort_over_it() -> None:
    for distance in DISTANCES:
        time_s = np.array([0.0, 5 * distance.distance_m])
        (*_, effort) = best_efforts(time_s, np.array([0.0, distance.distance_m]))
        assert effort.distance == distance
        assert effort.elapsed_s == 5 * distance.distance_m


def steady(count: int, speed_mps: float) -> tuple[np.ndarray, np.ndarray]:
    time_s = np.arange(float(count))
    return time_s, time_s * speed_mps


def test_an_effort_with_a_jump_does_not_count_and_says_where() -> None:
    time_s, distance_m = steady(300, 3.0)
    distance_m[151:] += 340
    (effort, *_) = best_efforts(time_s, distance_m, [Distance("1 km", 1000, 131.96)])
    assert effort.reason == "The distance jumps 2:30 into the run: 343 m in 1.0 s."
    assert not effort.counts


def test_where_a_stretch_without_a_jump_is_long_enough_it_counts_instead() -> None:
    time_s, distance_m = steady(600, 3.0)
    distance_m[151:] += 340
    (effort,) = best_efforts(time_s, distance_m, [DISTANCES[2]])
    assert effort.counts
    assert effort.elapsed_s == pytest.approx(1000 / 3)


def test_a_position_that_catches_up_by_a_few_metres_is_no_jump() -> None:
    time_s, distance_m = steady(300, 3.0)
    distance_m[151:] += 11
    assert all(effort.counts for effort in best_efforts(time_s, distance_m))
    distance_m[200:] += 25
    *_, longest = best_efforts(time_s, distance_m)
    assert longest.reason == "The distance jumps 3:19 into the run: 28 m in 1.0 s."


def test_a_jump_that_is_smeared_over_several_samples_is_still_a_jump() -> None:
    time_s, distance_m = steady(400, 3.0)
    distance_m[101:] += np.minimum(np.arange(299) * 9.4, 160)
    (effort,) = best_efforts(time_s, distance_m, [DISTANCES[0]])
    assert effort.counts
    assert effort.elapsed_s == pytest.approx(400 / 3, abs=0.5)


def test_a_ride_that_calls_itself_a_run_does_not_count() -> None:
    time_s, distance_m = steady(3600, 9.0)
    found = best_efforts(time_s, distance_m)
    assert {effort.counts for effort in found} == {True, False}
    assert all(
        effort.counts == (effort.elapsed_s >= effort.distance.fastest_known_s) for effort in found
    )
    ten = next(effort for effort in found if effort.distance.name == "10 km")
    assert "faster than anybody has run" in (ten.reason or "")


@pytest.mark.parametrize(
    ("time_s", "distance_m"),
    [([], []), ([0.0], [0.0]), ([0.0, 1.0], [np.nan, 5.0]), ([0.0, 900.0], [10.0, 10.0])],
)
def test_nothing_comes_of_nothing(time_s: list[float], distance_m: list[float]) -> None:
    assert best_efforts(np.array(time_s), np.array(distance_m)) == []
