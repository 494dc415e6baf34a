"""Rows that a sentence names by their place or month: "the third", "kilometre four", "November"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from strideiq.coach.checking.evidence import RowSet, Subject
from strideiq.coach.checking.mentions import Mention

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
             "tenth")  # fmt: skip
_IS = r"(?=\s(?:one\s)?(?:is|was|has|had|took|came|saw|brought|remains|stands)\b)"
_PART = re.compile(
    rf"\b(?:(?:the\s)?(?P<place>{'|'.join(_ORDINALS)}){_IS}|"
    rf"(?:the\s)?(?P<place2>{'|'.join(_ORDINALS)})(?=\s?(?:[,.(]|$))|"
    r"(?P<long>kilomet(?:re|er)|km|mile|lap|split)\s+(?P<number>\d+)\b)",
    re.IGNORECASE,
)
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_MONTH = re.compile(
    rf"(?<!\w)(?P<month>{'|'.join(_MONTHS)})(?:\s(?P<year>20\d\d))?(?:\s(?:already|now))?{_IS}"
)
_BEST = re.compile(
    r"\b(?:is|was|are|for|:)\s(?P<the>(?:the|your)\s)(?P<name>[\w ]+?)"
    r"(?=\s?(?:[,.:;(]|$|from\b|in\b|at\b|with\b|on\b))",
    re.IGNORECASE,
)


def also_named(
    text: str, sets: Sequence[RowSet], taken: Sequence[Mention], today: date
) -> list[Mention]:
    """Mentions of rows of sets, where nothing else stands at their place."""
    found = [
        *_parts(text, [one for one in sets if one.of_one]),
        *_months(text, [one for one in sets if "month" in one.nouns], today),
        *_bests(text, [one for one in sets if "best" in one.nouns]),
    ]
    return [
        one
        for one in found
        if not any(one.begin < each.end and each.begin < one.end for each in taken)
    ]


def _parts(text: str, sets: Sequence[RowSet]) -> Iterator[Mention]:
    if not sets:
        return
    for match in _PART.finditer(text):
        word = (match["place"] or match["place2"] or "").lower()
        number = _ORDINALS.index(word) + 1 if word else int(match["number"])
        rows = frozenset(
            subject for subject in _subjects(sets) if subject.row_id.endswith(f":{number}")
        )
        yield Mention(*match.span(), rows, rows)


def _months(text: str, sets: Sequence[RowSet], today: date) -> Iterator[Mention]:
    if not sets:
        return
    for match in _MONTH.finditer(text):
        number = _MONTHS.index(match["month"]) + 1
        year = int(match["year"] or today.year - (number > today.month))
        first = date(year, number, 1)
        rows = frozenset(one for one in _subjects(sets) if one.first_day == first)
        yield Mention(*match.span(), rows, rows)


def _bests(text: str, sets: Sequence[RowSet]) -> Iterator[Mention]:
    for match in _BEST.finditer(text) if sets else ():
        name = f"best {match['name'].lower()}"
        rows = frozenset(one for one in _subjects(sets) if name in one.aliases)
        if rows:
            yield Mention(*match.span("name"), rows, rows)


def _subjects(sets: Sequence[RowSet]) -> Iterator[Subject]:
    return (subject for one in sets for row in one.rows for subject in row)
