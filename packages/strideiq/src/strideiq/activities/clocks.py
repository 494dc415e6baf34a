"""The one place that says on which clock, and so on which day, an activity was.

First the time zone that the athlete says, then the one of the place where it began, then the
athlete's own. Everything that has a day because an activity was on it takes it from here, or from
``ActivityView.day``, which is the same rule for an activity that was read: the log, sums, bests,
fitness, weeks, plans, the coach and what leaves the server.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, SQLColumnExpression, cast, func

ONE_DAY = timedelta(days=1)


def local_start(time_zone: str, shown: FromClause) -> ColumnElement[datetime]:
    """When an activity of ``visible()`` began, on its own clock, without a zone.

    ``time_zone`` is the athlete's own.
    """
    return on_clock(shown.c.started_at, shown.c.time_zone, shown.c.place_zone, time_zone)


def known_zone(shown: FromClause) -> ColumnElement[str | None]:
    """``ActivityView.clock_zone`` of an activity of ``visible()``."""
    return func.coalesce(shown.c.time_zone, shown.c.place_zone)


def on_clock(
    started_at: ColumnElement[datetime], *zones: SQLColumnExpression[Any] | str
) -> ColumnElement[datetime]:
    """A moment on the first clock that is known, without a zone."""
    return func.timezone(func.coalesce(*zones), started_at)


def local_day(time_zone: str, shown: FromClause) -> ColumnElement[date]:
    """The day that an activity of ``visible()`` was; ``time_zone`` is the athlete's own."""
    return cast(local_start(time_zone, shown), Date)


def between_days(
    time_zone: str, shown: FromClause, first: date | None, last: date | None
) -> list[ColumnElement[bool]]:
    """What leaves the activities of some days, the last one included; None for no limit."""
    local = local_start(time_zone, shown)
    limits: list[ColumnElement[bool]] = []
    # First roughly, by what an index finds: no clock is a whole day off.
    if first:
        limits += [shown.c.started_at >= first - ONE_DAY, local >= first]
    if last:
        end = last + ONE_DAY
        limits += [shown.c.started_at < end + ONE_DAY, local < end]
    return limits
