"""Whose figures stand apart from every name: those of the relation in front of them.

"Park Loop was longer than Hill Repeats, at 10.05 km against 8.04 km": what is told of comes
first, what it is compared with second; a figure alone is of what is told of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.ground import Sides
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told

_APART = re.compile(r"[,;:()\u2014]\s|\s[-\u2013]\s|[()]|$")
_VERSUS = re.compile(
    r"(?:\sruns?)?\s(?:versus|vs\.?|against|compared (?:to|with))\s(?:the\s|your\s)?\s*",
    re.IGNORECASE,
)
_OF_THE_OTHER = re.compile(r"\s*(?:when|where|which (?:was|had|saw))\b", re.IGNORECASE)
"""What begins a clause of what something is compared with, right behind it."""
_COLON = re.compile(r":\s|\s[\u2013\u2014]\s")
_AGAINST = re.compile(
    r"\s?(?:versus|vs\.?|against|compared (?:to|with)|to|of|of the|of your|up from|down from|"
    r"and|rather than|not|\u2013|-|/)\s?(?:the\s|your\s|just\s|only\s)?\s*",
    re.IGNORECASE,
)


_FROM = re.compile(r"\bfrom\s(?:about\s|around\s|roughly\s|just\s|only\s)?$", re.IGNORECASE)
"""What stands before the first of two, where it was what turned into the second."""


def assigned(
    text: str,
    told: Sequence[Told],
    mentions: Sequence[Mention],
    relations: Sequence[tuple[int, Sides]],
    parts: Sequence[tuple[int, Sides]],
) -> Mapping[int, Subjects]:
    """The rows of figures by their places; ``relations`` with the places where they end."""
    found: dict[int, Subjects] = {}
    for place, sides in parts:
        whole = next((one for one in told if one.begin == place), None)
        part = max((one for one in told if one.end <= place), key=lambda one: one.end, default=None)
        if whole and part:
            found[part.begin], found[place] = sides.rows, sides.other_rows
    found.update(_headed(text, told, mentions))
    begin = 0
    for match in _APART.finditer(text):
        inside = [one for one in told if begin <= one.begin < match.end()]
        named = any(begin <= one.begin < match.end() for one in mentions)
        before = [sides for place, sides in relations if place <= match.end()]
        inside = [one for one in inside if one.begin not in found]
        if inside and not named and before:
            found.update(_of_a_part(text, inside, before[-1], _OF_THE_OTHER.match(text, begin)))
        begin = match.end()
    return found


def _headed(text: str, told: Sequence[Told], mentions: Sequence[Mention]) -> Mapping[int, Subjects]:
    """For "this week vs last week: 58.2 km vs 64 km", each of a pair to the row at its place."""
    found: dict[int, Subjects] = {}
    for one, other in pairwise(mentions):
        heading = _VERSUS.fullmatch(text, one.end, other.begin) and _COLON.match(text, other.end)
        if not heading or any(each.begin > other.begin for each in mentions):
            continue
        for first, second in pairwise([each for each in told if each.begin >= other.end]):
            if _VERSUS.fullmatch(text, first.end, second.begin):
                found[first.begin], found[second.begin] = one.exact, other.exact
    return found


def _of_a_part(
    text: str, inside: Sequence[Told], sides: Sides, of_the_other: object
) -> Mapping[int, Subjects]:
    paired = len(inside) == 2 and _AGAINST.fullmatch(text, inside[0].end, inside[1].begin)  # noqa: PLR2004
    if paired and _FROM.search(text, 0, inside[0].begin):
        return {inside[0].begin: sides.other_rows, inside[1].begin: sides.rows}
    if paired:
        return {inside[0].begin: sides.rows, inside[1].begin: sides.other_rows}
    return {one.begin: sides.other_rows if of_the_other else sides.rows for one in inside}
