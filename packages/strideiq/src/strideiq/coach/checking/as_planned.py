"""What was done and what was planned, told of one row: "5.95 km instead of the planned 8.8 km"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.elided import readings
from strideiq.coach.checking.evidence import Figure
from strideiq.coach.checking.ground import Ground
from strideiq.coach.checking.grouping import grouped
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.relating import AS_PLANNED_TOO

_SAYS_SO = re.compile(
    r"\b(?:than|instead of the|rather than the|against the|of the)\s(?:was\s)?"
    r"(?:planned|scheduled)\b",
    re.IGNORECASE,
)


def done_and_planned(
    ground: Ground, told: Sequence[Told], pair: tuple[Told, Told], index: Index
) -> tuple[Figure, Figure] | None:
    """The two figures of a row that two are, where the sentence tells of a plan; as they stand."""
    groups = [rows for rows in grouped(ground.mentions) if rows]
    if len(groups) != 1 or not _SAYS_SO.search(ground.text):
        return None
    for row in sorted(groups[0], key=lambda row: row.row_id):
        for done, planned in AS_PLANNED_TOO.items():
            for figure in index.of_row(row, done):
                for plan in index.of_row(row, planned)[:1]:
                    for each in ((figure, plan), (plan, figure)):
                        if _are(ground.text, told, pair, each):
                            return each
    return None


def _are(
    text: str, told: Sequence[Told], pair: tuple[Told, Told], figures: tuple[Figure, Figure]
) -> bool:
    return all(
        any(equal(way, figure) for way in readings(text, told, one))
        for one, figure in zip(pair, figures, strict=True)
    )
