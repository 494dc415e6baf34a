"""What other features may call of physiology."""

from strideiq.physiology.errors import OutsideModelError
from strideiq.physiology.paces import (
    ASSUMED_RACE_M,
    EASY_FRACTIONS,
    INTERVAL_FRACTION,
    MARATHON_M,
    REPETITION_GAIN_S_PER_KM,
    THRESHOLD_FRACTION,
    TrainingPace,
    index_of_race,
    marathon_pace_s_per_km,
    pace_s_per_km,
    repetition_pace_s_per_km,
    training_paces,
)
from strideiq.physiology.performance import (
    INDEX_MAX,
    INDEX_MIN,
    oxygen_cost,
    performance_index,
    race_time_s,
    speed_at_cost,
    sustainable_fraction,
    sustainable_time_min,
)
from strideiq.physiology.races import (
    MILE_M,
    RACE_DISTANCES_M,
    Equivalent,
    Race,
    race_equivalents,
)
from strideiq.physiology.uncertainty import (
    DAY_SHARE,
    ENDURANCE_EXPONENT,
    Estimate,
    spread_of_time,
)

__all__ = [
    "ASSUMED_RACE_M",
    "DAY_SHARE",
    "EASY_FRACTIONS",
    "ENDURANCE_EXPONENT",
    "INDEX_MAX",
    "INDEX_MIN",
    "INTERVAL_FRACTION",
    "MARATHON_M",
    "MILE_M",
    "RACE_DISTANCES_M",
    "REPETITION_GAIN_S_PER_KM",
    "THRESHOLD_FRACTION",
    "Equivalent",
    "Estimate",
    "OutsideModelError",
    "Race",
    "TrainingPace",
    "index_of_race",
    "marathon_pace_s_per_km",
    "oxygen_cost",
    "pace_s_per_km",
    "performance_index",
    "race_equivalents",
    "race_time_s",
    "repetition_pace_s_per_km",
    "speed_at_cost",
    "spread_of_time",
    "sustainable_fraction",
    "sustainable_time_min",
    "training_paces",
]
