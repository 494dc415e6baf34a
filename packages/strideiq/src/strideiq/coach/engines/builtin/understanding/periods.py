"""Days and spans of days that a tidied question speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from strideiq.coach.engines.builtin.understanding.days_said import (
    DAYS,
    FEAST,
    MONTH,
    WEEKDAY,
    YEAR,
    Reader,
    words,
)
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.engines.builtin.understanding.spans_said import NUMBER, SPANS

LEAD_LENGTH_MAX = len("the beginning of the ")


@dataclass(frozen=True)
class Place:
    """A period with where in the text it was found."""

    begin: int
    end: int
    period: Period


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


def _since(match: re.Match[str], today: date) -> Period | None:
    begins = periods(match["from"], today)
    if not begins or begins[0].begin > LEAD_LENGTH_MAX or begins[0].period.first is None:
        return None
    return Period(begins[0].period.first, today, f"since {match['from'].strip()}")


def _between(match: re.Match[str], today: date) -> Period | None:
    first, last = periods(match["from"], today), periods(match["to"].replace("now", "today"), today)
    if not first or not last or first[0].begin or last[0].begin:
        return None
    begin, end = first[0].period.first, last[0].period.last
    if begin is None:
        return None
    if end < begin:
        begin = begin.replace(year=begin.year - 1)
    return Period(begin, end)


_BOUND = (
    r"(?:the )?(?:(?:start|beginning|first day) of )?(?:the )?"
    rf"(?:(?:\d{{1,2}} ?(?:st|nd|rd|th)?|first) (?:day )?(?:of )?(?:{MONTH})(?: {YEAR})?|"
    rf"(?:{MONTH})(?: \d{{1,2}}\b(?: ?(?:st|nd|rd|th))?)?(?: {YEAR})?|{YEAR}-\d\d-\d\d|"
    rf"(?:last |this )?(?:{WEEKDAY}|week|month|year|spring|summer|autumn|fall|"
    rf"winter)|yesterday|{YEAR}|{FEAST}|"
    rf"(?:{NUMBER}|a) (?:day|week|month|year)s? ago)"
)
_PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        words(
            rf"(?:from|between) (?P<from>{_BOUND}) (?:to|until|till|and|through|up to) "
            rf"(?P<to>{_BOUND}|today|now)"
        ),
        _between,
    ),
    (
        words(rf"(?:ever )?(?:since|starting|after) (?P<from>{_BOUND})(?: on(?:wards?)?)?"),
        _since,
    ),
    *DAYS,
    *SPANS,
)
