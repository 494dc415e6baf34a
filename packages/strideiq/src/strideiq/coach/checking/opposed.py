"""Which way two measures go together: "more load goes with a lower HRV" is so, or it is refused."""

from __future__ import annotations

import re

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index

_UP = "more|higher|longer|better|greater|bigger|heavier|increased|raised"
_DOWN = "less|lower|shorter|worse|smaller|lighter|fewer|reduced|poorer"
_TOGETHER = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\s(?P<first>(?:[\w-]+\s){{1,4}}?)"
    r"(?:also\s|often\s|usually\s)?"
    r"(?:goes?|comes?|tends? to (?:go|come)|(?:is|are) followed|leads?)\s"
    r"(?:together\s|along\s|hand in hand\s)?(?:with|by|to)\s(?:a\s|an\s)?"
    r"(?:slightly\s|somewhat\s|a bit\s)?"
    rf"(?:(?P<up2>{_UP})|(?P<down2>{_DOWN}))\s(?P<second>[^.;,]*)",
    re.IGNORECASE,
)


def opposed(said: str, index: Index) -> str:
    """The first such claim that no relation bears out, or nothing; ``said`` is with its names."""
    for match in _TOGETHER.finditer(said):
        alike = bool(match["up"]) == bool(match["up2"])
        seen = {one.subject for one in index.evidence.figures if one.figure_id.endswith("/change")}
        rows = [one for one in seen if one.kind == "relation" and _is_of(one, match)]
        signs = {one.value > 0 for row in rows for one in index.of_row(row, "correlation")[:1]}
        if signs != {alike}:
            return match.group().strip()
    return ""


def _is_of(row: Subject, match: re.Match[str]) -> bool:
    first, second = match["first"].strip().lower(), match["second"].strip().lower()
    return any(
        one == first and second.startswith(other)
        for alias in row.aliases
        for one, joined, other in [alias.lower().partition(" and ")]
        if joined
    )
