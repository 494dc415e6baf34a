"""What there was none of, where the rows say so: "no time in zones 4 and 5", "no open injury"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

_NO_TIME = re.compile(
    r"\b(?:no|hardly any|zero)\s(?:time|minutes?|seconds?)(?:\s(?:at all|whatsoever))?(?=\s(?:was\s"
    r"(?:spent\s)?|spent\s)?in\b)|\b(?:never|not)(?=\s(?:went|go|gone|reached?|got|get)\s(?:in(?:to)?|"
    r"up to)\b)",
    re.IGNORECASE,
)
_NO_INJURY = re.compile(
    r"\b(?:you\s(?:currently\s)?have\s|there(?:'s|\u2019s| is| are)\s)?no\s(?:open|current|ongoing|"
    r"active|unhealed)\s(?:injury|injuries|niggles?)\b",
    re.IGNORECASE,
)
_NO_RELATION = re.compile(
    r"\bno\s(?:clear\s|real\s|visible\s)?(?:relation(?:ship)?|link|connection|correlation)\s"
    r"between\s(?P<pair>[^.;,:]+)",
    re.IGNORECASE,
)
_BESIDE_A_NAME = re.compile(r"\b(?:your|the|of|day's|day\u2019s|run|runs)\b", re.IGNORECASE)
_NO_CHECK_IN = re.compile(
    r"\bno\scheck-in\s(?:for|from)\s(?P<day>\u2588+)(?:\s(?:yet|so far))?(?=[.,;]|$)",
    re.IGNORECASE,
)
_OF_ANY_RELATION = frozenset({"correlation", "pairs"})
"""What a relation has whether or not it was seen; one that was has a change beside it."""


@dataclass(frozen=True)
class NoneOf:
    """A claim of none; without figures it does not hold."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def none_of(
    text: str, said: str, mentions: Sequence[Mention], index: Index, today: date
) -> Iterator[NoneOf]:
    """Every such claim that the figures of all rows it is told of bear out.

    ``said``: the text with its names.
    """
    yield from _no_relations(said, index)
    yield from _no_check_ins(text, said, index, today)
    for match in _NO_TIME.finditer(text):
        zones = [row for one in mentions if one.begin >= match.end() for row in one.exact]
        times = [one for row in zones for one in index.of_row(row, "duration")]
        zoned = zones and all(row.kind == "split" and "zone" in row.row_id for row in zones)
        if zoned and len(times) == len(zones) and not any(one.value for one in times):
            yield NoneOf(*match.span(), tuple(one.figure_id for one in times))
    injuries = [row for row in index.subjects if row.kind == "injury"]
    for match in _NO_INJURY.finditer(text):
        if injuries and all(row.last_day and row.last_day < today for row in injuries):
            ids = [index.first_figure[row] for row in injuries if row in index.first_figure]
            yield NoneOf(*match.span(), tuple(ids[:1]))


def _no_relations(said: str, index: Index) -> Iterator[NoneOf]:
    """That two measures do not go together: so only where a relation was asked for and not seen."""
    for match in _NO_RELATION.finditer(said):
        pair = _pair(match["pair"])
        for row in index.subjects:
            if row.kind == "relation" and pair in {_pair(one) for one in row.aliases}:
                figures = [one for one in index.evidence.figures if one.subject == row]
                seen = any(one.quantity not in _OF_ANY_RELATION for one in figures)
                ids = () if seen else tuple(one.figure_id for one in figures[:1])
                yield NoneOf(*match.span(), ids)
                break


def _pair(text: str) -> str:
    return " ".join(_BESIDE_A_NAME.sub(" ", text.lower()).split())


def _no_check_ins(text: str, said: str, index: Index, today: date) -> Iterator[NoneOf]:
    """That there is none of today, where all of these days are known."""
    known = [
        one
        for one in index.evidence.sets
        if "check-in" in one.nouns and one.until and one.until >= today and one.rows
    ]
    for match in _NO_CHECK_IN.finditer(text):
        if said[match.start("day") : match.end("day")].lower() != "today" or not known:
            continue
        rows = [row for one in known for each in one.rows for row in each]
        newest = max(rows, key=lambda row: (row.first_day or today, row.row_id))
        free = all(row.first_day != today for row in rows)
        ids = (index.first_figure[newest],) if free and newest in index.first_figure else ()
        yield NoneOf(*match.span(), ids)
