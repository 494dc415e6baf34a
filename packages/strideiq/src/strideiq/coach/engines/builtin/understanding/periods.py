"""Days and spans of days that a tidied question speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from strideiq.coach.engines.builtin.understanding.intent import Period

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CENTURY = 2000
"""Years of two digits are of this one."""
FEW = 3
"""How many a few are."""
RECENT_DAYS = 28
"""How long ago is lately."""
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}

_MONTH = "|".join(MONTHS)
_WEEKDAY = "|".join(WEEKDAYS)
_NUMBER = r"\d+|few|couple of|couple|several"
_THIS, _LAST, _NEXT = (
    r"this|current|the current|my",
    r"last|past|previous|the past|prior",
    r"next|coming|upcoming|following",
)


@dataclass(frozen=True)
class Place:
    """A period with where in the text it was found."""

    begin: int
    end: int
    period: Period


Reader = Callable[[re.Match[str], date], Period | None]


def periods(text: str, today: date) -> list[Place]:
    """Every period of a tidied text, in its order."""
    found: list[Place] = []
    for pattern, reader in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.begin < match.end() for one in found):
                continue
            period = reader(match, today)
            if period is not None:
                words = period.words or match.group().strip()
                found.append(Place(*match.span(), replace(period, words=words)))
    return sorted(found, key=lambda one: one.begin)


def without(text: str, places: list[Place]) -> str:
    """The text with its periods taken out."""
    for one in reversed(places):
        text = f"{text[: one.begin]} {text[one.end :]}"
    return " ".join(text.split())


def week_of(day: date) -> tuple[date, date]:
    """The Monday and the Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _shifted_month(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def unit_span(unit: str, step: int, today: date) -> Period:
    """The calendar week, month or year that lies so many before or after this one."""
    if unit == "week":
        first, last = week_of(today + timedelta(weeks=step))
    elif unit == "month":
        first, last = month_of(_shifted_month(today, step))
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


def _day(day: date) -> Period:
    return Period(day, day, one_day=True)


def _iso(match: re.Match[str], today: date) -> Period | None:
    del today
    return _dated(int(match["y"]), int(match["m"]), int(match["d"]))


def _dated(year: int, month: int, day: int) -> Period | None:
    try:
        return _day(date(year, month, day))
    except ValueError:
        return None


def _numeric(match: re.Match[str], today: date) -> Period | None:
    """12.9.2026, or 12/9: the day first, where it can be."""
    day, month = int(match["d"]), int(match["m"])
    if month > len(MONTHS) >= day:
        day, month = month, day
    year = int(match["y"] or 0)
    if year:
        return _dated(year + CENTURY if year < CENTURY else year, month, day)
    return _last_dated(month, day, today)


def _last_dated(month: int, day: int, today: date) -> Period | None:
    this_year = _dated(today.year, month, day)
    if this_year is not None and this_year.last <= today:
        return this_year
    return _dated(today.year - 1, month, day) or this_year


def _named_day(match: re.Match[str], today: date) -> Period | None:
    month, day = MONTHS.index(match["m"]) + 1, int(match["d"])
    if match["y"]:
        return _dated(int(match["y"]), month, day)
    return _last_dated(month, day, today)


def _relative_day(match: re.Match[str], today: date) -> Period:
    words = match.group()
    steps = {
        "day before yesterday": -2,
        "yesterday": -1,
        "day after tomorrow": 2,
        "tomorrow": 1,
    }
    step = next((step for name, step in steps.items() if name in words), 0)
    return _day(today + timedelta(days=step))


def _ago(match: re.Match[str], today: date) -> Period:
    count, unit = _count(match["n"]), match["u"]
    if unit == "day":
        return _day(today - timedelta(days=min(count, 20_000)))
    return unit_span(unit, -min(count, 50), today)


def _rolling(match: re.Match[str], today: date) -> Period:
    count, unit = _count(match["n"]), match["u"]
    if unit == "month":
        first = _months_back(today, count)
    else:
        days = {"day": 1, "week": 7, "fortnight": 14, "year": 365}[unit] * count
        first = today - timedelta(days=min(days, 20_000) - 1)
    plural = "" if count == 1 else "s"
    return Period(first, today, f"the last {count} {unit}{plural}")


def _months_back(today: date, count: int) -> date:
    """The day after the one of the same number so many months ago."""
    start = _shifted_month(today, -min(count, 600))
    return start.replace(day=min(today.day, month_of(start)[1].day)) + timedelta(days=1)


def _count(text: str) -> int:
    if text.isdigit():
        return max(1, min(int(text), 10_000))
    return 2 if text.startswith("couple") else FEW


def _unit(match: re.Match[str], today: date) -> Period:
    which, unit = match["which"], match["u"]
    step = 0 if re.fullmatch(_THIS, which) else 1 if re.fullmatch(_NEXT, which) else -1
    return unit_span(unit, step, today)


def _before_last(match: re.Match[str], today: date) -> Period:
    return unit_span(match["u"], -2, today)


def _weekend(match: re.Match[str], today: date) -> Period:
    saturday = week_of(today)[0] + timedelta(days=5)
    if match["which"] and "next" in match["which"]:
        saturday += timedelta(weeks=1)
    elif saturday > today and (match["which"] or "") not in {"this ", "coming "}:
        saturday -= timedelta(weeks=1)
    return Period(saturday, saturday + timedelta(days=1), "the weekend")


def _weekday(match: re.Match[str], today: date) -> Period:
    back = (today.weekday() - WEEKDAYS.index(match["w"])) % 7
    past = today - timedelta(days=back)
    which = (match["which"] or "").strip()
    if which in {"next", "coming", "this coming"}:
        return _day(past + timedelta(weeks=1))
    if which in {"last", "previous"} and not back:
        past -= timedelta(weeks=1)
    return Period(past, past, one_day=True, coming=past + timedelta(weeks=1))


def _since(match: re.Match[str], today: date) -> Period | None:
    begins = periods(match["from"], today)
    if not begins or begins[0].begin > len("the ") or begins[0].period.first is None:
        return None
    return Period(begins[0].period.first, today, f"since {match['from'].strip()}")


def _between(match: re.Match[str], today: date) -> Period | None:
    first, last = periods(match["from"], today), periods(match["to"], today)
    if not first or not last or first[0].begin or last[0].begin:
        return None
    begin, end = first[0].period.first, last[0].period.last
    if begin is None:
        return None
    if end < begin:
        begin = begin.replace(year=begin.year - 1)
    return Period(begin, end)


def _month(match: re.Match[str], today: date) -> Period:
    month = MONTHS.index(match["m"]) + 1
    if match["y"]:
        year = int(match["y"])
    else:
        year = today.year if month <= today.month else today.year - 1
        if match["which"] and "last" in match["which"] and month == today.month:
            year -= 1
    first, last = month_of(date(year, month, 1))
    return Period(first, last, f"{match['m'].capitalize()} {year}")


def _year(match: re.Match[str], today: date) -> Period:
    del today
    year = int(match["y"])
    return Period(date(year, 1, 1), date(year, 12, 31), str(year))


def _season(match: re.Match[str], today: date) -> Period:
    month = SEASONS[match["s"]]
    year = today.year
    first = date(year, month, 1)
    if first > today or (
        (match["which"] or "").startswith("last") and _shifted_month(first, 3) > today
    ):
        first = date(year - 1, month, 1)
    return Period(first, _shifted_month(first, 3) - timedelta(days=1))


def _everything(match: re.Match[str], today: date) -> Period:
    del match
    return Period(None, today, "all time")


def _recently(match: re.Match[str], today: date) -> Period:
    del match
    return Period(today - timedelta(days=RECENT_DAYS - 1), today, f"the last {RECENT_DAYS} days")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})(?![\w-])")


