"""Searching the log: which activities the filters leave, page by page, and their totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Subquery, cast, exists, func, select, tuple_
from sqlalchemy.orm import Session

from strideiq.activities import views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.clocks import between_days, local_day, local_start
from strideiq.activities.filters import Filters
from strideiq.activities.log import Month
from strideiq.activities.models import ActivityAnnotation, ActivityStream


@dataclass(frozen=True)
class GearSource:
    """How a feature above this one says what an activity was done with."""

    column: Callable[[UUID, Subquery], ColumnElement[Any]]
    names: Callable[[Session, UUID], Mapping[UUID, str]]


_gear: list[GearSource] = []


def gear_from(source: GearSource) -> None:
    """Have gear asked for what an activity was done with, and how gear is called."""
    _gear[:] = [source]


def gear_names(session: Session, athlete_id: UUID) -> Mapping[UUID, str]:
    """The names of the athlete's gear, by id."""
    return _gear[0].names(session, athlete_id) if _gear else {}


def found(
    session: Session,
    athlete_id: UUID,
    time_zone: str,
    filters: Filters,
    limit: int,
    before: UUID | None = None,
) -> list[ActivityView]:
    """A page of the list; ``before`` is the last activity of the page above it.

    Two queries, however many activities there are: the ids by their order, then their rows.

    Raises:
        NoSuchActivityError: the athlete has no activity ``before``.
    """
    rows, shown = filtered(athlete_id, time_zone, filters)
    value = _order(shown, filters)
    position = tuple_(value, shown.c.activity_id)
    if before is not None:
        views.activity(session, athlete_id, before)
        every = views.visible(athlete_id)
        last = select(_order(every, filters), every.c.activity_id).where(
            every.c.activity_id == before
        )
        after = last.scalar_subquery()
        rows = rows.where(position > after if filters.upwards else position < after)
    order = (value, shown.c.activity_id)
    rows = rows.order_by(*(column if filters.upwards else column.desc() for column in order))
    ids = list(session.scalars(rows.limit(limit)))
    return views.several(session, athlete_id, ids)


def months(
    session: Session, athlete_id: UUID, time_zone: str, filters: Filters
) -> dict[date, Month]:
    """Totals by the first day of each month, of the activities that the filters leave."""
    rows, shown = filtered(athlete_id, time_zone, filters)
    month = cast(func.date_trunc("month", local_start(time_zone, shown)), Date)
    sums = rows.with_only_columns(
        month.label("first_day"),
        func.count(),
        func.coalesce(func.sum(shown.c.distance_m), 0.0),
        func.coalesce(func.sum(shown.c.moving_s), 0.0),
    ).group_by("first_day")
    return {day: Month(day, *rest) for day, *rest in session.execute(sums)}


@dataclass(frozen=True)
class DayEntry:
    """One activity in a calendar."""

    day: date
    activity_id: UUID
    sport: str
    name: str
    distance_m: float | None
    moving_s: float
    race: bool


def between(
    session: Session,
    athlete_id: UUID,
    time_zone: str,
    filters: Filters,
    first_day: date,
    last_day: date,
) -> list[DayEntry]:
    """The activities of some days of the athlete's calendar, in order."""
    rows, shown = filtered(athlete_id, time_zone, filters)
    day = local_day(time_zone, shown)
    entries = rows.with_only_columns(
        day,
        shown.c.activity_id,
        shown.c.sport,
        shown.c.name,
        shown.c.distance_m,
        shown.c.moving_s,
        func.coalesce(shown.c.race, False),
    ).where(day.between(first_day, last_day))
    return [DayEntry(*row) for row in session.execute(entries.order_by(shown.c.started_at, day))]


def filtered(athlete_id: UUID, time_zone: str, filters: Filters) -> tuple[Select[Any], Subquery]:
    """The ids that the filters leave, and the shown values beside them."""
    shown = views.visible(athlete_id, [filters.sport] if filters.sport else None)
    rows = select(shown.c.activity_id)
    if filters.query:
        text = filters.query
        rows = rows.where(
            shown.c.name.icontains(text, autoescape=True)
            | shown.c.notes.icontains(text, autoescape=True)
        )
    if filters.since or filters.until:
        rows = rows.where(*between_days(time_zone, shown, filters.since, filters.until))
    if filters.shortest_m is not None:
        rows = rows.where(shown.c.distance_m >= filters.shortest_m)
    if filters.longest_m is not None:
        rows = rows.where(shown.c.distance_m <= filters.longest_m)
    if filters.gear is not None:
        used = _gear[0].column(athlete_id, shown) if _gear else shown.c.gear_id
        rows = rows.where(used == filters.gear)
    if filters.race:
        rows = rows.where(shown.c.race)
    if filters.heart:
        rows = rows.where(shown.c.average_heart_rate_bpm.is_not(None))
    if filters.track:
        rows = rows.where(_has_track(athlete_id, shown))
    if filters.changed:
        rows = rows.where(_has_annotation(athlete_id, shown))
    return rows, shown


def _has_track(athlete_id: UUID, shown: Subquery) -> ColumnElement[bool]:
    return exists().where(
        ActivityStream.athlete_id == athlete_id,
        ActivityStream.activity_id == shown.c.activity_id,
        ActivityStream.channel == "latitude_deg",
        ActivityStream.level == 0,
    )


def _has_annotation(athlete_id: UUID, shown: Subquery) -> ColumnElement[bool]:
    return exists().where(
        ActivityAnnotation.athlete_id == athlete_id,
        ActivityAnnotation.activity_id == shown.c.activity_id,
    )


def _order(shown: Subquery, filters: Filters) -> ColumnElement[Any]:
    """What the list is ordered by; what is not known comes last."""
    if filters.sort == "date":
        return shown.c.started_at
    values: dict[str, ColumnElement[Any]] = {
        "distance": shown.c.distance_m,
        "time": shown.c.moving_s,
        "pace": shown.c.distance_m / func.nullif(shown.c.moving_s, 0.0),
        "heart": shown.c.average_heart_rate_bpm,
        "ascent": shown.c.ascent_m,
    }
    last = float("inf") if filters.upwards else -1.0
    return func.coalesce(values[filters.sort], last)
