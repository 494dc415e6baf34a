"""The newest of its kind: "the latest entry", "your last weigh-in", with its day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

_LATEST = re.compile(
    r"\b(?:your|the)\s(?:latest|most recent|newest|last)(?:\s(?P<what>entry|check-in|weigh-in|"
    r"reading|value|measurement|weight|injury|day|one|record))\b",
    re.IGNORECASE,
)
_KINDS = frozenset({"check_in", "injury", "nutrition_day"})


@dataclass(frozen=True)
class Latest:
    """A claim that a row is the newest of its kind; it holds."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def latest(text: str, mentions: Sequence[Mention], index: Index) -> Iterator[Latest]:
    """Every such claim that holds of the only day that a text names."""
    for match in _LATEST.finditer(text):
        rows = {row for one in mentions for row in one.exact if row.kind in _KINDS}
        days = {row.first_day for row in rows}
        kinds = {_kind(row) for row in rows}
        if len(days) != 1:
            continue
        alike = [row for row in index.subjects if _kind(row) in kinds and row.first_day]
        newest = max((row.first_day for row in alike if row.first_day), default=None)
        if newest in days:
            first = next(iter(index.first_figure[row] for row in rows if row in index.first_figure))
            yield Latest(*match.span(), (first,))


def _kind(row: Subject) -> tuple[str, str]:
    return row.kind, row.row_id.partition(":")[2] if row.kind == "check_in" else ""
