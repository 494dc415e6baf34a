"""Which effort of each run shows the most: told by the database, so that one row a run comes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Double, Subquery, func, select
from sqlalchemy.dialects.postgresql import array

from strideiq.fitness.index_trend import DISTANCE_MAX_M, DISTANCE_MIN_M, RATED_MAX, RATED_MIN
from strideiq.records import public as records


def best_of_each(athlete_id: UUID) -> Subquery:
    """Of each run with an effort that says something of the index, the best one.

    Columns: activity_id, distance_m and elapsed_s.
    """
    effort = records.counting(athlete_id).c
    index = effort.performance_index
    # Arrays are compared by what stands first in them.
    told = array([index, effort.distance_m, effort.elapsed_s])
    best: ColumnElement[Any] = func.max(told, type_=ARRAY(Double))
    return (
        select(effort.activity_id, best[2].label("distance_m"), best[3].label("elapsed_s"))
        .where(
            effort.distance_m.between(DISTANCE_MIN_M, DISTANCE_MAX_M),
            index > RATED_MIN,
            index < RATED_MAX,
        )
        .group_by(effort.activity_id)
        .subquery("best_rated_effort")
    )
