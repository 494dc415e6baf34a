"""Which effort of each run shows the most: asked of the database, so that one row a run comes.

Nothing is kept: what an effort shows is reckoned where the efforts are, by the same equations.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Double, Subquery, func, select
from sqlalchemy.dialects.postgresql import array

from strideiq.fitness.index_trend import DISTANCE_MAX_M, DISTANCE_MIN_M, RATED_MAX, RATED_MIN
from strideiq.physiology import public as physiology
from strideiq.records import public as records

EXPONENT_MIN = -700.0
"""PostgreSQL refuses what would underflow; less is nothing beside the equations' other terms."""


def best_of_each(athlete_id: UUID) -> Subquery:
    """Of each run with an effort that says something of the index, the best one.

    Columns: activity_id, distance_m and elapsed_s.
    """
    effort = records.counting(athlete_id).c
    index = physiology.index_over(effort.distance_m, func.nullif(effort.elapsed_s, 0.0), _exp)
    rated = (
        select(effort.activity_id, index.label("index"), effort.distance_m, effort.elapsed_s)
        .where(effort.distance_m.between(DISTANCE_MIN_M, DISTANCE_MAX_M))
        .offset(0)  # so that the index of each effort is reckoned once
        .subquery("rated_effort")
    ).c
    # Arrays are compared by what stands first in them.
    told = array([rated.index, rated.distance_m, rated.elapsed_s])
    best: ColumnElement[Any] = func.max(told, type_=ARRAY(Double))
    return (
        select(
            rated.activity_id,
            best[2].label("distance_m"),
            best[3].label("elapsed_s"),
        )
        .where(rated.index > RATED_MIN, rated.index < RATED_MAX)
        .group_by(rated.activity_id)
        .subquery("best_rated_effort")
    )


def _exp(power: ColumnElement[float]) -> ColumnElement[float]:
    return func.exp(func.greatest(power, EXPONENT_MIN))
