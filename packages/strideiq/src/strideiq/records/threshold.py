"""The pace at threshold that follows from the best efforts of the newest year."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.physiology.public import (
    THRESHOLD_FRACTION,
    OutsideModelError,
    pace_s_per_km,
    performance_index,
)
from strideiq.records.bests import SPORT
from strideiq.records.models import BestEffort

WINDOW = timedelta(days=365)
DISTANCE_MIN_M = 3_000.0
"""A shorter race says more of speed than of threshold."""


def threshold_pace_s_per_km(session: Session, athlete_id: UUID) -> float | None:
    """The threshold pace of the best index of the year up to the newest effort, if there is one."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    counting = (
        BestEffort.athlete_id == athlete_id,
        BestEffort.counts,
        BestEffort.distance_m >= DISTANCE_MIN_M,
    )
    newest = select(func.max(BestEffort.achieved_at)).where(*counting).scalar_subquery()
    rows = session.execute(
        select(BestEffort.distance_m, func.min(BestEffort.elapsed_s))
        .where(
            *counting,
            BestEffort.achieved_at > newest - WINDOW,
            BestEffort.activity_id.in_(select(visible.c.activity_id)),
        )
        .group_by(BestEffort.distance_m)
    )
    indices = [index for row in rows if (index := _index(*row)) is not None]
    return float(pace_s_per_km(max(indices), THRESHOLD_FRACTION)) if indices else None


def _index(distance_m: float, time_s: float) -> float | None:
    try:
        return float(performance_index(distance_m, time_s))
    except OutsideModelError:
        return None
