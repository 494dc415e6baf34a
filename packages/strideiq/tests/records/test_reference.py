"""On random streams the efforts equal a brute force that tries every window that could be best.

The streams have stops, pauses, missing samples, repeated distances and jumps. The reference asks
every beginning at which an end of the window meets a sample, one by one, in plain arithmetic; it
shares with the code under test only which steps are jumps, which others test.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from strideiq.records.best_efforts import Track, efforts_along, jumps_of
from strideiq.records.distances import Distance, Duration
from strideiq.records.timed_efforts import timed_efforts

STREAMS = 1000 if os.environ.get("STRONGROOM_SOAK") else 60
LENGTHS_M = (100.0, 400.0, 1000.0, 1609.344)
TIMES_S = (60.0, 300.0)
Floats = np.ndarray


def stream(seed: int) -> tuple[Floats, Floats]:
    """Up to ten minutes of running as some receiver records it."""
    rng = np.random.default_rng([20261127, seed])
    count = int(rng.integers(20, 260))
    steps_s = rng.choice([1.0, 1.0, 2.0, 5.0], count)
    speed = np.clip(3.4 + 0.8 * np.cumsum(rng.normal(0, 0.12, count)), 0.5, 6.5)
    standing = rng.random(count) < 0.05
    metres = np.where(standing, 0.0, speed * steps_s)
    if rng.random() < 0.4:
        steps_s[rng.integers(count)] += float(rng.integers(20, 200))  # paused
    if rng.random() < 0.4:
        metres[rng.integers(count)] += float(rng.integers(40, 900))  # jumped
    time_s = np.concatenate([[0.0], np.cumsum(steps_s)])
    distance_m = np.round(np.concatenate([[0.0], np.cumsum(metres)]), 2)
    if rng.random() < 0.3:
        distance_m[rng.random(len(distance_m)) < 0.1] = np.nan
    if rng.random() < 0.2:
        distance_m[1::2] = distance_m[:-1:2]  # a device that repeats itself
    return time_s, distance_m


class Way:
    """A track as plain lists: when each place was reached, and what lies between two of them."""

    def __init__(self, track: Track, jumps: Floats) -> None:
        self.places = track.distance_mm.tolist()
        self.reached, self.left = track.reached_s.tolist(), track.left_s.tolist()
        self.jumps = [(k, self.left[k], self.reached[k + 1]) for k in range(len(jumps)) if jumps[k]]
        self.line = [t for pair in zip(self.reached, self.left, strict=True) for t in pair]
        self.heights = [d for d in self.places for _ in range(2)]

    def passed_s(self, at_mm: float, *, leaving: bool) -> float:
        for k, place in enumerate(self.places):
            if place == at_mm:
                return self.left[k] if leaving else self.reached[k]
            if place > at_mm:
                share = (at_mm - self.places[k - 1]) / (place - self.places[k - 1])
                return self.left[k - 1] + share * (self.reached[k] - self.left[k - 1])
        raise AssertionError("beyond the end")

    def fastest_s(self, length_m: float) -> float | None:
        length = round(length_m * 1000)
        begins = [p for p in self.places if p + length <= self.places[-1]]
        begins += [p - length for p in self.places if p - length >= self.places[0]]
        clean, any_at_all = [], []
        for begin in begins:
            took = self.passed_s(begin + length, leaving=False) - self.passed_s(begin, leaving=True)
            any_at_all.append(took)
            inside = any(
                self.places[k] < begin + length and self.places[k + 1] > begin
                for k, _, _ in self.jumps
            )
            if not inside:
                clean.append(took)
        return min(clean or any_at_all, default=None)

    def farthest_mm(self, length_s: float) -> float | None:
        last = self.line[-1] - length_s
        begins = [*self.line, *(t - length_s for t in self.line)]
        clean, any_at_all = [], []
        for begin in begins:
            if not self.line[0] <= begin <= last:
                continue
            far = float(
                np.interp(begin + length_s, self.line, self.heights)
                - np.interp(begin, self.line, self.heights)
            )
            any_at_all.append(far)
            if not any(a < begin + length_s and b > begin for _, a, b in self.jumps):
                clean.append(far)
        return max(clean or any_at_all, default=None)


@pytest.mark.parametrize("tenth", range(10))
def test_efforts_over_distances_and_times_equal_the_reference(tenth: int) -> None:
    for seed in range(tenth, STREAMS, 10):
        track = Track.of(*stream(seed))
        if not track.is_a_way:
            continue
        jumps = jumps_of(track)
        way = Way(track, jumps)
        for length_m in LENGTHS_M:
            found = efforts_along(track, jumps, [Distance(f"{length_m} m", length_m, 0.0)])
            expected = way.fastest_s(length_m)
            assert (not found) == (expected is None), (seed, length_m)
            if expected is not None:
                assert found[0].elapsed_s == pytest.approx(expected, abs=1e-6), (seed, length_m)
        for time_s in TIMES_S:
            farthest = timed_efforts(track, jumps, [Duration(f"{time_s} s", time_s)])
            wanted = way.farthest_mm(time_s)
            assert (not farthest) == (wanted is None), (seed, time_s)
            if wanted is not None:
                assert farthest[0].distance_m == pytest.approx(wanted / 1000, abs=1e-6), (
                    seed,
                    time_s,
                )


def test_the_streams_have_everything_that_makes_it_hard() -> None:
    kinds = {"jump": 0, "missing": 0, "pause": 0, "standing": 0}
    for seed in range(STREAMS):
        time_s, distance_m = stream(seed)
        track = Track.of(time_s, distance_m)
        kinds["jump"] += bool(jumps_of(track).any())
        kinds["missing"] += bool(np.isnan(distance_m).any())
        kinds["pause"] += bool((np.diff(time_s) > 10).any())
        kinds["standing"] += bool((track.left_s > track.reached_s).any())
    assert min(kinds.values()) > STREAMS / 10, kinds
