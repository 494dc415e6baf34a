"""Minetti et al., J. Appl. Physiol. 93:1039, 2002: the equation against what they measured."""

from __future__ import annotations

import numpy as np
import pytest

from strideiq.physiology import public as physiology

MEASURED = {0.0: (3.40, 0.24), -0.20: (1.73, 0.36), 0.45: (18.93, 1.74), -0.45: (3.92, 0.81)}
"""Grade: cost in J/kg/m and its standard deviation between runners, from the abstract."""


@pytest.mark.parametrize("grade", MEASURED)
def test_the_cost_of_a_slope_is_what_was_measured(grade: float) -> None:
    cost, deviation = MEASURED[grade]
    assert float(physiology.grade_cost_j_per_kg_m(grade)) == pytest.approx(cost, abs=deviation)


def test_the_cheapest_slope_falls_by_about_a_fifth() -> None:
    slopes = np.linspace(-0.45, 0.45, 901)
    cheapest = slopes[np.argmin(physiology.grade_cost_j_per_kg_m(slopes))]
    assert -0.22 < cheapest < -0.16


def test_a_slope_steeper_than_was_measured_is_taken_as_the_steepest_that_was() -> None:
    assert physiology.grade_factor(0.9) == physiology.grade_factor(0.45)


def test_pace_goes_up_a_slope_and_back() -> None:
    paces, slopes = np.array([240.0, 300.0, 400.0]), np.array([-0.05, 0.0, 0.08])
    up = physiology.pace_on_grade_s_per_km(paces, slopes)
    assert physiology.grade_adjusted_pace_s_per_km(up, slopes) == pytest.approx(paces)
    assert up[1] == 300.0
    assert up[2] > 400.0 * 1.45


def test_the_grade_of_an_even_hill_is_found_at_every_sample_of_it() -> None:
    distance = np.arange(0.0, 1000.0, 3.0)
    assert physiology.grades(distance, 0.06 * distance) == pytest.approx(0.06)
    adjusted = physiology.grade_adjusted_distance_m(distance, 0.06 * distance)
    expected = distance * float(physiology.grade_factor(0.06))
    assert adjusted == pytest.approx(expected)


def test_where_the_altitude_is_unknown_the_road_counts_as_flat() -> None:
    distance = np.arange(0.0, 1000.0, 3.0)
    missing = np.full(len(distance), np.nan)
    assert physiology.grade_adjusted_distance_m(distance, missing) == pytest.approx(distance)
    holes = np.where(np.arange(len(distance)) % 3 == 1, np.nan, distance)
    known = np.isfinite(holes)
    found = physiology.grade_adjusted_distance_m(holes, missing)
    assert (np.isfinite(found) == known).all()
    assert found[known] == pytest.approx(holes[known])


def test_a_road_that_is_too_short_for_a_grade_has_none() -> None:
    assert np.isnan(physiology.grades([0.0, 20.0], [0.0, 5.0])).all()
    assert len(physiology.grade_adjusted_distance_m([], [])) == 0
