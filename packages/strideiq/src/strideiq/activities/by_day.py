"""Activities with the day on which each was, and what those of a day, week or month add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Date, cast, func
from sqlalchemy.orm import Session

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.clocks import local_start
from strideiq.activities.filters import Filters
from strideiq.activities.search import filtered, found

Unit = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Dated:
    """An activity, and the day that it was where it was done."""

    activity: ActivityView
    day: date


@dataclass(frozen=True)
class Sums:
    """What some activities add up to; metres and seconds, None where none of them says it."""

    first_day: date | None
    """Of the day, week or month; None for all of them together."""
    activities: int
    distance_m: float | None
    moving_s: float | None
    ascent_m: float | None


@dataclass(frozen=True)
class Outing:
    """What can be added up and averaged of one activity; None where nobody says it."""

    began: datetime
    """On the clock of the place where it was, without a zone."""
    name: str
    distance_m: float | None
    moving_s: float | None
    ascent_m: float | None
    heart_rate_bpm: float | None
    max_heart_rate_bpm: float | None
    cadence_spm: float | None
    power_w: float | None
    energy_kcal: float | None


def dated(time_zone: str, views: Sequence[ActivityView]) -> list[Dated]:
    """The activities with their days, in the order given; the time zone is the athlete's own."""
    return [Dated(one, one.day(time_zone)) for one in views]


def found_by_day(
    session: Session, athlete_id: UUID, time_zone: str, filters: Filters, limit: int
) -> list[Dated]:
    """What the filters leave, in their order, no more than the limit."""
    return dated(time_zone, found(session, athlete_id, time_zone, filters, limit))


def sums(
    session: Session, athlete_id: UUID, time_zone: str, filters: Filters, by: Unit | None = None
) -> list[Sums]:
    """What the activities that the filters leave add up to: together, or by day, week or month.

    The newest first; a week begins on its Monday, and one without activities is absent.
    """
    rows, shown = filtered(athlete_id, time_zone, filters)
    added = (
        func.count(),
        func.sum(shown.c.distance_m),
        func.sum(shown.c.moving_s),
        func.sum(shown.c.ascent_m),
    )
    if by is None:
        return [Sums(None, *row) for row in session.execute(rows.with_only_columns(*added))]
    begin = cast(func.date_trunc(by, local_start(time_zone, shown)), Date)
    grouped = rows.with_only_columns(begin.label("first_day"), *added).group_by("first_day")
    return sorted(
        (Sums(*row) for row in session.execute(grouped)),
        key=lambda one: one.first_day or date.min,
        reverse=True,
    )


def outings(
    session: Session, athlete_id: UUID, time_zone: str, filters: Filters, limit: int
) -> list[Outing]:
    """What the filters leave, in a few columns and the newest first, no more than the limit."""
    rows, shown = filtered(athlete_id, time_zone, filters)
    columns = rows.with_only_columns(
        local_start(time_zone, shown),
        shown.c.name,
        shown.c.distance_m,
        shown.c.moving_s,
        shown.c.ascent_m,
        shown.c.average_heart_rate_bpm,
        shown.c.max_heart_rate_bpm,
        shown.c.average_cadence_spm,
        shown.c.average_power_w,
        shown.c.energy_kcal,
    )
    newest = columns.order_by(shown.c.started_at.desc()).limit(limit)
    return [Outing(*row) for row in session.execute(newest)]
