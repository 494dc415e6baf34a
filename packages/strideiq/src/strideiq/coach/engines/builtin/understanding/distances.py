"""Distances that a tidied question speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from strideiq.physiology.public import MARATHON_M, MILE_M

HALF_M = MARATHON_M / 2
TRACK_M = frozenset({400, 800, 1000, 1500, 3000, 5000, 10000})
"""Distances that runners name by the bare number of metres."""


@dataclass(frozen=True)
class DistancePlace:
    """A distance with where in the text it was found."""

    begin: int
    end: int
    distance_m: float


_NUMBER = r"(?P<n>\d+(?:[.,]\d+)?)"
_PATTERNS = (
    (re.compile(r"\b(?:ultra ?marathon)s?\b"), None),
    (
        re.compile(
            r"\bhalf(?: |-)?marathons?\b|\b(?:the|a|my|for|1st|best|fastest) half\b(?!(?: |-)?marathon)|"
            r"\bhalf(?= (?:best|time|record|prediction|personal))|\bhalfs\b|\bhalves\b|"
            r"\b21[.,]1\b(?: (?:km|k)\b)?|\b13[.,]1\b(?: miles?\b)?|"
            r"(?<!first )(?<!second )(?<!last )(?<!other )(?<!back )(?<!and a )(?<!than )\bhalf\b"
            r"(?! (?:an?|hour|hours|of|way|past|the|my|as|day|mile|km|minutes?|empty|full|time|"
            r"year|decent|splits?|or less)\b)"
        ),
        HALF_M,
    ),
    (
        re.compile(
            r"\b(?:full )?marathons?\b|\b42[.,]2\b(?: (?:km|k)\b)?|\b(?:the full )?26[.,]2\b"
            r"(?: miles?\b)?|\b(?:the|a|my) full(?: distance)?(?= |$)(?! (?:plan|list|week|log))"
        ),
        MARATHON_M,
    ),
    (re.compile(r"\b(?P<n>5|10) ?er\b|\b(?P<n2>5|10)-?kers?\b"), 1000.0),
    (re.compile(r"\bparkruns?\b(?= (?:best|time|record|personal))"), 5000.0),
    (re.compile(rf"\b{_NUMBER} ?-?(?:km|k)\b"), 1000.0),
    (re.compile(rf"\b{_NUMBER} ?-?miles?\b"), MILE_M),
    (re.compile(rf"\b{_NUMBER} ?-?(?:m|metres|meters|metre|meter)\b"), 1.0),
    (re.compile(r"\b(?:mile|miler)\b(?! (?:split|week))"), MILE_M),
    (re.compile(r"\b(?:a|one|best|fastest|quickest) (?:km)\b"), 1000.0),
    (
        re.compile(
            r"\b(?P<n>400|800|1500|3000|5000|10000)\b(?! (?:days|weeks|runs|times|km|"
            r"calories|kcal))"
        ),
        1.0,
    ),
)
_PER = re.compile(r"(?:\b(?:per|each|every|minutes a)|/) ?$")


def distances(text: str) -> list[DistancePlace]:
    """Every distance of a text, in its order; what stands behind "per" is none."""
    found: list[DistancePlace] = []
    for pattern, unit_m in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.begin < match.end() for one in found):
                continue
            if unit_m is None or _PER.search(text[: match.start()]):
                continue
            found.append(DistancePlace(*match.span(), _length(match, unit_m)))
    return sorted((one for one in found if one.distance_m > 0), key=lambda one: one.begin)


def _length(match: re.Match[str], unit_m: float) -> float:
    named = match.groupdict()
    number = named.get("n") or named.get("n2")
    if not number:
        return unit_m
    length_m = float(number.replace(",", ".")) * unit_m
    for exact_m in (HALF_M, MARATHON_M):
        if abs(length_m - exact_m) < 0.006 * exact_m:
            return exact_m
    return length_m


def without(text: str, places: list[DistancePlace]) -> str:
    """The text with its distances taken out."""
    for one in reversed(places):
        text = f"{text[: one.begin]} {text[one.end :]}"
    return " ".join(text.split())


def asked_unit(text: str) -> str:
    """The unit that a tidied text asks for: ``mi`` for "how many miles", ``km``, or empty."""
    miles, km = _MILES.search(text), _KM.search(text)
    if bool(miles) == bool(km):
        return ""
    return "mi" if miles else "km"


_MILES = re.compile(r"(?<!\d )\b(?:miles|mile by mile|each mile|per mile|mile splits?)\b")
_KM = re.compile(r"(?<!\d )\b(?:how many|in|number of|total) (?:\w+ )?km\b|\b(?:each|per) km\b")
