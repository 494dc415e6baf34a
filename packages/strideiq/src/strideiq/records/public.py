"""What other features may call of records."""

from strideiq.records.best_efforts import FORMULA_VERSION, Effort, best_efforts
from strideiq.records.bests import (
    PersonalBest,
    RecordedEffort,
    RecordedTimedEffort,
    TimedBest,
    efforts_of,
    personal_bests,
    timed_bests,
    timed_efforts_of,
)
from strideiq.records.corrections import Correction, correction_history
from strideiq.records.distances import DISTANCES, DURATIONS, Distance, Duration
from strideiq.records.rating import counting
from strideiq.records.service import (
    DERIVATION,
    bring_up_to_date,
    recompute,
    recompute_changed,
    recompute_recorded,
    say,
)

__all__ = [
    "DERIVATION",
    "DISTANCES",
    "DURATIONS",
    "FORMULA_VERSION",
    "Correction",
    "Distance",
    "Duration",
    "Effort",
    "PersonalBest",
    "RecordedEffort",
    "RecordedTimedEffort",
    "TimedBest",
    "best_efforts",
    "bring_up_to_date",
    "correction_history",
    "counting",
    "efforts_of",
    "personal_bests",
    "recompute",
    "recompute_changed",
    "recompute_recorded",
    "say",
    "timed_bests",
    "timed_efforts_of",
]
