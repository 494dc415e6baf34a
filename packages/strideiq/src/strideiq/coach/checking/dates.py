"""Days, weeks, months and years that a text speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from strideiq.coach.checking.ago import days_ago
from strideiq.coach.checking.words import as_digits, ordinals_as_digits

MONTHS = [
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
]
MONTHS_LONG = "|".join(MONTHS)
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS) + "|sept"
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAY = "|".join(f"(?i:{name})|{name[:3].capitalize()}\\b\\.?" for name in WEEKDAYS)
"""Short names only with a capital: one may have sat in the sun."""

_DAY_NUMBER = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s(?P<y>(?:19|20)\d\d))?"
_ISO = re.compile(r"\b(?P<y>(?:19|20)\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)\b")
_DAY_MONTH = re.compile(
    rf"\b(?:the )?{_DAY_NUMBER}\s(?:of\s)?(?P<m>{MONTH})\b\.?{_YEAR}", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"\b(?P<m>{MONTH})\.?\s+(?:the\s+)?(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\b"
    rf"(?!\s?(?:km|mi|min|h\b|%)){_YEAR}",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"\b(?:(?:between|from)\s(?:the )?)?(?:(?:{_WEEKDAY})\s)?(?:the )?"
    rf"(?:(?P<m1>{MONTH})\.?\s+)?(?P<d1>[0-3]?\d)(?:st|nd|rd|th)?"
    rf"(?:\s(?:of\s)?(?P<m2>{MONTH})\.?)?(?:,?\s(?P<y1>(?:19|20)\d\d))?\s?(?:and|to|until|till|"
    rf"through|-|\u2013)\s?"
    rf"(?:(?:{_WEEKDAY})\s)?(?:the )?(?:(?P<m3>{MONTH})\.?\s+)?(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?"
    rf"(?:\s(?:of\s)?(?P<m4>{MONTH})\b\.?)?(?!\d|\s?(?:km|mi|min|h\b|%|bpm|:)){_YEAR}",
    re.IGNORECASE,
)
"""From one day to another, of which the month is told once or twice."""
_WEEK_OF = re.compile(
    rf"\b(?:the )?week (?:of|starting|beginning|from|"
    rf"commencing)\s(?:on )?(?:(?:{_WEEKDAY}),?\s)?(?:the )?"
    rf"(?:(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\s(?:of\s)?(?P<m>{MONTH})\b|"
    rf"(?P<m2>{MONTH})\.?\s+(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?\b){_YEAR}",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    rf"\b(?:in|of|since|during|for|from|to|until|this|last|and|between)\s(?P<m>{MONTH})\b\.?{_YEAR}",
    re.IGNORECASE,
)
_MONTH_BY_NAME = re.compile(
    r"(?<![\w.])(?P<m>January|February|(?<!^)March|April|(?<!^)May|June|July|August|September|"
    rf"October|November|December)(?:'s|\u2019s)?\b(?!\s?\d){_YEAR}"
)
"""A month by its capital, wherever it stands; at the beginning "May" and "March" are verbs."""
_YEAR_ALONE = re.compile(
    r"\b(?:in|of|since|during|for|than|year|season|(?:up|down) on|compared (?:with|to)|behind|"
    r"versus|against)\s(?P<y>(?:19|20)\d\d)\b(?!\s?(?:m|km|kcal|met(?:re|er)s|steps)\b|[.,:]\d)",
    re.IGNORECASE,
)
_WEEKDAY_ALONE = re.compile(
    rf"\b(?P<which>(?i:last|this|next|on)\s)?(?P<w>{_WEEKDAY})(?P<plural>'s|\u2019s|s)?(?!\w)"
    r"(?P<part>\s(?i:morning|afternoon|evening|night))?"
)
_RELATIVE_DAY = re.compile(
    r"\b(?P<r>the day before yesterday|yesterday|today|tonight|this morning|"
    r"this evening|this afternoon|last night|tomorrow|the day after tomorrow)(?:'s|\u2019s)?\b",
    re.IGNORECASE,
)
_DAYS_AGO = re.compile(
    r"(?:\b(?P<hedge>(?:just |a little |a bit |slightly |well )?(?:over|under|more than|less than)|"
    r"about|around|roughly|almost|nearly|not quite|exactly)\s+)?"
    r"(?<![\d.])(?P<n>\d{1,4}|\ban?)\s+(?P<u>day|week|month|year)s?\sago\b",
    re.IGNORECASE,
)
_ROLLING = re.compile(
    r"\b(?:the\s)?(?:last|past|previous)\s+(?P<n>\d{1,4})\s+(?P<u>day|week|month|year)s?\b|"
    r"(?<![\d.])(?P<n2>\d{1,4})-(?P<u2>day|week|month|year)\b|"
    r"\b(?:the\s)?(?:last|past|previous|a)\s(?P<u3>fortnight|decade|(?<!a\s)quarter)\b|"
    r"\b(?:(?P<over>over|across)|in|within)\s+(?P<n3>\d{1,4})\s+(?P<u4>day|week)s\b"
    r"(?!\s(?:away|ago|old|from|until|to go|left|out|later|earlier|before|after))",
    re.IGNORECASE,
)
_DONE_IN = re.compile(
    r"\b(?:ran|run|runs|covered|done|logged|km|kilomet(?:re|er)s|miles|hours|climbed|times)\s$",
    re.IGNORECASE,
)
"""What is done in some days, and not due in them."""
_WEEKEND = re.compile(
    r"\b(?P<which>(?:last|this|next|the|the past)\s)?weekend\b(?!\sbefore)", re.IGNORECASE
)
_DAY_ALONE = re.compile(r"\bthe\s(?P<d>[0-3]?\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_UNKNOWN_TIME = re.compile(
    r"\b(?:(?:in|last|this|next|since|over|during|early|late|of)\s(?:the\s)?(?:early\s|late\s)?"
    r"(?:spring|summer|autumn|fall|winter|season|year's end)|"
    r"(?:first|second|third|fourth|last|this)\s(?:quarter|half)\b(?=\sof\sthe\s(?:year|month|"
    r"week))(?:\sof\sthe\s(?:year|month|week))?|"
    r"(?:the\s)?(?:next|following|previous|same)\sday|(?:the\s|a\s|\d+\s)?(?:days?|weeks?|months?)"
    r"\s(?:(?:after|before)(?=\s(?:\u2588|that|it|this|the|your))|later|earlier|prior)|"
    r"(?:the|a)\s(?:day|week|month|year)\s(?:after|before)(?=\s*(?:[,;!)]|\.(?!\.)|$))|"
    r"the\sother\sday|weekend|christmas(?:\sday)?|"
    r"easter|new\syear(?:'s)?(?:\s(?:day|eve))?|fortnight|(?:in|for)\s(?:days|weeks|months|years|"
    r"ages))\b",
    re.IGNORECASE,
)
"""Times that no calendar tells: a row of such a time is never found."""
_PERIOD = re.compile(
    r"\b(?P<which>this|last|next|the current|the previous|the past)\s"
    r"(?P<u>week|month|year)(?:'s|\u2019s)?\b",
    re.IGNORECASE,
)

_POINT = (
    r"(?:(?:at|by|up to|until|to)\s)?(?:the\s)?(?:same|this|that)\s(?:point|stage|time|part|day|"
    r"date|period)"
)
_SO_FAR = re.compile(
    rf"\b(?:{_POINT}(?:\s(?:in|of|during))?\s(?P<p>last (?:week|month|year)|(?:{MONTHS_LONG})|"
    r"(?:19|20)\d\d)|"
    rf"(?P<p2>last (?:week|month|year)),?\s(?:{_POINT}|by now|by then|to date))\b",
    re.IGNORECASE,
)
"""As far as another week, month or year had come by the day that is today in this one."""

_DAY_OF_WEEK = re.compile(
    rf"\b(?P<by>(?:by|up to|until)\s)?(?P<w>{'|'.join(WEEKDAYS)})\s(?:of\s)?(?P<which>last|"
    r"next|this)\sweek\b",
    re.IGNORECASE,
)

_BESIDE = re.compile(r",?\s?(?:the\s+)?\(?")

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
    weekday: int | None = None
    """For a weekday that stands by its name: its number."""


Reader = Callable[[re.Match[str], date], Moment]


def moments(text: str, today: date) -> list[Moment]:
    """Every mention of days in a text, in its order. An impossible day means no span at all."""
    found: list[Moment] = []
    written = text
    text = ordinals_as_digits(as_digits(text))
    for one in _all(text, today):
        if not any(one.begin < other.end and other.begin < one.end for other in found):
            found.append(one)
    return [_since(text, _whole(written, one), today) for one in _joined(text, found)]


def as_far(text: str, today: date) -> list[Moment]:
    """Mentions of another week, month or year up to the day that is today in this one."""
    return [
        *(Moment(*match.span(), _as_far(match, today)) for match in _SO_FAR.finditer(text)),
        *(Moment(*match.span(), _day_of(match, today)) for match in _DAY_OF_WEEK.finditer(text)),
    ]


def _day_of(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """A day of another week; "by" that day, the week up to it."""
    number = next(n for n, name in enumerate(WEEKDAYS) if name == match["w"].lower())
    step = {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
    day = monday + timedelta(days=number)
    return ((monday if match["by"] else day, day),)


def _whole(written: str, one: Moment) -> Moment:
    """With all letters of a number word that stands shorter as digits."""
    begin = one.begin
    while begin and written[begin - 1].isalnum() and written[begin].isalnum():
        begin -= 1
    return replace(one, begin=begin)


def _joined(text: str, found: list[Moment]) -> list[Moment]:
    """A weekday with the date beside it is one day; "since Monday" is all days from then on."""
    joined: list[Moment] = []
    for one in sorted(found, key=lambda one: one.begin):
        last = joined[-1] if joined else None
        if last and last.weekday is not None and _BESIDE.fullmatch(text[last.end : one.begin]):
            spans = tuple(span for span in one.spans if span[0].weekday() == last.weekday)
            joined[-1] = Moment(last.begin, one.end, spans)
        else:
            joined.append(one)
    return joined


def _since(text: str, one: Moment, today: date) -> Moment:
    before = text[max(0, one.begin - 6) : one.begin].lower()
    if not before.endswith("since "):
        return one
    spans = tuple((first, today) for first, _ in one.spans if first <= today)
    return Moment(one.begin - 6, one.end, spans)


def _all(text: str, today: date) -> Iterator[Moment]:
    """Readings, the surest first; a later one counts only where no earlier one stands."""
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            one = read(match, today)
            if one.begin < one.end:
                yield one


def _relative_day(match: re.Match[str], today: date) -> Moment:
    return _at(match, today + timedelta(days=_RELATIVE_DAYS.get(match["r"].lower(), 0)))


def _at(match: re.Match[str], day: date) -> Moment:
    return Moment(*match.span(), ((day, day),))


def _ago(match: re.Match[str], today: date) -> Moment:
    number = 1 if match["n"].lower() in {"a", "an"} else int(match["n"])
    days = days_ago(number, match["u"].lower(), match["hedge"] or "", today)
    return Moment(*match.span(), tuple((day, day) for day in days))


def _rolling(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """The days up to today, with today or without; both are what people mean."""
    if match["u3"]:
        number, unit = (2, "week") if match["u3"].lower() == "fortnight" else (0, "")
    else:
        number, unit = (
            int(match["n"] or match["n2"] or match["n3"]),
            match["u"] or match["u2"] or match["u4"],
        )
        unit = unit.lower()
    length = {"day": 1, "week": 7}.get(unit)
    if (
        length is None
        or number == 0
        or (
            match["n3"] and not match["over"] and not _DONE_IN.search(match.string[: match.start()])
        )
    ):
        return ()
    first = today - timedelta(days=number * length)
    return ((first + timedelta(days=1), today), (first, today - timedelta(days=1)))


def _weekend(match: re.Match[str], today: date) -> tuple[Span, ...]:
    which = (match["which"] or "").strip().lower()
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    if which == "next" or (which == "this" and today.weekday() < 5):  # noqa: PLR2004  Saturday
        saturday += timedelta(days=7)
    return ((saturday, saturday + timedelta(days=1)),)


def _last_of_number(day: int, today: date) -> tuple[Span, ...]:
    """The last day of this number in a month."""
    number = today.year * 12 + today.month - 1
    for back in range(3):
        spans = _days((number - back) // 12, (number - back) % 12 + 1, day)
        if spans and spans[0][0] <= today:
            return spans
    return ()


def _days(year: int, month: int, day: int) -> tuple[Span, ...]:
    try:
        found = date(year, month, day)
    except ValueError:
        return ()
    return ((found, found),)


def _month_number(text: str) -> int:
    return next(
        number for number, name in enumerate(MONTHS, start=1) if name.startswith(text[:3].lower())
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
    begun = date(today.year, month, 1) <= today
    last = [today.year] if begun else [today.year - 1, today.year]
    years = [int(match["y"])] if match["y"] else [*last, today.year + 1]
    if match.group().lower().startswith("this ") and not match["y"]:
        years = [today.year]
    spans: list[Span] = []
    for year in years:
        first = date(year, month, 1)
        spans += _up_to(first, end_of_month(first), today)
    return tuple(spans)


def _as_far(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """A week, a month or a year up to the day that is today in this one."""
    which = (match["p"] or match["p2"]).lower()
    if which == "last week":
        first = today - timedelta(days=today.weekday() + 7)
        return ((first, first + timedelta(days=today.weekday())),)
    if which == "last year" or which.isdigit():
        year = today.year - 1 if which == "last year" else int(which)
        spans = _days(year, today.month, today.day)
        return tuple((date(year, 1, 1), last) for _, last in spans)
    number = today.year * 12 + today.month - 2
    year, month = number // 12, number % 12 + 1
    if which != "last month":
        month = _month_number(which)
        year = today.year if month < today.month else today.year - 1
    first = date(year, month, 1)
    return ((first, min(first + timedelta(days=today.day - 1), end_of_month(first))),)


def _period(match: re.Match[str], today: date) -> tuple[Span, ...]:
    which, unit = match["which"].lower(), match["u"].lower()
    step = {"this": 0, "the current": 0, "next": 1}.get(which, -1)
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        spans = _up_to(first, first + timedelta(days=6), today)
        rolling = {-1: ((today - timedelta(days=7), today), (today - timedelta(days=6), today))}
        return spans + (rolling.get(step, ()) if which == "the past" else ())
    if unit == "month":
        number = today.year * 12 + today.month - 1 + step
        first = date(number // 12, number % 12 + 1, 1)
        return _up_to(first, end_of_month(first), today)
    year = today.year + step
    return _up_to(date(year, 1, 1), date(year, 12, 31), today)


def _up_to(first: date, last: date, today: date) -> tuple[Span, ...]:
    """A span, and the part of it that is over where it is still going on."""
    return ((first, last), (first, today)) if first <= today < last else ((first, last),)


def end_of_month(first: date) -> date:
    """The last day of the month that begins on a day."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _weekdays(match: re.Match[str], today: date) -> Moment:
    """The last such day and the next one; "last" and "next" leave one of them."""
    wanted = next(n for n, name in enumerate(WEEKDAYS) if name.startswith(match["w"][:3].lower()))
    last = today - timedelta(days=(today.weekday() - wanted) % 7)
    coming = last + timedelta(days=7)
    which = (match["which"] or "").strip().lower()
    days: list[date]
    if (match["plural"] or "").lower() == "s":
        days = []  # "on Sundays" tells of all of them
    elif which == "last":
        days = [last if last < today else last - timedelta(days=7)]
    elif which == "next":
        days = [coming]
    else:
        days = [last, coming]
    return Moment(*match.span(), tuple((day, day) for day in days), wanted)


