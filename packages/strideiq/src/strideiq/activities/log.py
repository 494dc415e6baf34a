"""The list of activities as a page shows it: months with their totals, and what to filter by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.models import Activity
from strideiq.activities.shown import newest_annotations, shown_value
from strideiq.activities.views import visible


@dataclass(frozen=True)
class Month:
    """A calendar month of the athlete, with what was done in it."""

    first_day: date
    activities: int
    distance_m: float
    moving_s: float


def months(
    session: Session,
    athlete_id: UUID,
    time_zone: str,
    *,
    query: str | None = None,
    sport: str | None = None,
) -> dict[date, Month]:
    """Totals by the first day of each month, of the activities that the filters leave."""
    shown = visible(athlete_id, None if sport is None else [sport])
    month = cast(func.date_trunc("month", func.timezone(time_zone, shown.c.started_at)), Date)
    rows = select(
        month, func.count(), func.sum(shown.c.distance_m), func.sum(shown.c.moving_s)
    ).group_by(month)
    if query:
        rows = rows.where(shown.c.name.icontains(query, autoescape=True))
    return {
        day: Month(day, count, distance_m or 0.0, moving_s or 0.0)
        for day, count, distance_m, moving_s in session.execute(rows)
    }


def by_month(
    activities: Sequence[ActivityView], time_zone: str
) -> Iterator[tuple[date, list[ActivityView]]]:
    """Group a list, newest first, by the months of the athlete's calendar."""
    zone = ZoneInfo(time_zone)
    group: list[ActivityView] = []
    current: date | None = None
    for activity in activities:
        month = activity.started_at.astimezone(zone).date().replace(day=1)
        if current is not None and month != current:
            yield current, group
            group = []
        current = month
        group.append(activity)
    if current is not None:
        yield current, group


def sports(session: Session, athlete_id: UUID) -> dict[str, int]:
    """How many activities there are of each sport, most first; tombstones as ``deleted``."""
    said = newest_annotations(athlete_id)
    sport = shown_value("sport", said).label("shown_sport")
    deleted = Activity.deleted_at.is_not(None).label("is_deleted")
    rows = session.execute(
        select(sport, deleted, func.count())
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .where(Activity.athlete_id == athlete_id, Activity.merged_into.is_(None))
        .group_by(sport, deleted)
        .order_by(func.count().desc(), sport)
    )
    counts: dict[str, int] = {}
    for shown_sport, is_deleted, count in rows:
        name = "deleted" if is_deleted else shown_sport
        counts[name] = counts.get(name, 0) + count
    return counts
