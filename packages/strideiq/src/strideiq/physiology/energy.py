"""What running costs in energy.

Oxygen is turned into energy at 20.9 kJ a litre, its value at a respiratory exchange ratio of
about 0.96 (Peronnet and Massicotte, Can. J. Sport Sci. 16:23, 1991: 19.6 for fat, 21.1 for
carbohydrate). A kilocalorie for each kilogram and kilometre is the old rule (Margaria et al.,
J. Appl. Physiol. 18:367, 1963), and the equations come close to it at usual paces.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from strideiq.physiology.grade import grade_factor
from strideiq.physiology.performance import Floats, oxygen_cost

J_PER_ML_OXYGEN = 20.9
J_PER_KCAL = 4184.0


def energy_cost_j_per_kg_m(speed_m_per_min: ArrayLike, grade: ArrayLike = 0.0) -> Floats:
    """Energy that a metre costs at a speed, by the oxygen equation, on a slope by Minetti's."""
    speed = np.asarray(speed_m_per_min, dtype=np.float64)
    return J_PER_ML_OXYGEN * oxygen_cost(speed) / speed * grade_factor(grade)


def energy_kcal(mass_kg: ArrayLike, distance_m: ArrayLike, time_s: ArrayLike) -> Floats:
    """Energy of an even run on the flat, in kilocalories, food as well as oxygen counts it."""
    distance = np.asarray(distance_m, dtype=np.float64)
    speed = 60 * distance / np.asarray(time_s, dtype=np.float64)
    return np.asarray(mass_kg) * distance * energy_cost_j_per_kg_m(speed) / J_PER_KCAL
