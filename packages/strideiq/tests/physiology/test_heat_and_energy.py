"""Heat as a range between two studies, and energy against the rule of Margaria et al., 1963."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.physiology import public as physiology


def test_wet_bulb_globe_temperature_is_that_of_the_published_approximation() -> None:
    # Australian Bureau of Meteorology, table of the approximation in moderate sun.
    temperatures = physiology.wet_bulb_globe_c([20, 30, 36], [50, 50, 40])
    assert temperatures == pytest.approx([20, 29, 34], abs=0.8)


def test_heat_costs_fast_runners_what_was_measured_and_others_more() -> None:
    # Mantzios et al., 2022: 0.3 to 0.4 % for each degree above 15.
    least, most = physiology.heat_shares(16.0)
    assert float(least) == pytest.approx(0.003)
    # Nikolaidis et al., 2019: 1 min 53 s for each degree, of three and a half to four hours.
    assert 113 / (4 * 3600) < float(most) < 113 / (3.5 * 3600)
    # Ely et al., 2007: the best men from 10.1-15 to 20.1-25 degrees, 4.5 less 2.5 %.
    elite = float(physiology.heat_shares(22.5)[0] - physiology.heat_shares(12.5)[0])
    assert elite == pytest.approx(0.045 - 0.025, abs=0.005)


def test_a_cool_day_costs_nothing() -> None:
    day = physiology.heat_cost(8, 80)
    assert (day.least, day.most) == (0, 0)


@pytest.mark.parametrize(("air_c", "humidity"), [(70, 40), (-50, 40), (20, 140), (20, -1)])
def test_impossible_weather_is_refused(air_c: float, humidity: float) -> None:
    with pytest.raises(physiology.OutsideModelError):
        physiology.heat_cost(air_c, humidity)


def test_a_kilometre_costs_about_a_kilocalorie_for_each_kilogram() -> None:
    times = np.array([200.0, 240.0, 300.0, 360.0])
    assert physiology.energy_kcal(1.0, 1000.0, times) == pytest.approx(1.0, abs=0.15)


def test_the_oxygen_equation_and_the_treadmill_agree_on_the_cost_of_a_metre() -> None:
    # Minetti et al. measured 3.40 above rest; the oxygen equation counts rest as well.
    cost = float(physiology.energy_cost_j_per_kg_m(220.0))
    resting = 3.5 * 20.9 / 220
    assert cost - resting == pytest.approx(3.40, abs=0.24)
