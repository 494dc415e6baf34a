"""Spans that are told by the day up to which they go: "up to today", "by 28 November last year".

The span begins with its week, its month or its year, or where the text says: "from Monday".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from strideiq.coach.checking.dates import MONTH, WEEKDAYS, Span, moments

_DATE = rf"(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?(?:{MONTH})\b(?:\s(?:19|20)\d\d)?"
_NEAR = r"(?:today|yesterday|now)\b"
_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})\b"
UP_TO = re.compile(
    rf"\b(?:by|up\sto|until|till)\s(?:and\sincluding\s)?(?P<day>{_NEAR}|{_DATE})"
    r"(?:,?\s(?P<year>last\syear|this\syear))?(?!['\u2019\w])",
    re.IGNORECASE,
)
FROM_TO = re.compile(
    rf"\bfrom\s(?P<first>{_WEEKDAY}|{_DATE})\s(?:up\s)?(?:to|until|till|through)\s"
    rf"(?P<last>{_NEAR}|{_WEEKDAY}(?!\s\d))(?!['\u2019\w])",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:from|between)\s[^,;.]{1,20}$", re.IGNORECASE)


def up_to(match: re.Match[str], today: date) -> Iterator[Span]:
    """The week, the month and the year up to a day; of "last year" only the year."""
    if _FROM.search(match.string, 0, match.start()):
        return
    told = match["day"].lower()
    year = (match["year"] or "").lower()
    for day in _days("today" if told == "now" else told, today):
        if year:
            if not re.search(r"\d{4}$", told):
                moved = _in_year(day, today.year - year.startswith("last"))
                if moved and moved <= today:
                    yield date(moved.year, 1, 1), moved
            continue
        yield day - timedelta(days=day.weekday()), day
        yield day.replace(day=1), day
        yield date(day.year, 1, 1), day


def from_to(match: re.Match[str], today: date) -> Iterator[Span]:
    """From the last such day before another one up to that one."""
    told = match["last"].lower()
    for last in _days("today" if told == "now" else told, today):
        first = max((day for day in _days(match["first"], last)), default=last)
        if first < last:
            yield first, last


def _days(text: str, today: date) -> list[date]:
    """The newest day that a text can mean and that is not to come."""
    days = [
        first
        for moment in moments(text, today)
        for first, last in moment.spans
        if first == last and first <= today
    ]
    return [max(days)] if days else []


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None
