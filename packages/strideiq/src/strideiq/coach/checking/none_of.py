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


@dataclass(frozen=True)
class NoneOf:
    """A claim of none; it holds."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def none_of(text: str, mentions: Sequence[Mention], index: Index, today: date) -> Iterator[NoneOf]:
    """Every such claim that the figures of all rows it is told of bear out."""
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
