"""Times that are told from another one: "a week earlier", "two days later", "the Tuesday before".

Each is counted from the time that was named last: in the sentence, else in the one in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.dates import WEEKDAYS, Moment, Span, end_of_month
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention, mentions_of_days
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.words import as_digits

_NOT_OF_ANOTHER = rf"\b(?!\s(?:that|this|your|the|than|an?|last|\d|{MASK}))"
_YOU_DID = re.compile(r"\s(?:you|it)\b", re.IGNORECASE)
_UNIT = r"(?:day|week|month|year)"
_APART = re.compile(
    rf"(?<![\d.])\b(?:(?P<n>\d{{1,3}}|an?|one)|the)\s+(?P<unit>{_UNIT})s?\s"
    rf"(?P<way>(?:later|earlier|prior|beforehand|afterwards)\b(?!\s(?:than|to)\b)|"
    rf"(?:before|after){_NOT_OF_ANOTHER})|"
    rf"\bthe\s(?P<turn>next|following|preceding)\s(?P<unit2>{_UNIT})\b|"
    rf"\bthe\s(?P<weekday>{'|'.join(WEEKDAYS)})\s(?P<way2>before|after){_NOT_OF_ANOTHER}",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\s?(?:,\s|of\s|from\s|on\s|\()?(?:only\s|just\s)?", re.IGNORECASE)
_THIS_TIME = re.compile(
    r"\b(?:this time|most recent(?:ly)?|latest|the last one|now)\b", re.IGNORECASE
)
_FORWARD = ("later", "after", "afterwards", "next", "following")


@dataclass(frozen=True)
class Step:
    """How far one time lies from another, and which way."""

    number: int
    unit: str
    forward: bool
    weekday: int | None = None
    whole: bool = False
    """Whether "the week before" may be the one of the calendar too."""


def told_from_others(
    text: str,
    by_name: Sequence[Mention],
    days: Sequence[tuple[Moment, Mention]],
    focus: Subjects | None,
    subjects: Sequence[Subject],
) -> list[Mention]:
    """The mentions of days, and those that are told from another time in place of theirs."""
    spans = {mention.begin: moment.spans for moment, mention in days}
    found = [mention for _, mention in days]
    for match in _APART.finditer(as_digits(text)):
        begin = _whole(text, match)
        around = [one for one in found if one.begin < match.end() and begin < one.end]
        if any(one.begin < begin or match.end() < one.end for one in around):
            continue
        if _tells_what_was(match):
            continue
        front = sorted(
            (one for one in (*by_name, *found) if one.end <= match.start()),
            key=lambda one: one.begin,
        )
        anchors = _anchor(match, front, spans, focus)
        step = _step(match)
        moved = tuple(dict.fromkeys(span for each in anchors for span in _moved(each, step)))
        if moved:
            moment = Moment(begin, match.end(), moved)
            found = [one for one in found if one not in around]
            found += mentions_of_days([moment], subjects)
            spans[moment.begin] = moved
    return found


def _whole(text: str, match: re.Match[str]) -> int:
    """Where it begins, with all letters of a number word that stands shorter as digits."""
    begin = match.start()
    while begin and match.string[begin - 1] == " " and text[begin - 1].isalnum():
        begin -= 1
    return begin


def _tells_what_was(match: re.Match[str]) -> bool:
    """Whether "the day before you ran" may be the day before something that was run."""
    if (match["way"] or match["way2"] or "").lower() not in {"before", "after"}:
        return False
    behind = _YOU_DID.match(match.string, match.end())
    alone = not match.string[: match.start()].strip() and "," not in match.string[match.end() :]
    return bool(behind) and not alone


def _step(match: re.Match[str]) -> Step:
    if match["weekday"]:
        number = WEEKDAYS.index(match["weekday"].lower())
        return Step(1, "day", match["way2"].lower() in _FORWARD, number)
    word = (match["way"] or match["turn"]).lower()
    unit = (match["unit"] or match["unit2"]).lower()
    number = int(match["n"]) if (match["n"] or "").isdigit() else 1
    return Step(number, unit, word in _FORWARD, whole=not match["n"])


def _anchor(
    match: re.Match[str],
    front: Sequence[Mention],
    spans: Mapping[int, tuple[Span, ...]],
    focus: Subjects | None,
) -> tuple[Span, ...]:
    """The time that another one is told from; none where several could be meant."""
    dated = [one for one in front if _of_rows(one.exact) or one.begin in spans]
    last = dated[-1] if dated else None
    if last and _BESIDE.fullmatch(match.string, last.end, match.start()):
        dated = dated[:-1]  # "Hill Repeats two days later": that is what lies later
    for one in reversed(dated):
        known = _spans_of(one, front, spans)
        if known:
            return known if len(known) == 1 else ()
    known = _of_rows(focus or frozenset())
    if len(known) > 1 and _THIS_TIME.search(match.string, 0, match.start()):
        known = (max(known),)
    return known if len(known) == 1 else ()


def _spans_of(
    one: Mention, front: Sequence[Mention], spans: Mapping[int, tuple[Span, ...]]
) -> tuple[Span, ...]:
    told = spans.get(one.begin)
    if told is None:
        rows = one.exact
        for other in front:
            rows = rows & other.exact or rows & other.possible or rows
        return _of_rows(rows)
    days = {row.first_day for row in one.possible if row.first_day}
    known = tuple(span for span in told if any(span[0] <= day <= span[1] for day in days))
    return _longest(known or told[:1])


def _longest(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Of a month that is not over, the whole one."""
    first = {span[0] for span in spans}
    return (max(spans, key=lambda span: span[1]),) if len(first) == 1 else spans


def _of_rows(rows: Subjects) -> tuple[Span, ...]:
    return tuple({(row.first_day, row.last_day or row.first_day) for row in rows if row.first_day})


def _moved(span: Span, step: Step) -> Iterator[Span]:
    sign = 1 if step.forward else -1
    first, last = span
    if step.weekday is not None:
        if first == last:
            apart = (sign * (step.weekday - first.weekday())) % 7 or 7
            yield (first + timedelta(days=sign * apart),) * 2
        return
    if step.unit in {"day", "week"}:
        move = timedelta(days=sign * step.number * (7 if step.unit == "week" else 1))
        if step.unit == "week" or first == last:
            yield first + move, last + move
        if step.unit == "week" and step.whole and first == last:
            monday = first - timedelta(days=first.weekday()) + move
            yield monday, monday + timedelta(days=6)
        return
    months = sign * step.number * (12 if step.unit == "year" else 1)
    moved = [_months_on(day, months) for day in span]
    if moved[0] and moved[1]:
        yield moved[0], moved[1]
    if first.day == 1 and first != last:
        begin = _months_on(first, months)
        end = _months_on(last.replace(day=1), months)
        if begin and end:
            yield begin, end_of_month(end)
    elif step.whole and moved[0]:
        yield _around(moved[0], step.unit)


def _around(day: date, unit: str) -> Span:
    if unit == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return day.replace(day=1), end_of_month(day.replace(day=1))


def _months_on(day: date, months: int) -> date | None:
    number = day.year * 12 + day.month - 1 + months
    try:
        return day.replace(year=number // 12, month=number % 12 + 1)
    except ValueError:
        return None
