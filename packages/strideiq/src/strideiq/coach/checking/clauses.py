"""The parts of a sentence that speak of one thing each, and the words beside a figure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.numbers import Told

_BOUNDARY = re.compile(
    r";|\u2014|\s\u2013\s|"
    r"\b(?:while|whereas|but|than|versus|vs\.?|compared (?:to|with)|up from|down from)\b|"
    r",\s(?:and|then|after|before|with|so|even|though|although|yet|because|as)\b|,(?=\s(?:on|in|"
    r"last|"
    r"this|your)\b)|"
    r"\band(?=\s(?:on|in|last|this|your|the)\s)|\band(?=\s\u2588)|,(?=\s[\"\u201c]?\u2588)",
    re.IGNORECASE,
)
_PART = re.compile(r"[,;()/]\s|\band\b|\bwith\b|\bat\b|\bin\b|\bover\b", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """A part of a sentence, by its places."""

    begin: int
    end: int


def clauses(text: str, cuts: Iterable[int] = ()) -> list[Clause]:
    """The clauses of a sentence, in its order; together they are the whole of it.

    ``cuts``: places where others begin.
    """
    starts = sorted({0, *cuts, *(match.start() for match in _BOUNDARY.finditer(text))})
    ends = [*starts[1:], len(text)]
    return [Clause(begin, end) for begin, end in zip(starts, ends, strict=True)]


def context_of(
    text: str,
    clause: Clause,
    told: Told,
    every: Sequence[Told],
    speaks: Callable[[str], object],
) -> tuple[str, str]:
    """The nearest words around a figure that say what it is of: its part, its window, its clause.

    ``speaks`` tells whether a text says anything of the kind. The second text holds the words
    that may say it is something else: behind another figure, those of the clause are of that one.
    """
    before = [
        clause.begin,
        *(match.end() for match in _PART.finditer(text, clause.begin, told.begin)),
    ]
    after = [match.start() for match in _PART.finditer(text, told.end, clause.end)]
    part = text[max(before) : min([clause.end, *after])]
    others = [one for one in every if one is not told and clause.begin <= one.begin < clause.end]
    window_begin = max([clause.begin, *(one.end for one in others if one.end <= told.begin)])
    window_end = min([clause.end, *(one.begin for one in others if one.begin >= told.end)])
    if window_begin > clause.begin:  # the words behind a figure, up to a comma, are its own
        window_begin = min([told.begin, *(one for one in before if one > window_begin)])
    if window_end < clause.end:
        window_end = max([told.end, *(one for one in after if one < window_end)])
    window, whole = text[window_begin:window_end], text[clause.begin : clause.end]
    for found in (part, window):
        if speaks(found):
            return found, found
    found = whole if speaks(whole) else text
    return found, window if others else found
