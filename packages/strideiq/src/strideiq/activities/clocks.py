"""The clock that an activity is shown on: that of the place where it was run.

First the time zone that the athlete says, then the one of the place where it began, then the
athlete's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.page_models import ActivityPlace


def local_start(athlete_id: UUID, time_zone: str, shown: Subquery) -> ColumnElement[datetime]:
    """When an activity of ``visible()`` began, on its own clock, without a zone."""
    return func.timezone(zone_of(athlete_id, time_zone, shown), shown.c.started_at)


def zone_of(athlete_id: UUID, time_zone: str, shown: Subquery) -> ColumnElement[Any]:
    """The time zone of an activity of ``visible()``."""
    place = (
        select(ActivityPlace.time_zone)
        .where(
            ActivityPlace.athlete_id == athlete_id,
            ActivityPlace.activity_id == shown.c.activity_id,
        )
        .correlate(shown)
        .scalar_subquery()
    )
    return func.coalesce(shown.c.time_zone, place, time_zone)


def zones_of(
    session: Session, athlete_id: UUID, activities: Sequence[ActivityView]
) -> dict[UUID, str]:
    """The time zones of activities, by id, where they are said or known from a position."""
    rows = session.execute(
        select(ActivityPlace.activity_id, ActivityPlace.time_zone).where(
            ActivityPlace.athlete_id == athlete_id,
            ActivityPlace.activity_id.in_([each.activity_id for each in activities]),
        )
    )
    zones: dict[UUID, str] = {activity_id: zone for activity_id, zone in rows}  # noqa: C416  rows are no pairs to a type checker
    zones.update({each.activity_id: each.time_zone for each in activities if each.time_zone})
    return zones
