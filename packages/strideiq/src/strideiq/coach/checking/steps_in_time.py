"""Days and weeks told by another one: "the day before that", "two weeks later"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention, mentions_of_days
from strideiq.coach.checking.words import as_digits

_N = r"(?P<n>\d{1,2}|(?:one|two|three|four|five|six|seven|eight|nine|ten))"
_STEP = re.compile(
    rf"\b(?:the\s(?P<day>day|week)\s(?P<way>before|after)(?:\s(?:that|it|this))?|"
    r"the\s(?P<next>previous|following|next|preceding)\s(?P<day2>day|week)|"
    rf"(?:(?:just|only|exactly)\s)?(?:{_N}|(?P<one>an?))\s(?P<day3>day|week)s?\s"
    r"(?P<way2>before(?:\sthat)?|after(?:\sthat)?|earlier|later|beforehand|prior))"
    r"(?=['\u2019\s]*(?:[.,;:!?()\u2013\u2014]|$|s\b|\s(?:you|it|at|in|with|was|and|to|had|when|on|"
    r"by|for|came|averag\w+|of \d|\d|over|from|against|versus|vs)))",
    re.IGNORECASE,
)
_LENGTH = {"day": 1, "week": 7}
WEEK_DAYS = 7


def steps_in_time(
    text: str,
    by_name: Sequence[Mention],
    focus: Subjects | None,
    subjects: Sequence[Subject],
    today: date,
) -> list[Mention]:
    """Mentions of a day or a week that lies some steps from the one that was told before it."""
    matches = list(_STEP.finditer(text))
    if not matches:
        return []
    known = [*by_name, *mentions_of_days(moments(_without(text, matches), today), subjects)]
    found: list[Mention] = []
    for match in matches:
        front = [one for one in [*known, *found] if one.end <= match.start() and one.exact]
        last = max(front, key=lambda one: one.end, default=None)
        behind = min((one for one in known if one.exact), key=lambda one: one.begin, default=None)
        rows = last.exact if last else focus or (behind.exact if behind else None)
        stepped = frozenset(_stepped(match, rows or frozenset(), subjects))
        if stepped:
            found.append(Mention(*match.span(), stepped, stepped))
    return found


def _without(text: str, matches: Sequence[re.Match[str]]) -> str:
    characters = list(text)
    for match in matches:
        characters[match.start() : match.end()] = " " * (match.end() - match.start())
    return "".join(characters)


def _stepped(
    match: re.Match[str], rows: Subjects, subjects: Sequence[Subject]
) -> Iterator[Subject]:
    """The rows that lie as far from others as a text says; of several days none."""
    days = {(row.first_day, row.last_day) for row in rows if row.first_day}
    if len(days) != 1:
        return
    ((first, last),) = days
    unit = (match["day"] or match["day2"] or match["day3"]).lower()
    way = (match["way"] or match["next"] or match["way2"]).lower()
    back = way.startswith(("before", "previous", "preceding", "earlier", "prior"))
    number = 1 if not match["n"] else int(as_digits(match["n"]).strip())
    step = timedelta(days=_LENGTH[unit] * number * (-1 if back else 1))
    if first is None or (unit == "day" and last is not None):
        return
    spanning = last is not None
    for row in subjects:
        if row.first_day != first + step or bool(row.last_day) != spanning:
            continue
        if row.last_day is None or row.kind != "period" or _is_a_week(row.first_day, row.last_day):
            yield row


def _is_a_week(first: date, last: date) -> bool:
    return (last - first).days == WEEK_DAYS - 1
