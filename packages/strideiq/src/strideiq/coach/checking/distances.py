"""Bests and predictions by their distance alone: "in the 3 km", "your 10 km pace", "a marathon"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import within
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import figures

_KINDS = ("best_effort", "race_equivalent")
_LENGTH = (
    r"\d[\d.,]*\s?-?(?:km|k|m|kilomet(?:re|er)s?|met(?:re|er)s?|miles?)|"
    r"(?:one|five|ten|fifteen) (?:kilomet(?:re|er)s?|k)|mile|half[- ]marathon|marathon|"
    r"(?<=(?:the|our) )half(?= (?:in|is|was|at|on|time|pace|pb|best|would)\b)"
)
_BY_DISTANCE = re.compile(
    r"(?:\b(?:the|your|a|for|over)\s|^|(?:^|[,;:]\s)(?:for|over)\s(?=\S+(?:\s\w+)?\s(?:the|your)\b)|"
    r"(?<![\d.,] )(?<![\w-])(?=half[- ]marathon|marathon))"
    rf"(?P<d>{_LENGTH})\b"
    r"(?=\s?(?:[.,;:()\u2013\u2014]|$|\d|(?:pace|time|best|mark|pb|pr|race|estimate|prediction|"
    r"record|effort|trial|in|is|was|at|to|and|or|would|could|from|on|looks|should|you|with|than|"
    r"by|comes|came|the|your|prediction|predicts|it|\u2588)))",
    re.IGNORECASE,
)
_IN_A_NAME = re.compile(r"\b(?P<d>\d+ km|half marathon|marathon)\b", re.IGNORECASE)
"""A race is called by its distance: "Town 5 km"."""
_NAMED = {"mile": 1609.344, "half marathon": 21097.5, "half": 21097.5, "marathon": 42195.0}


def distances(text: str, index: Index) -> list[Mention]:
    """The rows that a text mentions by their distance, in a text whose names are blacked out."""
    known = _known(index)
    if not known:
        return []
    found: list[Mention] = []
    for match in _BY_DISTANCE.finditer(text):
        rows = frozenset(_of(match["d"], known))
        if rows:
            found.append(Mention(*match.span("d"), rows, rows))
    return found


def _known(index: Index) -> Mapping[Subject, float]:
    rows: dict[Subject, float] = {}
    for row in index.subjects:
        if row.kind in _KINDS and row.aliases:
            rows[row] = _length(row, index)
        elif row.kind == "activity" and _IN_A_NAME.search(row.name):
            found = _IN_A_NAME.search(row.name)
            rows[row] = metres(found["d"]) if found else 0.0
    return rows


def _length(row: Subject, index: Index) -> float:
    found = [one.value for one in index.of_row(row, "distance")]
    if found:
        return found[0]
    name = row.row_id.lower().replace("-", " ")
    told = figures(name)
    return _NAMED.get(name) or (told[0].value if told else 0.0)


def metres(written: str) -> float:
    """How long a distance is that is written as people say it; 0 for none."""
    name = written.lower().replace("-", " ")
    told = figures(name)
    return _NAMED.get(name) or (told[0].value if len(told) == 1 else 0.0)


def _of(written: str, known: Mapping[Subject, float]) -> Iterator[Subject]:
    wanted = metres(written)
    for row, length in known.items():
        if wanted and within(wanted, 0.0006 * wanted, "near", length):
            yield row
