"""A month of activities as a grid of weeks."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.activities.search import DayEntry
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

YEARS = (1970, 2200)


@dataclass(frozen=True)
class Day:
    """One day of the grid; days of the neighbouring months are in it too."""

    day: date
    inside: bool
    entries: tuple[DayEntry, ...]


@dataclass(frozen=True)
class Week:
    """Monday to Sunday, with what was done in it."""

    days: tuple[Day, ...]
    activities: int
    distance_m: float
    moving_s: float


def read_month(text: str, today: date) -> date:
    """The first day of a month such as ``2026-05``; of this one when nothing is given.

    Raises:
        InvalidInputError: there is no such month.
    """
    if not text.strip():
        return today.replace(day=1)
    try:
        month = date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        month = date.min
    if not YEARS[0] <= month.year < YEARS[1]:
        raise InvalidInputError(
            _("There is no such month."), next_step=_("write it as year and month: 2026-05")
        )
    return month


def days_of(month: date) -> tuple[date, date]:
    """The first and the last day of the grid of a month."""
    weeks = _grid(month)
    return weeks[0][0], weeks[-1][-1]


def weeks(month: date, entries: Sequence[DayEntry]) -> list[Week]:
    """The grid of a month with its activities."""
    by_day: dict[date, list[DayEntry]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry)
    return [_week(week, month, by_day) for week in _grid(month)]


def before(month: date) -> date:
    """The month before."""
    return (month - timedelta(days=1)).replace(day=1)


def after(month: date) -> date:
    """The month after."""
    return (month + timedelta(days=31)).replace(day=1)


def _grid(month: date) -> list[list[date]]:
    return Calendar().monthdatescalendar(month.year, month.month)


def _week(days: list[date], month: date, by_day: dict[date, list[DayEntry]]) -> Week:
    done = [entry for day in days for entry in by_day.get(day, ())]
    return Week(
        days=tuple(Day(day, day.month == month.month, tuple(by_day.get(day, ()))) for day in days),
        activities=len(done),
        distance_m=sum(entry.distance_m or 0.0 for entry in done),
        moving_s=sum(entry.moving_s for entry in done),
    )
