"""Riegel's power and critical speed, each against what its authors and others published."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.physiology import public as physiology
from strideiq.physiology.public import Race

TWENTY = Race(5000, 1200)


def test_riegel_gives_the_published_times_of_a_twenty_minute_runner() -> None:
    # Runner's World, by Riegel's 1.06: 41:42, 1:32:00 and 3:11:49.
    times = physiology.power_law_time_s(1200, 5000, [10_000, 21_097.5, 42_195])
    assert times == pytest.approx([2502, 5520, 11_509], rel=0.002)


def test_ones_own_exponent_is_found_again() -> None:
    distances = np.array([1500.0, 5000.0, 21_097.5])
    times = physiology.power_law_time_s(1200, 5000, distances, 1.09)
    races = [Race(d, t) for d, t in zip(distances.tolist(), times.tolist(), strict=True)]
    assert physiology.own_exponent(races) == pytest.approx(1.09)


def test_races_of_no_runner_have_no_exponent() -> None:
    with pytest.raises(physiology.OutsideModelError, match="different distances"):
        physiology.own_exponent([TWENTY, Race(5050, 1215)])
    with pytest.raises(physiology.OutsideModelError, match="both were raced"):
        physiology.own_exponent([TWENTY, Race(10_000, 3600)])


def on_curve(*times_s: float, k: float = 0.0) -> list[Race]:
    return [Race(4.5 * t + 180 * t / (t + k), t) for t in times_s]


def test_two_efforts_give_the_line_through_both() -> None:
    # Hughson, Orok and Staudt, 1984: distance over time is a line, its slope the critical speed.
    short, long = Race(1200, 260), Race(3600, 870)
    curve = physiology.critical_speed([short, long])
    assert curve.speed_mps == pytest.approx((3600 - 1200) / (870 - 260))
    assert curve.distance_m == pytest.approx(1200 - 260 * curve.speed_mps)
    assert curve.misfit == pytest.approx(0, abs=1e-12)
    # Nimmerichter et al., 2017: the time over 5,000 m is (5000 - D') / CS.
    expected = (5000 - curve.distance_m) / curve.speed_mps
    assert float(curve.time_over(np.array(5000.0))) == pytest.approx(expected)


def test_a_curve_of_three_parameters_is_found_again() -> None:
    curve = physiology.critical_speed_3(on_curve(60, 150, 300, 700, 1500, k=25))
    assert curve.speed_mps == pytest.approx(4.5, rel=1e-4)
    assert curve.distance_m == pytest.approx(180, rel=1e-3)
    assert curve.delay_s == pytest.approx(25, rel=1e-2)
    assert curve.max_speed_mps == pytest.approx(4.5 + 180 / 25, rel=1e-2)
    assert float(curve.time_over(curve.distance_after(np.array(400.0)))) == pytest.approx(400)


def test_errors_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(400):
        times = np.array([180.0, 420.0, 900.0]) * np.exp(rng.normal(0, 0.02, 3))
        noisy = [Race(r.distance_m, t) for r, t in zip(on_curve(180, 420, 900), times, strict=True)]
        curve = physiology.critical_speed(noisy)
        inside.append(abs(curve.speed_mps - 4.5) < curve.speed_error_mps)
    assert 0.62 < np.mean(inside) < 0.85


def test_the_error_grows_as_the_efforts_come_closer_together() -> None:
    far = physiology.critical_speed(on_curve(150, 1200))
    near = physiology.critical_speed(on_curve(400, 700))
    assert near.speed_error_mps > 2 * far.speed_error_mps


@pytest.mark.parametrize(
    ("efforts", "words"),
    [
        ([TWENTY], "at least two"),
        ([TWENTY, TWENTY], "at least two"),
        ([TWENTY, Race(5200, 1100)], "takes longer"),
        ([TWENTY, Race(5200, 1250)], "too alike"),
        ([Race(1000, 240), Race(5000, 1000)], "shorter ones faster"),
        ([Race(0, 240), Race(5000, 1000)], "has a distance"),
    ],
)
def test_efforts_that_give_no_curve_say_why(efforts: list[Race], words: str) -> None:
    with pytest.raises(physiology.OutsideModelError, match=words):
        physiology.critical_speed(efforts)


def test_one_race_has_two_models_and_says_what_the_third_needs() -> None:
    models = physiology.runner_models([TWENTY])
    assert models.curve is None
    assert "at least two" in models.why_none
    ten = models.over("10 km", 10_000)
    assert set(ten.by_model) == {"equal_index", "power"}
    assert ten.by_model["equal_index"].time_s == pytest.approx(2487, rel=0.002)
    assert ten.spread_s == pytest.approx(2502 - 2487, abs=2)


def test_all_three_give_a_race_back_that_they_were_told() -> None:
    races = on_curve(240, 600, 1200)
    models = physiology.runner_models(races)
    for race in races:
        by = models.over("", race.distance_m).by_model
        assert by["critical_speed"].time_s == pytest.approx(race.time_s, rel=0.01)
        assert by["power"].time_s == pytest.approx(race.time_s, rel=0.03)
        assert by["equal_index"].time_s == pytest.approx(race.time_s, rel=0.03)


def test_the_marathon_is_beyond_critical_speed_and_that_is_said() -> None:
    models = physiology.runner_models(on_curve(240, 1200))
    marathon = models.over("Marathon", 42_195)
    assert not marathon.by_model["critical_speed"].valid
    valid = [one.time_s for one in marathon.by_model.values() if one.valid]
    assert marathon.spread_s == pytest.approx(max(valid) - min(valid))
    assert len(models.usual()) == 8