_YEAR = r"(?:19|20)\d\d"
_ANY = (
    rf"(?:the )?(?:\d{{1,2}} ?(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})(?: {_YEAR})?|"
    rf"(?:{_MONTH})(?: \d{{1,2}}\b(?: ?(?:st|nd|rd|th))?)?(?: {_YEAR})?|{_YEAR}-\d\d-\d\d|"
    rf"(?:last |this )?(?:{_WEEKDAY}|week|month|year|spring|summer|autumn|fall|"
    rf"winter)|yesterday|{_YEAR}|"
    rf"(?:{_NUMBER}) (?:day|week|month|year)s? ago)"
)
_PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        _pattern(
            rf"(?:from|between) (?P<from>{_ANY}) (?:to|until|till|and|through) "
            rf"(?P<to>{_ANY}|today)"
        ),
        _between,
    ),
    (
        _pattern(rf"(?:ever )?(?:since|starting|after) (?P<from>{_ANY})(?: on(?:wards?)?)?"),
        _since,
    ),
    (_pattern(rf"(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)"), _iso),
    (_pattern(r"(?:on )?(?P<d>\d{1,2})[./](?P<m>\d{1,2})(?:[./](?P<y>\d{4}|\d\d))?"), _numeric),
    (
        _pattern(
            rf"(?:on )?(?:the )?(?P<d>\d{{1,2}}) ?(?:st|nd|rd|th)? (?:of "
            rf")?(?P<m>{_MONTH})(?: (?P<y>{_YEAR}))?"
        ),
        _named_day,
    ),
    (
        _pattern(
            rf"(?:on )?(?P<m>{_MONTH}) (?:the )?(?P<d>\d{{1,2}}) ?(?:st|nd|rd|th)?(?: "
            rf"(?P<y>{_YEAR}))?(?! km| miles)"
        ),
        _named_day,
    ),
    (
        _pattern(
            r"(?:the )?day (?:before yesterday|after tomorrow)|yesterday|tomorrow|today|"
            r"tonight|last night|this (?:morning|evening|afternoon)"
        ),
        _relative_day,
    ),
    (_pattern(rf"(?P<n>{_NUMBER}|a) (?P<u>day|week|month|year)s? ago"), _ago),
    (
        _pattern(
            r"(?:in |over |for |during |within )?(?:the |my )?(?:last|past|previous|"
            rf"these) (?P<n>{_NUMBER}) (?P<u>day|week|fortnight|month|year)s?"
        ),
        _rolling,
    ),
    (
        _pattern(
            r"(?:in|over|for|within|during) (?:the )?(?P<n>\d+) (?P<u>day|week|month|"
            r"year)s?"
        ),
        _rolling,
    ),
    (
        _pattern(
            r"(?:the )?(?P<u>week|month|year) before (?:last|that)|(?:the )?week before "
            r"last week"
        ),
        _before_last,
    ),
    (
        _pattern(
            r"(?:of |in |for |over |during )?(?:the |all |whole |all of "
            rf")*(?P<which>{_THIS}|{_LAST}|{_NEXT}) (?P<u>week|month|year)"
        ),
        _unit,
    ),
    (
        _pattern(
            r"(?:(?:on|over|at) )?(?:the )?(?P<which>last |this |next |coming |past "
            r")?weekend"
        ),
        _weekend,
    ),
    (
        _pattern(
            r"(?:on )?(?P<which>last |this coming |this |next |previous |coming "
            rf")?(?P<w>{_WEEKDAY})s?"
        ),
        _weekday,
    ),
    (
        _pattern(
            r"(?:in |of |for |during |back in )?(?P<which>last |this )?(?P<m>january|"
            r"february|april|june|july|august|september|october|november|december)(?: "
            rf"(?:of )?(?P<y>{_YEAR}))?"
        ),
        _month,
    ),
    (
        _pattern(
            r"(?:in |of |for |during |this |last )(?P<which>last |this )?(?P<m>march|"
            rf"may)(?: (?P<y>{_YEAR}))?"
        ),
        _month,
    ),
    (_pattern(rf"(?P<which>last |this )?(?P<m>march|may) (?P<y>{_YEAR})"), _month),
    (_pattern(rf"(?:in |of |for |during )?(?:the year )?(?P<y>{_YEAR})"), _year),
    (
        _pattern(
            r"(?:in |over |during )?(?:the )?(?P<which>last |this |past )?(?P<s>spring|"
            r"summer|autumn|winter)"
        ),
        _season,
    ),
    (
        _pattern(
            r"all time|of all time|ever|so far in (?:my )?life|altogether|in total|"
            r"lifetime|since the beginning|over the years|across the years|all my life|"
            r"since i started"
        ),
        _everything,
    ),
    (_pattern(r"lately|recently|these days|of late"), _recently),
)
