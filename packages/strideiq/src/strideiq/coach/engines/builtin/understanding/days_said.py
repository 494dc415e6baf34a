"""Single days as people say them: 3 November, 12/9, yesterday, last Tuesday, Christmas Day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from strideiq.coach.engines.builtin.understanding.intent import Period

Reader = Callable[[re.Match[str], date], Period | None]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FEASTS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "xmas": (12, 25), "boxing day": (12, 26), "new years eve": (12, 31),
    "new years day": (1, 1), "new year day": (1, 1), "new year eve": (12, 31), "new year": (1, 1),
    "halloween": (10, 31), "valentines day": (2, 14),
}  # fmt: skip
"""Feasts that have one day in each year."""
CENTURY = 2000
"""Years of two digits are of this one."""

MONTH = "|".join(MONTHS)
WEEKDAY = "|".join(WEEKDAYS)
FEAST = "|".join(FEASTS)
SINGLE = (
    r"(?:long |easy |big |short )?(?:run|session|workout|ride|one|race|jog|activity|effort|pace|"
    r"splits?|distance|heart|time|plan|training|parkrun|intervals?|tempo|threshold)"
)
"""What stands behind "Sundays" that is written for Sunday's."""
YEAR = r"(?:19|20)\d\d"
SAID_YEAR = rf"(?:{YEAR}|(?:of )?(?:this|last) year|the year before)"
"""The year of a date or of a month, as people say it behind it."""


def words(text: str) -> re.Pattern[str]:
    """A pattern of whole words."""
    return re.compile(rf"\b(?:{text})(?![\w-])")


def one_day(day: date) -> Period:
    """A day that is meant as one, as opposed to a span that happens to have one."""
    return Period(day, day, one_day=True)


def said_year(text: str, today: date) -> int:
    """The year that stands behind a date."""
    if text.isdigit():
        return int(text)
    return today.year - (0 if "this" in text else 1)


def _dated(year: int, month: int, day: int) -> Period | None:
    try:
        return one_day(date(year, month, day))
    except ValueError:
        return None


def _last_dated(month: int, day: int, today: date) -> Period | None:
    """The newest day of that date; of a year to come where there is none before."""
    this_year = _dated(today.year, month, day)
    if this_year is not None and this_year.last <= today:
        return this_year
    return _dated(today.year - 1, month, day) or this_year


def _iso(match: re.Match[str], today: date) -> Period | None:
    del today
    return _dated(int(match["y"]), int(match["m"]), int(match["d"]))


def _numeric(match: re.Match[str], today: date) -> Period | None:
    """12.9.2026, or 12/9: the day first, where it can be."""
    day, month = int(match["d"]), int(match["m"])
    if month > len(MONTHS) >= day:
        day, month = month, day
    year = int(match["y"] or 0)
    if year:
        return _dated(year + CENTURY if year < CENTURY else year, month, day)
    return _last_dated(month, day, today)


def _slashed(match: re.Match[str], today: date) -> Period | None:
    """12/9, or on 12.9: a date without its year; 80/20 is none."""
    day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
    if month > len(MONTHS) >= day:
        day, month = month, day
    return _last_dated(month, day, today)


def _named_day(match: re.Match[str], today: date) -> Period | None:
    month, day = MONTHS.index(match["m"]) + 1, int(match["d"])
    if match["y"]:
        return _dated(said_year(match["y"], today), month, day)
    return _last_dated(month, day, today)


def _numbered(match: re.Match[str], today: date) -> Period | None:
    """Saturday the 21st: the newest such day, or the next one where there was none for long."""
    number, weekday = int(match["n"]), WEEKDAYS.index(match["w"])
    days = (today + timedelta(days=step) for step in (*range(0, -400, -1), *range(1, 60)))
    return next(
        (one_day(day) for day in days if (day.day, day.weekday()) == (number, weekday)), None
    )


def _feast(match: re.Match[str], today: date) -> Period | None:
    month, day = FEASTS[match["f"]]
    if match["y"]:
        return _dated(said_year(match["y"], today), month, day)
    return _last_dated(month, day, today)


def _relative_day(match: re.Match[str], today: date) -> Period:
    steps = {
        "day before yesterday": -2,
        "yesterday": -1,
        "day after tomorrow": 2,
        "tomorrow": 1,
    }
    step = next((step for name, step in steps.items() if name in match.group()), 0)
    return one_day(today + timedelta(days=step))


def _weekday(match: re.Match[str], today: date) -> Period:
    back = (today.weekday() - WEEKDAYS.index(match["w"])) % 7
    past = today - timedelta(days=back)
    which = (match["which"] or "").strip()
    if which in {"next", "coming", "this coming"}:
        return one_day(past + timedelta(weeks=1))
    if (which in {"last", "previous", "past"} or match["gone"]) and not back:
        past -= timedelta(weeks=1)
    if match["gone"] == " last week":
        past -= timedelta(weeks=past >= today - timedelta(days=today.weekday()))
    return Period(past, past, one_day=True, coming=past + timedelta(weeks=1))


DAYS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (words(rf"(?P<y>{YEAR})-(?P<m>\d\d)-(?P<d>\d\d)"), _iso),
    (words(r"(?:on )?(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4}|\d\d)"), _numeric),
    (
        words(
            r"(?:on |of |from |since )?(?P<d>\d{1,2})/(?P<m>\d{1,2})(?! (?:effort|intensity))|"
            r"on (?:the )?(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})"
        ),
        _slashed,
    ),
    (
        words(
            rf"(?:on )?(?:(?:{WEEKDAY}) )?(?:the )?(?P<d>\d{{1,2}}) ?(?:st|nd|rd|th)? (?:of )?"
            rf"(?P<m>{MONTH})"
            rf"(?: (?P<y>{SAID_YEAR}))?"
        ),
        _named_day,
    ),
    (
        words(
            rf"(?:on )?(?:(?:{WEEKDAY}) )?(?P<m>{MONTH}) (?:the )?(?P<d>\d{{1,2}})"
            r" ?(?:st|nd|rd|th)?"
            rf"(?: (?P<y>{SAID_YEAR}))?(?! km| miles)"
        ),
        _named_day,
    ),
    (
        words(
            rf"(?:on )?(?P<w>{WEEKDAY}) (?:the )?(?P<n>\d{{1,2}})(?: ?(?:st|nd|rd|th))?"
            r"(?! (?:km|k|miles?|m|min|minutes|hours?|times|runs?|days|weeks|:))"
        ),
        _numbered,
    ),
    (words(rf"(?:on |at |over )?(?:last )?(?P<f>{FEAST})(?: (?P<y>{SAID_YEAR}))?"), _feast),
    (
        words(
            r"(?:the )?day (?:before yesterday|after tomorrow)|"
            r"(?:yesterday|tomorrow)(?: (?:morning|evening|afternoon|night|lunchtime))?|today|"
            r"tonight|last night|this (?:morning|evening|afternoon|lunchtime)"
        ),
        _relative_day,
    ),
    (
        words(
            r"(?<!every )(?<!each )(?:on )?(?P<which>last |this coming |this past |this |"
            r"next |previous |coming |past "
            rf")?(?P<w>{WEEKDAY})(?:s(?= {SINGLE}\b))?"
            r"(?: (?:morning|evening|afternoon|night|lunchtime))?"
            r"(?P<gone> just gone| gone| last week)?"
        ),
        _weekday,
    ),
)
"""Days in the order in which they are looked for."""
