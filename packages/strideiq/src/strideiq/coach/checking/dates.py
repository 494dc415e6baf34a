"""Days, weeks, months and years that a text speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = [
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAY = "|".join(f"(?i:{name})|{name[:3].capitalize()}\\b\\.?" for name in _WEEKDAYS)
"""Short names only with a capital: one may have sat in the sun."""

_DAY_NUMBER = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s(?P<y>(?:19|20)\d\d))?"
_ISO = re.compile(r"\b(?P<y>(?:19|20)\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)\b")
_DAY_MONTH = re.compile(
    rf"\b(?:the )?{_DAY_NUMBER}\s(?:of\s)?(?P<m>{_MONTH})\b\.?{_YEAR}", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"\b(?P<m>{_MONTH})\.?\s(?:the\s)?(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\b"
    rf"(?!\s?(?:km|mi|min|h\b|%)){_YEAR}",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    rf"\b(?:in|of|since|during|for|from|to|until|this|last|and)\s(?P<m>{_MONTH})\b\.?{_YEAR}",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(
    r"\b(?:in|of|since|during|for|than|year|season)\s(?P<y>(?:19|20)\d\d)\b", re.IGNORECASE
)
_WEEKDAY_ALONE = re.compile(
    rf"\b(?P<which>(?i:last|this|next|on)\s)?(?P<w>{_WEEKDAY})(?:'s|\u2019s|s)?(?!\w)"
    r"(?P<part>\s(?i:morning|afternoon|evening|night))?"
)
_RELATIVE_DAY = re.compile(
    r"\b(?P<r>the day before yesterday|yesterday|today|tonight|this morning|"
    r"this evening|this afternoon|last night|tomorrow|the day after tomorrow)(?:'s|\u2019s)?\b",
    re.IGNORECASE,
)
_DAYS_AGO = re.compile(r"\b(?P<n>\d+)\s(?P<u>day|week)s?\sago\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"\b(?P<which>this|last|next|the current|the previous|the past)\s"
    r"(?P<u>week|month|year)(?:'s|\u2019s)?\b",
    re.IGNORECASE,
)

_RELATIVE_DAYS = {
    "the day before yesterday": -2,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
    "the day after tomorrow": 2,
}
Span = tuple[date, date]


@dataclass(frozen=True)
class Moment:
    """A mention of a time: the spans of days, first to last, that it can mean."""

    begin: int
    end: int
    spans: tuple[Span, ...]


def moments(text: str, today: date) -> list[Moment]:
    """Every mention of days in a text, in its order. An impossible day means no span at all."""
    found: list[Moment] = []
    for one in _all(text, today):
        if not any(one.begin < other.end and other.begin < one.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.begin)


def _all(text: str, today: date) -> Iterator[Moment]:
    for match in _ISO.finditer(text):
        yield Moment(*match.span(), _days(int(match["y"]), int(match["m"]), int(match["d"])))
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            yield Moment(*match.span(), _calendar_days(match, today))
    for match in _RELATIVE_DAY.finditer(text):
        yield _at(match, today + timedelta(days=_RELATIVE_DAYS.get(match["r"].lower(), 0)))
    for match in _DAYS_AGO.finditer(text):
        length = 7 if match["u"].lower() == "week" else 1
        yield _at(match, today - timedelta(days=min(int(match["n"]), 36500) * length))
    for match in _PERIOD.finditer(text):
        yield Moment(*match.span(), _period(match["which"].lower(), match["u"].lower(), today))
    for match in _MONTH_ALONE.finditer(text):
        yield Moment(match.start("m"), match.end(), _months(match, today))
    for match in _YEAR_ALONE.finditer(text):
        year = int(match["y"])
        yield Moment(
            match.start("y"), match.end("y"), _up_to(date(year, 1, 1), date(year, 12, 31), today)
        )
    for match in _WEEKDAY_ALONE.finditer(text):
        yield Moment(*match.span(), _weekdays(match, today))


def _at(match: re.Match[str], day: date) -> Moment:
    return Moment(*match.span(), ((day, day),))


def _days(year: int, month: int, day: int) -> tuple[Span, ...]:
    try:
        found = date(year, month, day)
    except ValueError:
        return ()
    return ((found, found),)


def _month_number(text: str) -> int:
    return next(
        number for number, name in enumerate(_MONTHS, start=1) if name.startswith(text[:3].lower())
    )


def _calendar_days(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """A day with its year, else the last one and the next one of that name."""
    month, day = _month_number(match["m"]), int(match["d"])
    if match["y"]:
        return _days(int(match["y"]), month, day)
    years = (today.year - 1, today.year, today.year + 1)
    spans = [span for year in years for span in _days(year, month, day)]
    before = [span for span in spans if span[0] <= today]
    after = [span for span in spans if span[0] > today]
    return (*before[-1:], *after[:1])


def _months(match: re.Match[str], today: date) -> tuple[Span, ...]:
    month = _month_number(match["m"])
    years = [int(match["y"])] if match["y"] else [today.year - 1, today.year, today.year + 1]
    spans: list[Span] = []
    for year in years:
        first = date(year, month, 1)
        spans += _up_to(first, _end_of_month(first), today)
    return tuple(spans)


def _period(which: str, unit: str, today: date) -> tuple[Span, ...]:
    step = {"this": 0, "the current": 0, "next": 1}.get(which, -1)
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        spans = _up_to(first, first + timedelta(days=6), today)
        rolling = {-1: ((today - timedelta(days=7), today), (today - timedelta(days=6), today))}
        return spans + (rolling.get(step, ()) if which == "the past" else ())
    if unit == "month":
        number = today.year * 12 + today.month - 1 + step
        first = date(number // 12, number % 12 + 1, 1)
        return _up_to(first, _end_of_month(first), today)
    year = today.year + step
    return _up_to(date(year, 1, 1), date(year, 12, 31), today)


def _up_to(first: date, last: date, today: date) -> tuple[Span, ...]:
    """A span, and the part of it that is over where it is still going on."""
    return ((first, last), (first, today)) if first <= today < last else ((first, last),)


def _end_of_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _weekdays(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """The last such day and the next one; "last" and "next" leave one of them."""
    wanted = next(n for n, name in enumerate(_WEEKDAYS) if name.startswith(match["w"][:3].lower()))
    last = today - timedelta(days=(today.weekday() - wanted) % 7)
    coming = last + timedelta(days=7)
    which = (match["which"] or "").strip().lower()
    if which == "last":
        before = last if last < today else last - timedelta(days=7)
        return ((before, before),)
    if which == "next":
        return ((coming, coming),)
    return ((last, last), (coming, coming))
