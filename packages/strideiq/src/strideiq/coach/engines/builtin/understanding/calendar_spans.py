"""Weeks, months and years of the calendar, and which one lies before which: pure arithmetic."""

from __future__ import annotations

from datetime import date, timedelta

from strideiq.coach.engines.builtin.understanding.intent import Period


def week_of(day: date) -> tuple[date, date]:
    """The Monday and the Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def shifted_month(day: date, months: int) -> date:
    """The first day of the month that lies so many months before or after a day's month."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def unit_span(unit: str, step: int, today: date) -> Period:
    """The calendar week, month or year that lies so many before or after this one."""
    if unit == "week":
        first, last = week_of(today + timedelta(weeks=step))
    elif unit == "month":
        first, last = month_of(shifted_month(today, step))
    else:
        first, last = date(today.year + step, 1, 1), date(today.year + step, 12, 31)
    return Period(first, last)


def before(period: Period) -> Period | None:
    """The period of the same length and kind just before one."""
    if period.first is None:
        return None
    first, last = period.first, period.last
    ends = first - timedelta(days=1)
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return Period(date(first.year - 1, 1, 1), ends)
    if (first, last) == month_of(first):
        return Period(ends.replace(day=1), ends)
    return Period(first - timedelta(days=period.days), ends)


def current_of(period: Period, today: date) -> Period | None:
    """The week, month or year of today, where a period is an earlier one of the calendar."""
    for unit in ("week", "month", "year"):
        for step in range(-5, 0):
            past = unit_span(unit, step, today)
            if (past.first, past.last) == (period.first, period.last):
                return unit_span(unit, 0, today)
    return None
