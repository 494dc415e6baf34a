"""The farthest in a time: with pauses in, jumps out, and nothing that no human has run."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.records.best_efforts import Track, jumps_of
from strideiq.records.timed_efforts import TimedEffort, timed_efforts


def farthest(time_s: np.ndarray, distance_m: np.ndarray) -> dict[str, TimedEffort]:
    track = Track.of(time_s, distance_m)
    return {one.duration.name: one for one in timed_efforts(track, jumps_of(track))}


def test_a_run_has_the_times_that_it_lasted_for() -> None:
    time_s = np.arange(0.0, 1801.0)
    found = farthest(time_s, 3.0 * time_s)
    assert list(found) == ["1 min", "5 min", "12 min", "30 min"]
    assert found["12 min"].distance_m == pytest.approx(2160)


def test_the_best_minute_lies_anywhere_between_samples() -> None:
    time_s = np.arange(0.0, 700.0, 7.0)
    distance_m = np.interp(time_s, [0, 103, 163, 700], [0, 309, 609, 2220])
    found = farthest(time_s, distance_m)["1 min"]
    assert 285 < found.distance_m < 300
    assert found.start_s == pytest.approx(103, abs=7)


def test_the_clock_runs_through_a_pause() -> None:
    time_s = np.concatenate([np.arange(0.0, 200.0), np.arange(260.0, 460.0)])
    distance_m = 3.0 * np.arange(400.0)
    assert farthest(time_s, distance_m)["5 min"].distance_m == pytest.approx(3 * 240, abs=4)


def test_a_jump_is_passed_over_or_told() -> None:
    time_s = np.arange(0.0, 700.0)
    distance_m = 3.0 * time_s
    distance_m[100:] += 500
    found = farthest(time_s, distance_m)
    assert found["5 min"].counts
    assert found["5 min"].distance_m == pytest.approx(900)
    short = farthest(time_s[:320], distance_m[:320])["5 min"]
    assert short.reason == "The distance jumps 1:39 into the run: 503 m in 1.0 s."


def test_a_ride_that_calls_itself_a_run_does_not_count() -> None:
    time_s = np.arange(0.0, 3700.0)
    found = farthest(time_s, 9.0 * time_s)
    assert "farther than anybody has run" in (found["1 h"].reason or "")
    world_class = farthest(time_s, 5.9 * time_s)
    assert all(effort.counts for effort in world_class.values())
