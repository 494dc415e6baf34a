"""What a figure leaves unsaid because its neighbour says it: "58.2 of 231 km", "4 runs, then 5"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from strideiq.coach.checking.numbers import Told, figures
from strideiq.coach.checking.quantities import QUANTITIES

_JOINED = re.compile(
    r"\s(?:versus|vs\.?|against|compared (?:to|with)|of|of your|of the|to|and|or|from|up from|"
    r"down from|rather than|not|instead of)\s+(?:the\s|your\s|an?\s)?|\s?[\u2013\u2014-]\s?",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"(?:\b(?:versus|vs\.?|against|compared (?:to|with)|than|from|to|and|or|of)\s+(?:the\s|your\s|"
    r"just\s|only\s)?"
    r"|,\s+)$",
    re.IGNORECASE,
)
_IN_TURN = re.compile(
    r"[;,:]\s[^;:\d]{0,40}?\b(?:you|it)\s(?:ran|did|covered|had|was|managed|logged)\s+(?:just\s|"
    r"only\s)?$|,?\swith\s+$",
    re.IGNORECASE,
)
"""What stands before a figure that is told like the one in front of it."""
_IN_UNIT = re.compile(
    r"(?:^|[,;:]\s)(?:(?:or|and|so)\s)?in (?P<unit>miles|kilomet(?:re|er)s|km|hours|minutes|"
    r"metres),",
    re.IGNORECASE,
)
"""A unit that is told once for all figures: "In miles, that is 15.1"."""
_LABEL = re.compile(
    r"(?:^|[,;.(]\s|\s[\u2013\u2014]\s)(?:number of )?(?P<counted>runs|sessions|check-ins|workouts)"
    r"(?:\s\u2588+)?:\s+"
    r"(?:\d+[^\d:;]{0,30}\b(?:from|vs\.?|versus|against|with)\s+)?$",
    re.IGNORECASE,
)
_SO_MANY = re.compile(r"\b(?:in|over|across|from)\s+(?:just\s|only\s)?$", re.IGNORECASE)
"""What stands before a number of runs that leaves the runs out: "64 km last week in 5"."""
_NUMBER = re.compile(r"[\d.,]+\s?-?")
_COUNTED = [one for one in QUANTITIES.values() if one.counted and not one.per]


def elided(text: str, told: Sequence[Told], one: Told) -> Iterator[Told]:
    """Other readings of a bare figure: with the unit behind the next one, or the noun before."""
    if not one.bare:
        return
    yield from _in_unit(text, one)
    place = told.index(one)
    behind = told[place + 1] if place + 1 < len(told) else None
    if behind and _JOINED.fullmatch(text, one.end, behind.begin):
        if behind.bare:
            yield replace(one, counted=behind.counted)
        else:
            yield from with_unit(text, one, behind)
    if any(each.needed.match(one.counted) for each in _COUNTED):
        return
    if not one.counted:
        yield from _as_counted_before(text, told[:place], one)
    in_turn = not one.counted and _IN_TURN.search(text, 0, one.begin)
    if not (in_turn or _AGAINST.search(text[: one.begin])):
        return
    for before in reversed(told[:place]):
        if before.bare and any(each.needed.search(before.counted) for each in _COUNTED):
            yield replace(one, counted=before.counted)
            return
        if not before.bare:
            yield from with_unit(text, one, before)
            return


def _in_unit(text: str, one: Told) -> Iterator[Told]:
    """A figure in the unit that the sentence begins with."""
    unit = _IN_UNIT.search(text)
    if unit and not one.counted.startswith(("%", "runs")):
        read = figures(f"{text[one.begin : one.end]} {unit['unit']}")
        yield from (replace(each, begin=one.begin, end=one.end) for each in read[:1])


def readings(text: str, told: Sequence[Told], one: Told) -> Iterator[Told]:
    """A figure as it stands, and with what its neighbour says of it."""
    yield one
    yield from elided(text, told, one)


def _as_counted_before(text: str, before: Sequence[Told], one: Told) -> Iterator[Told]:
    """A number of what its label says, or of what was counted in front."""
    label = _LABEL.search(text, 0, one.begin)
    if label:
        yield replace(one, counted=label["counted"])
    if _SO_MANY.search(text, 0, one.begin):
        counts = [each for each in before if each.bare and each.counted]
        yield from (replace(one, counted=each.counted) for each in counts[-1:])


def with_unit(text: str, one: Told, other: Told) -> Iterator[Told]:
    """A bare figure with the unit of another one."""
    unit = _NUMBER.sub("", text[other.begin : other.end], count=1)
    read = figures(f"{text[one.begin : one.end]} {unit}".strip())
    if not re.search(r"[\d:]", unit) and len(read) == 1 and not read[0].bare:
        wider = one.slack / (0.5 * 10.0 ** -_decimals(text[one.begin : one.end]))
        yield replace(
            read[0], begin=one.begin, end=one.end, bound=one.bound, slack=read[0].slack * wider
        )


def _decimals(number: str) -> int:
    return len(number.partition(".")[2].strip())
