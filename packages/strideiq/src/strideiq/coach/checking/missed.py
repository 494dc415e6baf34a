"""Planned workouts that were missed, told as such: "you missed the Intervals on 5 November"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

MISSED = "missed workout"
"""What tools call a planned workout that was not done."""
_YOU_MISSED = re.compile(
    r"\byou(?:\s(?:also|only|did))?\s(?P<word>missed|skipped)(?=\s(?:the|your|an?)?\s?\u2588)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Missed:
    """A claim that workouts were missed; ids are left out where it does not hold."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def missed(text: str, mentions: Sequence[Mention], index: Index) -> Iterator[Missed]:
    """Every such claim of workouts of which the evidence knows what became."""
    for match in _YOU_MISSED.finditer(text):
        names = [
            one
            for one in mentions
            if one.begin >= match.end()
            and one.exact
            and all(row.kind == "workout" for row in one.exact)
            and not _only_a_day(text, one)
        ]
        rows = [_meant(one, mentions) for one in names]
        known = [row for each in rows for row in each]
        if names and all(rows) and all(MISSED in row.aliases for row in known):
            ids = tuple(index.first_figure[row] for row in known if row in index.first_figure)
            yield Missed(match.start("word"), match.end("word"), ids)


def _only_a_day(text: str, one: Mention) -> bool:
    return bool(re.search(r"\b(?:on|of|from)\s(?:the\s)?$|,\s$", text[: one.begin], re.IGNORECASE))


def _meant(name: Mention, mentions: Sequence[Mention]) -> Subjects:
    """The workouts of a name that lie in all times which stand beside it."""
    rows = name.exact
    for one in mentions:
        if one is not name and not _is_name(one):
            rows = rows & (one.exact | one.possible) if _near(name, one, mentions) else rows
    return rows


def _is_name(one: Mention) -> bool:
    days = {row.first_day for row in one.exact}
    return len(days) != 1 and all(row.kind == "workout" for row in one.exact)


def _near(name: Mention, one: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a time is told of a name: in front of all, or right behind it."""
    if one.begin < name.begin:
        return True
    behind = min((m for m in mentions if m.begin >= name.end), key=lambda m: m.begin)
    return one is behind
