"""By how much one measure is less or more with each step of another: "0.22 hours less a step".

Only scores have steps of one, which need no figure of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.numbers import figures

_GOES_WITH = re.compile(
    r"\b(?:(?:one|each)\sstep\smore\s|more\s)?(?P<first>stress|soreness|mood)\s(?:also\s)?"
    r"goes\swith\s(?P<way>shorter|longer|less|more)\s(?:sleep|nights),?\s(?:by\s)?"
    r"(?P<f>(?:about\s|around\s|roughly\s)?\d[\d.]*\s(?:hours|minutes|min|h))"
    r"(?:\s(?P<again>less|more))?\s(?:for\s(?:each|every)|per)\sstep(?:\smore)?(?=[.,;]|$)",
    re.IGNORECASE,
)
_DOWN = frozenset({"shorter", "less"})


@dataclass(frozen=True)
class GoingTogether:
    """A claim of a change with each step; without figures it does not hold."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def going_together(said: str, index: Index) -> Iterator[GoingTogether]:
    """Every such claim of sleep, in a text with its names."""
    for match in _GOES_WITH.finditer(said):
        ids = tuple(_ids(match, index))
        yield GoingTogether(*match.span(), ids)


def _ids(match: re.Match[str], index: Index) -> Iterator[str]:
    """What bears it out: the change, where it goes the way that is told both times."""
    down = match["way"].lower() in _DOWN
    again = match["again"]
    if again and (again.lower() in _DOWN) != down:
        return
    told = figures(match["f"])
    for row in index.subjects:
        if row.kind != "relation" or not row.row_id.startswith(f"{match['first'].lower()}:sleep_h"):
            continue
        change, correlation = index.of_row(row, "sleep"), index.of_row(row, "correlation")
        if change and correlation and len(told) == 1 and (correlation[0].value < 0) == down:
            yield from (one.figure_id for one in change if equal(told[0], one))
