"""Spans of days as people say them: last month, the past six weeks, in August, this summer."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.days_said import (
    MONTH,
    MONTHS,
    SAID_YEAR,
    YEAR,
    Reader,
    one_day,
    said_year,
    words,
)
from strideiq.coach.engines.builtin.understanding.intent import Period

FEW = 3
"""How many a few are."""
RECENT_DAYS = 28
"""How long ago is lately."""
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
UNIT_DAYS = {"day": 1, "night": 1, "week": 7, "fortnight": 14, "year": 365}

NUMBER = r"\d+|few|couple of|couple|several"
_THIS, _LAST, _NEXT = (
    r"this|current|the current|my",
    r"last|past|previous|the past|prior",
    r"next|coming|upcoming|following",
)


def _count(text: str | None) -> int:
    if not text or text == "a":
        return 1
    if text.isdigit():
        return max(1, min(int(text), 10_000))
    return 2 if text.startswith("couple") else FEW


def _ago(match: re.Match[str], today: date) -> Period:
    count, unit = _count(match["n"]), match["u"]
    if unit in {"day", "night"}:
        return one_day(today - timedelta(days=min(count, 20_000)))
    if unit == "fortnight":
        return calendar.unit_span("week", -2 * min(count, 50), today)
    return calendar.unit_span(unit, -min(count, 50), today)


def _rolling(match: re.Match[str], today: date) -> Period:
    count, unit = _count(match["n"]), match["u"]
    if unit == "month":
        first = _months_back(today, count)
    else:
        first = today - timedelta(days=min(UNIT_DAYS[unit] * count, 20_000) - 1)
    plural = "" if count == 1 else "s"
    return Period(first, today, f"the last {count} {unit}{plural}")


def _rolling_one(match: re.Match[str], today: date) -> Period:
    """The past week: the seven days up to today, as opposed to the last one of the calendar."""
    unit = match["u"] or match["u2"] or match["u3"]
    if unit == "month":
        return Period(_months_back(today, 1), today, "the last month")
    return Period(today - timedelta(days=UNIT_DAYS[unit] - 1), today, f"the last {unit}")


def _half_year(match: re.Match[str], today: date) -> Period:
    del match
    return Period(_months_back(today, 6), today, "the last 6 months")


def _months_back(today: date, count: int) -> date:
    """The day after the one of the same number so many months ago."""
    start = calendar.shifted_month(today, -min(count, 600))
    last = calendar.month_of(start)[1].day
    return start.replace(day=min(today.day, last)) + timedelta(days=1)


def _unit(match: re.Match[str], today: date) -> Period:
    which, unit = match["which"], match["u"]
    step = 0 if re.fullmatch(_THIS, which) else 1 if re.fullmatch(_NEXT, which) else -1
    return calendar.unit_span(unit, step, today)


def _to_date(match: re.Match[str], today: date) -> Period:
    return calendar.unit_span(match["u"], 0, today)


def _before_last(match: re.Match[str], today: date) -> Period:
    return calendar.unit_span(match["u"], -2, today)


def _week_after_next(match: re.Match[str], today: date) -> Period:
    return calendar.unit_span(match["u"], 2, today)


def _weekend(match: re.Match[str], today: date) -> Period:
    saturday = calendar.week_of(today)[0] + timedelta(days=5)
    which = match["which"] or ""
    if "next" in which:
        saturday += timedelta(weeks=1)
    elif (saturday > today and which not in {"this ", "coming "}) or (
        saturday <= today and which == "last "
    ):
        saturday -= timedelta(weeks=1)
    return Period(saturday, saturday + timedelta(days=1), "the weekend")


def _month(match: re.Match[str], today: date) -> Period:
    month = MONTHS.index(match["m"]) + 1
    if match["y"]:
        year = said_year(match["y"], today)
    else:
        year = today.year if month <= today.month else today.year - 1
        which = match["which"] or ""
        if "last" in which and (month == today.month or f"this {match['m']}" in match.string):
            year -= 1
    first, last = calendar.month_of(date(year, month, 1))
    return Period(first, last, f"{match['m'].capitalize()} {year}")


def _months(match: re.Match[str], today: date) -> Period | None:
    """Months one after the other, as one span: June, July and August; June to August last year."""
    if match["two"] and _HELD_AGAINST.search(match.string):
        return None
    numbers = [MONTHS.index(one) for one in re.findall(MONTH, match["ms"])]
    steps = [(after - one) % 12 for one, after in pairwise(numbers)]
    if not _UNTIL.search(match["ms"]) and set(steps) != {1}:
        return None
    count = sum(steps) + 1
    if match["y"]:
        year = said_year(match["y"], today) - (numbers[0] > numbers[-1])
    else:
        ends = date(today.year, numbers[-1] + 1, 1)
        year = today.year - (ends > today) - (numbers[0] > numbers[-1])
    first = date(year, numbers[0] + 1, 1)
    return Period(first, calendar.shifted_month(first, count) - timedelta(days=1))


def _year(match: re.Match[str], today: date) -> Period:
    del today
    year = int(match["y"])
    return Period(date(year, 1, 1), date(year, 12, 31), str(year))


def _season(match: re.Match[str], today: date) -> Period:
    month, year = SEASONS[match["s"]], today.year
    first = date(year, month, 1)
    past = (match["which"] or "").startswith("last")
    if first > today or (past and calendar.shifted_month(first, 3) > today):
        first = date(year - 1, month, 1)
    return Period(first, calendar.shifted_month(first, 3) - timedelta(days=1))


def _everything(match: re.Match[str], today: date) -> Period:
    del match
    return Period(None, today, "all time")


def _recently(match: re.Match[str], today: date) -> Period:
    del match
    return Period(today - timedelta(days=RECENT_DAYS - 1), today, f"the last {RECENT_DAYS} days")


_UNITS = "day|night|week|fortnight|month|year"
_NAMED_MONTHS = "|".join(one for one in MONTHS if one not in {"march", "may"})

_UNTIL = re.compile(r" (?:to|until|till|through|up to) ")
_HELD_AGAINST = re.compile(
    r"\b(?:compar\w+|versus|than|against|or|differ\w*|between|which|more|less|better|faster)\b"
)
"""Words that make of two months two spans, and not one."""
_JOINED = r"(?: and(?: in)?| to| until| till| through| up to| plus| in)?"

SPANS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        words(
            r"(?:in |of |for |during |from |over |across |all of |the whole of )*"
            rf"(?:the months of )?(?P<ms>(?:{MONTH})(?:(?:{_JOINED} (?:{MONTH})){{2,11}}|"
            rf"(?P<two>(?: and(?: in)?| plus) (?:{MONTH}))| (?:to|until|till|through|"
            rf"up to) (?:the end of )?(?:{MONTH})))"
            rf"(?: (?:in |of )?(?P<y>{SAID_YEAR}))?"
        ),
        _months,
    ),
    (
        words(
            r"(?:in |of |for |during |back in |all )?(?:the month of )?(?P<which>last |this )?"
            rf"(?P<m>{_NAMED_MONTHS})(?: (?:of )?(?P<y>{SAID_YEAR}))?"
        ),
        _month,
    ),
    (
        words(
            r"(?:in |of |for |during |than |this |last |back in )(?P<which>last |this )?"
            rf"(?P<m>march|may)(?: (?P<y>{SAID_YEAR}))?"
        ),
        _month,
    ),
    (words(rf"(?P<which>last |this )?(?P<m>march|may) (?P<y>{SAID_YEAR})"), _month),
    (
        words(
            r"(?P<which>)(?P<m>march|may)(?P<y>)(?= (?:mileage|distance|total|volume|runs|km)\b)"
        ),
        _month,
    ),
    (words(rf"(?:about |around |roughly )?(?P<n>{NUMBER}|a) (?P<u>{_UNITS})s? (?:ago|back)"), _ago),
    (
        words(
            r"(?:in |over |for |during |within |of )?(?:the |my )?(?:whole )?(?:last|past|previous|"
            rf"these|trailing) (?P<n>{NUMBER}) (?P<u>{_UNITS})s?"
        ),
        _rolling,
    ),
    (
        words(rf"(?:in|over|for|within|during) (?:the )?(?!1 )(?P<n>\d+) (?P<u>{_UNITS})s?"),
        _rolling,
    ),
    (
        words(
            r"(?:in |over |for |during |within |across |throughout )?(?:the |this |these )?past "
            rf"(?P<u>{_UNITS})|(?:in|over|during|within|across|throughout) the last "
            rf"(?P<u2>{_UNITS})|(?:the )?(?:last|past) (?P<u3>fortnight)"
        ),
        _rolling_one,
    ),
    (words(r"(?:in |over |for |during )?(?:the )?(?:last|past) half (?:a )?year"), _half_year),
    (
        words(r"(?:the )?(?P<u>week|month|year) before (?:last|that)(?: (?:week|month))?"),
        _before_last,
    ),
    (words(r"(?:the )?(?P<u>week|month|year) after next"), _week_after_next),
    (words(r"(?P<u>week|month|year) to date"), _to_date),
    (
        words(
            r"(?:of |in |for |over |during |from )?(?:the |all |whole |all of "
            rf")*(?P<which>{_THIS}|{_LAST}|{_NEXT}) (?:calendar |whole )?(?P<u>week|month|year)"
        ),
        _unit,
    ),
    (words(r"(?<!day )(?<!days )(?:of|in|for) the (?P<u>week|month|year)"), _to_date),
    (
        words(r"(?:(?:on|over|at) )?(?:the )?(?P<which>last |this |next |coming |past )?weekend"),
        _weekend,
    ),
    (words(rf"(?:in |of |for |during |back in |all )?(?:the year )?(?P<y>{YEAR})"), _year),
    (
        words(
            r"(?:in |over |during )?(?:the )?(?P<which>last |this |past )?(?P<s>spring|summer|"
            r"autumn|winter)"
        ),
        _season,
    ),
    (
        words(
            r"all time|of all time|ever|so far in (?:my )?life|altogether|in total|lifetime|"
            r"since the beginning|over the years|across the years|all my life|since i started|"
            r"to date|in my (?:whole )?life|since day 1|of my life|since forever|in all"
        ),
        _everything,
    ),
    (words(r"lately|recently|these days|of late|at the moment|nowadays|currently"), _recently),
)
"""Spans in the order in which they are looked for."""
