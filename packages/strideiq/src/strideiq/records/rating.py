"""What running performance index an effort shows: reckoned when it is derived, and kept with it.

A row that was derived before this was kept has none; the database reckons it while it reads, by
the same equations.
"""

from __future__ import annotations

from math import exp
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Subquery, func, select

from strideiq.physiology import public as physiology
from strideiq.records.models import BestEffort

EXPONENT_MIN = -700.0
"""PostgreSQL refuses what would underflow; less is nothing beside the equations' other terms."""


def index_shown(distance_m: float, elapsed_s: float) -> float | None:
    """The index of an effort; None where it took no time, as only a jump does."""
    return float(physiology.index_over(distance_m, elapsed_s, exp)) if elapsed_s > 0 else None


def counting(athlete_id: UUID) -> Subquery:
    """The efforts that count, for other features to join with the runs that are there.

    Columns: activity_id, distance_m, elapsed_s and performance_index.
    """
    effort = BestEffort
    reckoned = physiology.index_over(effort.distance_m, func.nullif(effort.elapsed_s, 0.0), _exp)
    index = func.coalesce(effort.performance_index, reckoned, type_=Double)
    return (
        select(
            effort.activity_id,
            effort.distance_m,
            effort.elapsed_s,
            index.label("performance_index"),
        )
        .where(effort.athlete_id == athlete_id, effort.counts)
        .subquery("counting_effort")
    )


def _exp(power: ColumnElement[float]) -> ColumnElement[float]:
    return func.exp(func.greatest(power, EXPONENT_MIN))
