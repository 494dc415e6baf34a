"""The list of activities as a page shows it: months with their totals, and what to filter by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.models import Activity
from strideiq.activities.shown import newest_annotations, shown_value


@dataclass(frozen=True)
class Month:
    """A calendar month of the athlete, with what was done in it."""

    first_day: date
    activities: int
    distance_m: float
    moving_s: float


def by_month(
    activities: Sequence[ActivityView], time_zone: str
) -> Iterator[tuple[date, list[ActivityView]]]:
    """Group a list by months, each activity on its own clock or else on the athlete's.

    A month comes once, also where a later activity was of an earlier month: across the date line.
    """
    months: dict[date, list[ActivityView]] = {}
    for activity in activities:
        months.setdefault(month_of(activity, time_zone), []).append(activity)
    yield from months.items()


def month_of(activity: ActivityView, time_zone: str) -> date:
    """The first day of the month that an activity began in; the zone is the athlete's own."""
    return activity.day(time_zone).replace(day=1)


def sports(session: Session, athlete_id: UUID) -> dict[str, int]:
    """How many activities there are of each sport, most first; tombstones as ``deleted``."""
    said = newest_annotations(athlete_id)
    sport = shown_value("sport", said).label("shown_sport")
    deleted = Activity.deleted_at.is_not(None).label("is_deleted")
    rows = session.execute(
        select(sport, deleted, func.count())
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .where(
            Activity.athlete_id == athlete_id,
            Activity.merged_into.is_(None),
            Activity.lender.is_(None) | deleted,
        )
        .group_by(sport, deleted)
        .order_by(func.count().desc(), sport)
    )
    counts: dict[str, int] = {}
    for shown_sport, is_deleted, count in rows:
        name = "deleted" if is_deleted else shown_sport
        counts[name] = counts.get(name, 0) + count
    return counts
