"""Activities with the day on which each was, and what those of a day, week or month add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
