"""Rows that a sentence adds up: "this week and last week together"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.grouping import overlapping
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

_JOINS = re.compile(r"\s?(?:,|,?\s?and|plus|with|\+|&)\s(?:on\s|your\s|the\s|in\s)?", re.IGNORECASE)
_TOGETHER = re.compile(
    r"\b(?:together|came (?:in|from)|combined|combine|in total|altogether|between them|in all|"
    r"add(?:s|ed)? up|"
    r"adding|"
    r"added|sum|total(?:s|led|ling)?|overall)\b|"
    r"#\s+(?:\w+\s)?of\s+(?:your\s|the\s|those\s)?\s*#|\bhalf of\b|%\sof\b|\b(?:third|"
    r"quarter)s? of\b",
    re.IGNORECASE,
)
ADDED_MAX = 4


def added_up(
    text: str, mentions: Sequence[Mention], index: Index
) -> tuple[list[Mention], list[Mention]]:
    """The mentions with each row of "and" as one that is their sum, and those sums alone.

    ``text`` has its figures and mentions blacked out. Nothing changes where no word adds up.
    """
    if not _TOGETHER.search(text):
        return list(mentions), []
    kept: list[Mention] = []
    sums: list[Mention] = []
    run: list[Mention] = []
    for one, behind in zip(mentions, [*mentions[1:], None], strict=False):
        run.append(one)
        joined = behind is not None and _JOINS.fullmatch(text, one.end, behind.begin)
        if joined:
            continue
        total = _sum(run, index) if 1 < len(run) <= ADDED_MAX else None
        if total is None:
            kept += run
        else:
            sums.append(total)
            kept.append(total)
        run = []
    return kept, sums


def _sum(run: Sequence[Mention], index: Index) -> Mention | None:
    rows: list[Subject] = []
    for one in run:
        if len(one.exact) != 1:
            return None
        rows += one.exact
    alike = len({bool(row.last_day) for row in rows}) == 1 and len({row.kind for row in rows}) == 1
    apart = all(
        one != other and not (one.last_day and overlapping(one, other))
        for one, other in combinations(rows, 2)
    )
    if not (alike and apart):
        return None
    exact = frozenset({index.sum_of(tuple(rows))})
    return Mention(run[0].begin, run[-1].end, exact, exact)
