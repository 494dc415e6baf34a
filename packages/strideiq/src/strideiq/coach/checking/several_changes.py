"""Changes of several measures at once: "distance, time and climbing are all up", "both have risen".

Each of them must have changed as it is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strideiq.coach.checking.relating import spoken
from strideiq.coach.checking.trends import TrendTold

_NO_MEASURE = (
    r"(?!(?:and|is|are|was|were|has|have|had|up|down|while|but|with|of|in|over|so|went|gone)\b)"
)
_MEASURE = rf"(?:(?:your|the)\s)?{_NO_MEASURE}[a-z]+(?:\s{_NO_MEASURE}[a-z]+){{0,2}}"
_VERBS = (
    r"(?:\s(?:have|has|had|are|is|were|was|been|gone|going|both|all(?:\s(?:three|four|\d))?|each|"
    r"also|too|now|still|clearly|slightly|a bit|a little|steadily|been|trending|trended|moved|"
    r"moving|well|kept|come))*\s*"
)
_LISTED = re.compile(
    rf"(?P<list>(?:{_MEASURE},\s)*{_MEASURE}\s?,?\sand\s{_MEASURE}?)(?P<verbs>{_VERBS})$",
    re.IGNORECASE,
)
_ALL_OF_THEM = re.compile(
    rf"(?:^|[,;:]\s|\b(?:and|but|while|so)\s)(?P<both>both|all (?P<n>\d|three|four)|they)"
    rf"(?: of (?:them|these|those))?(?P<verbs>{_VERBS})$",
    re.IGNORECASE,
)
_QUANTIFIER = re.compile(r"\b(?:both|all(?:\s+(?:three|four|\d))?|each)\b", re.IGNORECASE)
_SO_HAS = re.compile(
    r",?\s(?:and\s)?(?:so|as)\s(?:has|have|did|is|are|do|does)\s(?:your\s|the\s)?(?P<list>"
    rf"{_MEASURE}(?:(?:,|\sand)\s{_MEASURE})*)",
    re.IGNORECASE,
)
_NUMBERS = {"both": 2, "all three": 3, "all four": 4}


@dataclass(frozen=True)
class SeveralChanges:
    """The measures that one change is told of."""

    change: TrendTold
    quantities: tuple[str, ...]
    struck: tuple[tuple[int, int], ...]
    """The words that say that it is told of all of them."""


def several_changes(
    words: str, changes: Sequence[TrendTold], told_before: Sequence[str]
) -> list[SeveralChanges]:
    """The changes that are told of several measures by name, or of those told before."""
    found: list[SeveralChanges] = []
    for change in changes:
        front = words[: change.begin]
        match = _LISTED.search(front)
        names = _measures(match["list"]) if match else ()
        if match is None or not names:
            match = _ALL_OF_THEM.search(front)
            names = tuple(dict.fromkeys(told_before)) if match else ()
        too = _SO_HAS.search(words, change.end)
        if too and all(not change.end <= one.begin < too.start() for one in changes):
            names = names or tuple(spoken(front))
            names = (*names, *(_measures(too["list"]) or ("?",)))
            found.append(SeveralChanges(change, names, ()))
            continue
        if match is None or len(names) < 2:  # noqa: PLR2004  one is not several
            continue
        begin = match.start("verbs") if "list" in match.groupdict() else match.start()
        struck = [
            (each.start(), each.end()) for each in _QUANTIFIER.finditer(words, begin, change.begin)
        ]
        counts = [_NUMBERS.get(re.sub(r"\s+", " ", words[b:e].lower())) for b, e in struck]
        if all(count in {None, len(names)} for count in counts):
            found.append(SeveralChanges(change, names, tuple(struck)))
    return found


def _measures(listed: str) -> tuple[str, ...]:
    """The quantities of a list, one for each of its parts; none where a part is of no measure."""
    parts = [one for one in re.split(r",\s(?:and\s)?|\sand\s", listed) if one.strip()]
    found: list[str] = []
    for part in parts:
        names = spoken(part)
        if len(names) != 1:
            return ()
        found += names
    return tuple(found)