def _spanning(spans: Callable[[re.Match[str], date], tuple[Span, ...]]) -> Reader:
    """Reads a whole match as some days."""
    return lambda match, today: Moment(*match.span(), spans(match, today))


def _year_alone(match: re.Match[str], today: date) -> Moment:
    year = int(match["y"])
    return Moment(*match.span("y"), _up_to(date(year, 1, 1), date(year, 12, 31), today))


def _range(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """The days between two days, in the year that is told or in this or the last one."""
    first_month, last_month = match["m1"] or match["m2"], match["m3"] or match["m4"]
    if not (first_month or last_month):
        return ()
    found: list[Span] = []
    for year in [int(match["y"])] if match["y"] else [today.year - 1, today.year]:
        last = _days(year, _month_number(last_month or first_month), int(match["d2"]))
        first = _days(year, _month_number(first_month or last_month), int(match["d1"]))
        if first and last and first[0][0] <= last[0][0]:
            found.append((first[0][0], last[0][0]))
    return tuple(found)


def _ranging(match: re.Match[str], today: date) -> Moment:
    """A range of days; "3 and 4", with no month, is none."""
    spans = _range(match, today)
    told = match["m1"] or match["m2"] or match["m3"] or match["m4"]
    return Moment(match.start(), match.end() if told else match.start(), spans)


def _week_of(match: re.Match[str], today: date) -> tuple[Span, ...]:
    """The week from its first day on, and as far as it has gone."""
    month, day = _month_number(match["m"] or match["m2"]), int(match["d"] or match["d2"])
    spans = [_days(year, month, day) for year in (today.year - 1, today.year)]
    return tuple(
        span
        for each in spans
        for first, _ in each
        for span in _up_to(first, first + timedelta(days=6), today)
    )


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_WEEK_OF, _spanning(_week_of)),
    (_RANGE, _ranging),
    (_ISO, _spanning(lambda one, _: _days(int(one["y"]), int(one["m"]), int(one["d"])))),
    (_DAY_MONTH, _spanning(_calendar_days)),
    (_MONTH_DAY, _spanning(_calendar_days)),
    (_RELATIVE_DAY, _relative_day),
    (_DAYS_AGO, _ago),
    (_ROLLING, _spanning(_rolling)),
    (_WEEKEND, _spanning(_weekend)),
    (_DAY_ALONE, _spanning(lambda one, today: _last_of_number(int(one["d"]), today))),
    (_UNKNOWN_TIME, _spanning(lambda _, __: ())),
    (_PERIOD, _spanning(_period)),
    (_MONTH_ALONE, lambda one, today: Moment(one.start("m"), one.end(), _months(one, today))),
    (_MONTH_BY_NAME, lambda one, today: Moment(one.start("m"), one.end(), _months(one, today))),
    (_YEAR_ALONE, _year_alone),
    (_WEEKDAY_ALONE, _weekdays),
)
