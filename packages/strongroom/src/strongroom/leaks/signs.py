"""What makes a row look like one that a test has written. Pure: no database is needed.

One sign alone never lists a row: somebody real may be called Test, or write from example.com.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Sign = Literal["mark", "reserved_domain", "test_address", "test_name", "burst", "alike"]

WORDS: Mapping[Sign, str] = {
    "mark": "carries the mark of a test run",
    "reserved_domain": "an address that can never receive mail",
    "test_address": "an address as tests make them up",
    "test_name": "a name as tests make them up",
    "burst": "written within a minute with others like it",
    "alike": "one of many addresses of this domain",
}
BURST_GAP = timedelta(seconds=60)
BURST_ROWS_MIN = 3
ALIKE_ROWS_MIN = 5

# Both patterns are understood alike by PostgreSQL and by Python.
MARK = r"strongroom-run-[0-9a-f]{8}"
_RESERVED = (
    r"^[^@ ]+@([^@ ]+\.)?(example\.(com|org|net|edu)|test|invalid|example|localhost|localdomain"
    r"|tests?\.local)$"
)
# Digits alone are a birthday or a number of students, and letters before digits a name with a
# year: only what has a letter after a digit was made by a program.
_MADE_UP = (
    r"^(tests?|tester|testing|pytest|e2e|qa|dummy|fake|foo[-_.]?bar|cypress|playwright|selenium)"
    r"(users?|accounts?)?([-_.+0-9][^@ ]*)?@"
    r"|^[a-z]+[-_.+](?=[0-9a-f]*[0-9][0-9a-f]*[a-f])[0-9a-f]{6,}@"
    r"|@(test\.com|mailinator\.com)$"
)
ADDRESS = f"{_RESERVED}|{_MADE_UP}"
_SIGNS: Mapping[Sign, re.Pattern[str]] = {
    "mark": re.compile(MARK),
    "reserved_domain": re.compile(_RESERVED, re.IGNORECASE),
    "test_address": re.compile(_MADE_UP, re.IGNORECASE),
}
# The whole name: Barry is not Bar, and Jo Tester is somebody.
_NAME = re.compile(
    r"(tests?|tester|pytest|e2e|qa|dummy|fake|cypress|playwright)"
    r"([-_ .]?(users?|accounts?|tests?))?([-_ .]?\d+)?"
    r"|user[-_ ]?\d+|user[-_ ][0-9a-f]{6,}|foo[-_ .]?bar|(john|jane) doe",
    re.IGNORECASE,
)
_NAMING = re.compile(r"name|user|login|handle|nick", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A row that may have been left by a test."""

    key: str
    created_at: datetime | None
    texts: Mapping[str, str]
    """Its short texts, by column."""


def signs_of(candidates: Sequence[Candidate]) -> dict[str, tuple[Sign, ...]]:
    """For each candidate of one table, by its key: what speaks for a test."""
    own = {one.key: _own_signs(one) for one in candidates}
    suspects = [one for one in candidates if {"reserved_domain", "test_address"} & own[one.key]]
    domains = Counter(_domain(one) for one in suspects)
    for one in suspects:
        if "reserved_domain" in own[one.key] and domains[_domain(one)] >= ALIKE_ROWS_MIN:
            own[one.key].add("alike")
    for key in _in_bursts(suspects):
        own[key].add("burst")
    return {key: tuple(sign for sign in WORDS if sign in found) for key, found in own.items()}


def is_leaked(signs: Sequence[Sign]) -> bool:
    """Whether signs suffice: the mark of a run, or a test's address and more than that.

    Beside an address that nobody can have, one sign more is enough. One that only looks made up
    may be somebody's, and his name too; unless it came with others like it within a minute.
    """
    found = set(signs)
    return (
        "mark" in found
        or ("reserved_domain" in found and len(found) > 1)
        or found >= {"test_address", "test_name", "burst"}
    )


def _own_signs(candidate: Candidate) -> set[Sign]:
    found: set[Sign] = set()
    for column, text in candidate.texts.items():
        found |= {sign for sign, pattern in _SIGNS.items() if pattern.search(text)}
        if _NAMING.search(column) and _NAME.fullmatch(text.strip()):
            found.add("test_name")
    return found


def _domain(candidate: Candidate) -> str:
    addresses = (text for text in candidate.texts.values() if "@" in text)
    return next(addresses, "").rpartition("@")[2].lower()


def _in_bursts(suspects: Sequence[Candidate]) -> list[str]:
    """Keys of those that were written close together; nobody real signs up like that."""
    timed = sorted(
        ((one.created_at, one.key) for one in suspects if one.created_at is not None),
    )
    bursts: list[list[str]] = []
    last: datetime | None = None
    for at, key in timed:
        if last is None or at - last > BURST_GAP:
            bursts.append([])
        bursts[-1].append(key)
        last = at
    return [key for burst in bursts if len(burst) >= BURST_ROWS_MIN for key in burst]
