"""What other features may call of fitness."""

from strideiq.fitness.derivation import FORMULA_VERSION
from strideiq.fitness.history import History, history, resting_heart_rate_from
from strideiq.fitness.index_trend import WINDOW_DAYS, IndexTrend, RatedEffort
from strideiq.fitness.loads import Session, SessionLoad
from strideiq.fitness.service import (
    DERIVATION,
    bring_up_to_date,
    recompute_all,
    recompute_changed,
    recompute_recorded,
)
from strideiq.fitness.status import CurrentIndex, FitnessStatus, current_rpi, status, status_of

series = history
"""The days of an athlete, from the first activity to a day: loads, balance, index."""

__all__ = [
    "DERIVATION",
    "FORMULA_VERSION",
    "WINDOW_DAYS",
    "CurrentIndex",
    "FitnessStatus",
    "History",
    "IndexTrend",
    "RatedEffort",
    "Session",
    "SessionLoad",
    "bring_up_to_date",
    "current_rpi",
    "history",
    "recompute_all",
    "recompute_changed",
    "recompute_recorded",
    "resting_heart_rate_from",
    "series",
    "status",
    "status_of",
]
