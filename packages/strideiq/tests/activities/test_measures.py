from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from strideiq.activities import measures


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    travelled = measures.travelled_m(np.array([50.0, np.nan, 51.0]), np.array([8.0, np.nan, 8.0]))

    assert travelled[0] == 0
    assert np.isnan(travelled[1])
    assert travelled[2] == pytest.approx(111_195, rel=1e-4)


def test_standing_still_is_not_moving_time() -> None:
    time_s = np.arange(300.0)
    distance_m = np.concatenate(
        [np.arange(100) * 3.0, np.full(100, 297.0), 297 + np.arange(100) * 3.0]
    )

    moved = measures.moving_so_far_s(time_s, distance_m)[-1]

    assert moved == pytest.approx(200, abs=6)


def test_a_pause_without_samples_is_not_moving_time() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 602.0, 603.0])
    distance_m = np.array([0.0, 3.0, 6.0, 20.0, 23.0])

    assert measures.moving_so_far_s(time_s, distance_m)[-1] == pytest.approx(3.0)


def test_smart_recording_every_eight_seconds_is_all_moving() -> None:
    time_s = np.arange(0.0, 800.0, 8.0)

    assert measures.moving_so_far_s(time_s, time_s * 3)[-1] == time_s[-1]


def test_splits_cover_the_run_and_the_last_one_is_the_rest() -> None:
    time_s = np.arange(0.0, 1501.0)

    cut = measures.splits(time_s, time_s * 2.5, 1000.0)

    assert [split.distance_m for split in cut] == [1000.0, 1000.0, 1000.0, 750.0]
    assert [split.elapsed_s for split in cut] == pytest.approx([400.0, 400.0, 400.0, 300.0])
    assert cut[-1].start_s == pytest.approx(1200.0)


@given(
    arrays(np.float64, st.integers(0, 80), elements=st.floats(0, 50) | st.just(float("nan"))),
    st.sampled_from([10.0, 1000.0]),
)
def test_splits_of_any_distances_add_up(steps: np.ndarray, every_m: float) -> None:
    distance_m = np.nancumsum(steps)
    distance_m[np.isnan(steps)] = np.nan
    time_s = np.arange(float(len(steps)))

    cut = measures.splits(time_s, distance_m, every_m)

    known = distance_m[np.isfinite(distance_m)]
    whole = known[-1] - known[0] if len(known) else 0.0
    assert sum(split.distance_m for split in cut) == pytest.approx(whole, abs=1.0)
    assert all(0 <= split.moving_s <= split.elapsed_s + 1e-6 for split in cut)


def test_climb_ignores_the_altimeters_noise() -> None:
    noise = np.tile([100.0, 101.0], 500)

    assert measures.climb_m(noise) == (0.0, 0.0)
    assert measures.climb_m(np.array([100.0, 150.0, np.nan, 120.0])) == (50.0, 30.0)
    assert measures.climb_m(np.array([np.nan])) is None


def test_a_mean_weighs_samples_by_time_and_forgets_pauses() -> None:
    time_s = np.array([0.0, 9.0, 10.0, 1000.0])

    assert measures.mean_over_time(time_s, np.array([100.0, 200.0, np.nan, np.nan])) == 110.0
    assert measures.mean_over_time(time_s, np.full(4, np.nan)) is None
    assert measures.mean_over_time(time_s, None) is None
