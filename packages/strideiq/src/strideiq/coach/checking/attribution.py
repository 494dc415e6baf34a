"""Which rows the figures of a sentence are told of: by what stands beside them in their clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.clauses import Clause
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention, compatible

Subjects = frozenset[Subject]
_INTRODUCES = re.compile(r"\W*(?:at|with|after|in)\s[^,]*$", re.IGNORECASE)
_TIE = re.compile(
    r"[^\w]*[\d.,:]+(?:[\s/]\w+){0,3}\s(?:in|over|of|for|on|during|from|across)\s(?:the\s|your\s)?",
    re.IGNORECASE,
)
"""A figure and what it counts, with the words that tie it to a name behind it."""
_AGAINST = re.compile(
    r"\b(?:against|versus|vs\.?|compared (?:with|to))\s(?:just\s|only\s)?(?:[^;]*?\band\s)?$",
    re.IGNORECASE,
)


def clause_at(clauses: Sequence[Clause], place: int) -> Clause:
    """The clause that a place lies in."""
    return next(clause for clause in clauses if clause.begin <= place <= clause.end)


def allowed_rows(
    text: str,
    place: int,
    clauses: Sequence[Clause],
    mentions: Sequence[Mention],
    places_of_figures: Sequence[int],
) -> Subjects | None:
    """The rows that a claim at a place may be about; None where the sentence names none.

    A figure belongs to the mention before it, and where a clause begins with a figure, to the
    one behind. Where two mentions that are not of one row stand there, to the one that a
    preposition ties it to, else to neither. Where a name is that of several rows, what stands
    before it tells which ("On Sunday, “Easy run”: ..."). What stands before all names ("At 24.3
    km, ...") is of the first one.
    """
    here = clause_at(clauses, place)
    for clause in reversed([one for one in clauses if one.begin <= here.begin]):
        inside = [one for one in mentions if clause.begin <= one.begin < clause.end]
        if inside:
            if clause is here and _stands_against(text, place, inside, places_of_figures):
                continue
            before = [one for one in mentions if one.begin < clause.begin]
            if clause is not here:
                return narrowed(rows_of(inside), before)
            listed = _listed(text, place, mentions)
            if listed:
                return narrowed(rows_of([listed]), before)
            between = [one for one in places_of_figures if clause.begin <= one < clause.end]
            return narrowed(rows_of(_tied(text, place, _beside(place, inside, between))), before)
    first = next((one for one in mentions if one.begin > here.end), None)
    if first and _INTRODUCES.match(text[here.begin : here.end]):
        return rows_of([first])
    return rows_of(mentions) if mentions else None


def _stands_against(
    text: str, place: int, inside: Sequence[Mention], figures: Sequence[int]
) -> bool:
    """Whether a figure before all names is put against the one of the name behind it."""
    behind = min((one for one in figures if one > place), default=None)
    if behind is None or not place < behind < inside[0].begin:
        return False
    return bool(_AGAINST.search(text, place, behind))


def _listed(text: str, place: int, mentions: Sequence[Mention]) -> Mention | None:
    """For "24.3 km against 8 km for Hill Repeats", whose the second figure is."""
    if not _AGAINST.search(text, 0, place):
        return None
    behind = next((one for one in mentions if one.begin > place), None)
    return behind if behind and _TIE.fullmatch(text, place, behind.begin) else None


def narrowed(rows: Subjects, others: Sequence[Mention]) -> Subjects:
    """Of several rows of one name those that other mentions speak of too, where they do."""
    for one in reversed(others):
        if len(rows) > 1:
            rows = rows & one.exact or rows
    return rows


def _tied(text: str, place: int, beside: Sequence[Mention]) -> Sequence[Mention]:
    if len(beside) == 1 or rows_of(beside):
        return beside
    behind = next((one for one in beside if one.begin > place), None)
    if behind and _TIE.fullmatch(text, place, behind.begin):
        return [behind]
    return beside


def _beside(place: int, inside: Sequence[Mention], figures: Sequence[int]) -> Sequence[Mention]:
    """The mentions that stand beside a place, with no figure in between."""
    if rows_of(inside):
        return inside
    leading = bool(figures) and min(figures) < inside[0].begin
    before = [one for one in figures if one < place]
    after = [one for one in figures if one > place]
    if leading:
        found = [one for one in inside if place < one.begin < min(after, default=1 << 30)]
    else:
        found = [one for one in inside if max(before, default=-1) < one.begin < place]
    if found:
        return found
    return [
        max(
            (one for one in inside if one.begin < place),
            key=lambda one: one.begin,
            default=inside[-1],
        )
    ]


def _best_of_its_time(one: Mention) -> Subjects:
    """Of a month, the only best effort that was run in it."""
    bests = frozenset(row for row in one.possible if row.kind == "best_effort")
    return bests if len(bests) == 1 else frozenset()


def rows_of(mentions: Sequence[Mention]) -> Subjects:
    """What all mentions have in common; what one names, where there is one."""
    exact = frozenset.intersection(*(one.exact for one in mentions))
    if len(mentions) == 1:
        return exact or _best_of_its_time(mentions[0])
    if exact:
        return exact
    possible = frozenset.intersection(*(one.possible for one in mentions))
    if possible:
        return possible
    last = mentions[-1]
    return frozenset.intersection(*(compatible(one, last) for one in mentions[:-1]))
