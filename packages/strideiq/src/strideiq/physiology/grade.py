"""What a slope costs, and the speed on the flat that would have cost the same.

Source of the cost: A. E. Minetti, C. Moia, G. S. Roi, D. Susta and G. Ferretti, Energy cost of
walking and running at extreme uphill and downhill slopes, J. Appl. Physiol. 93:1039, 2002. Ten
mountain runners on a treadmill, grades from -0.45 to +0.45; the cost of a metre did not depend
on the speed. Between runners it differed by 7 % on the level and by 9 to 21 % on slopes; on steep
descents the road, not the oxygen, limits most runners, so a fast descent is adjusted too far.

Grades are vertical over horizontal distance, positive uphill.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike

from strideiq.physiology.performance import Floats

COST_BY_GRADE = (3.6, 19.5, 46.3, -43.3, -30.4, 155.4)
"""Coefficients of the cost in J/kg/m, from the constant to the fifth power of the grade."""

GRADE_MAX = 0.45
"""The steepest slope that was measured; a steeper one is taken as this steep."""

GRADE_LENGTH_M = 50.0
"""A grade is taken over this length: shorter, and it shows the altimeter, not the hill."""


def grade_cost_j_per_kg_m(grade: ArrayLike) -> Floats:
    """Energy that a metre of running costs on a slope, in J/kg/m."""
    steep = np.clip(np.asarray(grade, dtype=np.float64), -GRADE_MAX, GRADE_MAX)
    return np.asarray(polyval(steep, COST_BY_GRADE), dtype=np.float64)


def grade_factor(grade: ArrayLike) -> Floats:
    """How many metres on the flat cost as much as one metre on the slope."""
    return grade_cost_j_per_kg_m(grade) / COST_BY_GRADE[0]


def grade_adjusted_pace_s_per_km(pace_s_per_km: ArrayLike, grade: ArrayLike) -> Floats:
    """The pace on the flat that costs as much as this pace on the slope."""
    return np.asarray(pace_s_per_km, dtype=np.float64) / grade_factor(grade)


def pace_on_grade_s_per_km(flat_pace_s_per_km: ArrayLike, grade: ArrayLike) -> Floats:
    """The pace on the slope that costs as much as this pace on the flat."""
    return np.asarray(flat_pace_s_per_km, dtype=np.float64) * grade_factor(grade)


def grades(distance_m: ArrayLike, altitude_m: ArrayLike) -> Floats:
    """The grade at each sample of a run, over ``GRADE_LENGTH_M`` around it.

    Distances never fall; a sample without a distance or an altitude is NaN and so is its grade.
    All are NaN when there is less than one such length of road.
    """
    distance = np.asarray(distance_m, dtype=np.float64)
    altitude = np.asarray(altitude_m, dtype=np.float64)
    known = np.isfinite(distance) & np.isfinite(altitude)
    found = np.full(len(distance), np.nan)
    if not known.any() or np.ptp(distance[known]) < GRADE_LENGTH_M:
        return found
    so_far = np.maximum.accumulate(distance[known])
    onward = np.concatenate([[True], np.diff(so_far) > 0])
    places, heights = so_far[onward], altitude[known][onward]
    half = GRADE_LENGTH_M / 2
    middle = np.clip(so_far, places[0] + half, places[-1] - half)
    rise = np.interp(middle + half, places, heights) - np.interp(middle - half, places, heights)
    found[known] = rise / GRADE_LENGTH_M
    return found


def grade_adjusted_distance_m(distance_m: ArrayLike, altitude_m: ArrayLike) -> Floats:
    """How far on the flat would have cost as much, from the first sample to each sample.

    Its slope over time is the grade-adjusted speed. Where the grade is unknown, the road counts
    as flat; a sample without a distance is NaN.
    """
    distance = np.asarray(distance_m, dtype=np.float64)
    adjusted = np.full(len(distance), np.nan)
    known = np.flatnonzero(np.isfinite(distance))
    if len(known) == 0:
        return adjusted
    slope = np.nan_to_num(grades(distance, altitude_m)[known])
    steps = np.diff(np.maximum.accumulate(distance[known]))
    factors = grade_factor((slope[1:] + slope[:-1]) / 2)
    adjusted[known] = np.concatenate([[0.0], np.cumsum(steps * factors)])
    return adjusted
