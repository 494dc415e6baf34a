"""Spans that are told by another one: "at this point last week", "by the same date in 2025".

What is going on ends today; the one before it is told as far as that one has gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.dates import MONTH, MONTHS, WEEKDAYS, Span, end_of_month, moments
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.ground import Sides
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.up_to import FROM_TO, UP_TO, from_to, up_to

_EARLIER = rf"(?P<period>last (?:week|month|year)|(?:(?:{MONTH})\b(?:\s20\d\d)?|20\d\d\b))"
_POINT = r"(?:point|stage|time|date|day|moment)"
_STRETCH = r"(?:stretch|period|part|span|days|weeks|months|number of days)"
_SAME_POINT = re.compile(
    rf"(?:\b(?:at|by|on|up to|until)\s)?\b(?:this|that|the same)\s{_POINT}\s(?:of\s|in\s|during\s)?"
    rf"(?:the\s)?{_EARLIER}|"
    rf"(?:\b(?:in|over|during|for|from|by)\s)?\bthe same\s{_STRETCH}\s(?:of\s|in\s)?"
    rf"{_EARLIER.replace('<period>', '<period2>')}|"
    rf"(?:\b(?:in|during)\s)?\b{_EARLIER.replace('<period>', '<period3>')}\s(?:at|by|over|in|"
    rf"during|up to|until|on)\s(?:(?:this|that|the same)\s(?:{_POINT}|{_STRETCH})|now|then)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    rf"\b(?:by|up to|until|through|to)\s(?P<weekday>{'|'.join(WEEKDAYS)})\s(?:of\s)?last week\b",
    re.IGNORECASE,
)
_WHERE_YOU_WERE = re.compile(
    r"\bwhere you (?:were|stood|had been)\s(?:on|by)\s(?P<day>[^,;.()]{4,24}?)(?=[,;.()]|$)",
    re.IGNORECASE,
)
_SO_FAR = re.compile(
    r"\b(?:so far|up to now|until now|to date)\s(?:in\s|of\s)?(?:this (?P<unit>week|month|year)|"
    rf"(?P<named>(?:{MONTH})\b(?:\s20\d\d)?|20\d\d\b))|"
    r"\bthis (?P<unit2>week|month|year),?\s(?:so far|up to now|until now|to date)\b",
    re.IGNORECASE,
)
_COMPARED_WITH = re.compile(
    r"\b(?:compared (?:with|to)|than|on|against|versus|vs\.?|behind|ahead of|from|relative to|"
    r"over|since)\s(?:(?:at|in|by|during|for)\s)?(?:your\s|the\s)?$",
    re.IGNORECASE,
)
_BY_NOW = re.compile(r"(?:\b(?:have|has|is|are|been)\b|'ve\b|\u2019ve\b|'s\b|n't\b)", re.IGNORECASE)


def same_points(text: str, today: date, index: Index, focus: Subjects | None) -> list[Mention]:
    """Mentions of spans that are told by another one, where a row has their days."""
    found: list[Mention] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            spans = tuple(read(match, today))
            rows = frozenset(row for row in index.subjects for span in spans if row.covers(*span))
            if pattern is UP_TO:
                rows = _of_one_span(rows, text, focus)
            ids = {row.row_id for row in rows}
            rows |= {
                row for row in index.subjects if row.kind == "comparison" and row.row_id in ids
            }
            apart = all(match.end() <= one.begin or one.end <= match.start() for one in found)
            if rows and apart:
                found.append(Mention(*match.span(), rows, rows))
    earlier = frozenset().union(*(one.exact for one in found)) or focus or frozenset()
    return [*found, *_with_now(text, earlier, index)]


def _of_one_span(rows: Subjects, text: str, focus: Subjects | None) -> Subjects:
    """Of a week, a month and a year up to one day the one that the text says, else the former."""
    spans = frozenset(row for row in rows if row.last_day)
    said = re.search(r"\b(?:this|last) (week|month|year)\b", text, re.IGNORECASE)
    if said:
        length = {"week": (0, 7), "month": (7, 31), "year": (31, 366)}[said[1].lower()]
        spans = frozenset(row for row in spans if length[0] < _length(row) <= length[1]) or spans
    if len({row.first_day for row in spans}) > 1:
        spans = spans & (focus or frozenset())
    return spans


def _length(row: Subject) -> int:
    """How many days a span has; 0 for what is none."""
    return (row.last_day - row.first_day).days + 1 if row.first_day and row.last_day else 0


def same_spans(
    text: str, mentions: Sequence[Mention], focus: Subjects | None, index: Index
) -> list[Mention]:
    """Mentions of a span that was named before: "in the same time", "over those 12 weeks".

    "The same 28 days" may be those of two spans that are compared.
    """
    found: list[Mention] = []
    for match in _THE_SAME.finditer(text):
        front = [one for one in mentions if one.end <= match.start()]
        named = [one.exact for one in reversed(front)] + [focus or frozenset()]
        spans = (frozenset(row for row in rows if _has_length(row, match)) for rows in named)
        rows = next((rows for rows in spans if rows), frozenset())
        if match["n"] and match["same"].lower() == "the same" and not rows - (focus or rows):
            rows |= {
                row for row in index.subjects if row.kind == "period" and _has_length(row, match)
            }
        if rows:
            found.append(Mention(*match.span(), rows, rows))
    return found


_THE_SAME = re.compile(
    r"\b(?:over|in|during|across|within)\s(?P<same>the same|those|these|that)\s(?:\s*(?P<n>\d+)\s)?"
    r"(?P<unit>time|period|span|stretch|days|weeks)\b(?!\s(?:of|in|last|as|that|the|you)\b)",
    re.IGNORECASE,
)


def _has_length(row: Subject, match: re.Match[str]) -> bool:
    """Whether a row is a span of as many days as are told, if any are."""
    if not (row.first_day and row.last_day):
        return False
    days = (row.last_day - row.first_day).days + 1
    length = 7 if match["unit"].lower() == "weeks" else 1
    return not match["n"] or days == int(match["n"]) * length


def _same_point(match: re.Match[str], today: date) -> Iterator[Span]:
    told = (match["period"] or match["period2"] or match["period3"]).lower()
    first, last, now = _span(told, today)
    if first < now:
        yield first, min(first + (today - now), last)


def _until(match: re.Match[str], today: date) -> Iterator[Span]:
    monday = today - timedelta(days=today.weekday() + 7)
    yield monday, monday + timedelta(days=WEEKDAYS.index(match["weekday"].lower()))


def _where_you_were(match: re.Match[str], today: date) -> Iterator[Span]:
    for moment in moments(match["day"], today):
        for day, last in moment.spans:
            if day == last and day < today:
                yield day - timedelta(days=day.weekday()), day
                yield day.replace(day=1), day
                yield date(day.year, 1, 1), day


def _so_far(match: re.Match[str], today: date) -> Iterator[Span]:
    unit = match["unit"] or match["unit2"]
    named = f"this {unit}" if unit else match["named"]
    first, last, now = _span(named.lower(), today)
    if first == now:
        yield first, today
        yield first, last


def _span(told: str, today: date) -> tuple[date, date, date]:
    """The first and the last day of what is told, and the first of what is going on like it."""
    monday = today - timedelta(days=today.weekday())
    if told.endswith("week"):
        first = monday - timedelta(days=7 if told.startswith("last") else 0)
        return first, first + timedelta(days=6), monday
    if told.endswith("year") or told.isdigit():
        last_one = today.year - told.startswith("last")
        year = int(told) if told.isdigit() else last_one
        return date(year, 1, 1), date(year, 12, 31), date(today.year, 1, 1)
    now = today.replace(day=1)
    if told.endswith("month"):
        first = (now - timedelta(days=told.startswith("last"))).replace(day=1)
        return first, end_of_month(first), now
    name, _, year_told = told.partition(" ")
    number = next(n for n, each in enumerate(MONTHS, start=1) if each.startswith(name[:3]))
    year = int(year_told) if year_told else today.year - (number > today.month)
    first = date(year, number, 1)
    return first, end_of_month(first), now


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Iterator[Span]]], ...] = (
    (_SAME_POINT, _same_point),
    (_UNTIL, _until),
    (_WHERE_YOU_WERE, _where_you_were),
    (_SO_FAR, _so_far),
    (FROM_TO, from_to),
    (UP_TO, up_to),
)


_NOW = re.compile(r"(?<=than )(?:right\s)?now\b|\b(?:right\s|just\s)?now(?=[).;]|$)", re.IGNORECASE)


def _with_now(text: str, earlier: Subjects, index: Index) -> Iterator[Mention]:
    """What "now" is beside a span that went as far."""
    later = frozenset(row for one in earlier for row in later_than(one, index))
    if later:
        for match in _NOW.finditer(text):
            yield Mention(*match.span(), later, later)


def later_rows(
    rest: str,
    mentions: Sequence[Mention],
    linked: Sequence[Sides],
    focus: Subjects | None,
    index: Index,
) -> Subjects:
    """What is going on, where a change is told by what it is compared with.

    "Up on 2025" and "compared with last month" are of this year and of this month. Without any
    name, "you have become faster" is of what the last sentence compared.
    """
    earlier = [
        row for one in mentions if _COMPARED_WITH.search(rest, 0, one.begin) for row in one.exact
    ]
    if not mentions and focus and _BY_NOW.search(rest):
        earlier = list(focus)
    earlier += [row for each in linked for row in each.other_rows]
    compared = {one.subject for one in index.evidence.trends if one.subject.kind in _COMPARED}
    return frozenset(
        row for row in compared for other in earlier if _comes_before(other, row, index)
    )


def later_than(one: Subject, index: Index) -> Iterator[Subject]:
    """The rows that go on today, where a row is the same part of what came before."""
    for row in index.subjects:
        if row.kind == "period" and _comes_before(one, row, index):
            yield row


def goes_on(index: Index) -> dict[Subject, list[Subject]]:
    """For each span that came before another one, those of its kind that go on."""
    found: dict[Subject, list[Subject]] = {}
    for one in index.subjects:
        if one.kind in _SPANS and (later := list(later_than(one, index))):
            found[one] = later
    return found


_SPANS = frozenset({"period", "week", "plan_week"})
_COMPARED = frozenset({"period", "comparison"})


def _comes_before(one: Subject, later: Subject, index: Index) -> bool:
    """Whether a row is what a later one was compared with, to the same day or as a whole."""
    now = later
    if later.kind == "comparison":
        now = next(
            (row for row in index.subjects if row.kind == "period" and row.row_id == later.row_id),
            later,
        )
    if not (one.first_day and one.last_day and now.first_day and now.last_day):
        return False
    if one.last_day >= now.first_day:
        return False
    so_far = one.last_day - one.first_day == now.last_day - now.first_day
    if later.kind == "comparison" and not so_far:
        return False
    return now.first_day in {
        one.first_day + timedelta(days=7),
        end_of_month(one.first_day) + timedelta(days=1) if one.first_day.day == 1 else None,
        date(one.first_day.year + 1, 1, 1)
        if one.first_day == date(one.first_day.year, 1, 1)
        else None,
        one.last_day + timedelta(days=1),
    }
