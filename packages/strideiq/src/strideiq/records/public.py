"""What other features may call of records."""

from strideiq.records.best_efforts import FORMULA_VERSION, Effort, best_efforts
from strideiq.records.distances import DISTANCES, Distance
from strideiq.records.service import (
    DERIVATION,
    PersonalBest,
    RecordedEffort,
    counting_efforts,
    efforts_of,
    personal_bests,
    recompute,
    recompute_changed,
    recompute_recorded,
)

__all__ = [
    "DERIVATION",
    "DISTANCES",
    "FORMULA_VERSION",
    "Distance",
    "Effort",
    "PersonalBest",
    "RecordedEffort",
    "best_efforts",
    "counting_efforts",
    "efforts_of",
    "personal_bests",
    "recompute",
    "recompute_changed",
    "recompute_recorded",
]
