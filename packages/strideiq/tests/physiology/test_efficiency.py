"""Normalised speed (Coggan), efficiency and decoupling (Friel) on runs with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.physiology import public as physiology

HOUR = np.arange(0.0, 3601.0)


def test_an_even_run_is_as_fast_as_it_is_and_does_not_decouple() -> None:
    run = physiology.effort(HOUR, 3.0 * HOUR, np.full(len(HOUR), 150.0))
    assert run.running_s == 3600
    assert run.normalised_speed_mps == pytest.approx(3.0)
    assert run.efficiency_m_per_beat == pytest.approx(60 * 3.0 / 150)
    assert run.decoupling == pytest.approx(0.0, abs=1e-9)


def test_an_uneven_run_is_normalised_above_its_mean() -> None:
    speed = np.where((HOUR // 300) % 2 == 0, 2.5, 4.0)
    run = physiology.effort(HOUR, np.cumsum(speed), None)
    assert run.mean_speed_mps == pytest.approx(3.25, rel=0.01)
    # The fourth-power mean of the two speeds, the thirty seconds between them aside.
    assert run.normalised_speed_mps == pytest.approx(((2.5**4 + 4.0**4) / 2) ** 0.25, rel=0.01)
    assert run.efficiency_m_per_beat is None


def test_a_heart_that_drifts_by_a_tenth_decouples_by_a_tenth() -> None:
    heart = np.where(HOUR <= 1800, 140.0, 140.0 / 0.9)
    run = physiology.effort(HOUR, 3.0 * HOUR, heart)
    assert run.decoupling == pytest.approx(0.1, abs=1e-3)


def test_pauses_and_standing_count_for_nothing() -> None:
    time = np.concatenate([np.arange(0.0, 1801.0), np.arange(2400.0, 4201.0)])
    moved = np.concatenate([np.arange(0.0, 1801.0), np.arange(1800.0, 3601.0)])
    run = physiology.effort(time, 3.0 * moved, np.full(len(time), 150.0))
    assert run.running_s == pytest.approx(3600, abs=5)
    assert run.normalised_speed_mps == pytest.approx(3.0, rel=1e-3)
    standing = physiology.effort(HOUR, np.minimum(3.0 * HOUR, 5400), np.full(len(HOUR), 150.0))
    assert standing.running_s == pytest.approx(1800, abs=5)


@pytest.mark.parametrize("lost", [0.0, 255.0, 65535.0, np.nan])
def test_what_a_lost_sensor_sends_is_no_heart_rate(lost: float) -> None:
    heart = np.full(len(HOUR), 150.0)
    heart[::3] = lost
    assert physiology.effort(HOUR, 3.0 * HOUR, heart).mean_heart_rate_bpm == pytest.approx(150)
    heart[: len(heart) // 2 + 900] = lost
    assert physiology.effort(HOUR, 3.0 * HOUR, heart).mean_heart_rate_bpm is None


def test_nothing_comes_of_nothing() -> None:
    for time in (np.empty(0), np.zeros(1), np.zeros(5)):
        run = physiology.effort(time, time.copy(), time.copy())
        assert run.running_s == 0
        assert run.normalised_speed_mps is None
        assert run.decoupling is None
