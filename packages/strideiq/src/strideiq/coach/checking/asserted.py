"""What is so or is not, with no figure of its own: retired, over its limit, outside of the model.

Each such claim is held against what the tools say of the rows it names, or else of all that they
gave; where they say nothing of it, it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.claims import knows_not
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.statements import advises

_WORDS = re.compile(
    r"\b(?P<recovery>recovery week)\b|"
    r"\b(?P<phase>base|build|peak|taper|race)(?:ing)?\s(?:phase|block)\b|"
    r"\b(?:in|into|started|during) (?:the|your|a) (?P<taper>taper)\b|\b(?P<tapering>tapering)\b|"
    r"\b(?P<retired>retired|out of use)\b|\b(?P<used>in use)\b|"
    r"\b(?P<outside>(?:outside|beyond)\s(?:of\s)?(?:(?:the|its) (?:range|reach) of )?(?:what )?"
    r"the model)\b|\b(?P<inside>(?:within|inside|covered by)\s(?:(?:the|its) (?:range|reach) of )?"
    r"(?:what )?the model)\b|"
    r"\b(?P<over>past|over|beyond|above|exceed\w*|reached|passed|through)\s(?:their|its|the|your)\s"
    r"(?:[\d.,\s]+(?:km|kilomet\w+|miles?)\s)?(?:\w+\s)?limit\b|"
    r"\b(?P<under>under|below|within|inside|short of|shy of)\s(?:their|its|the|your)\s"
    r"(?:[\d.,\s]+(?:km|kilomet\w+|miles?)\s)?(?:\w+\s)?limit\b",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(?:no|not|none|neither|never|nor|yet to|\w+n't|\w+n\u2019t)\b", re.IGNORECASE)
_OPPOSITES = {"used": "retired", "inside": "outside", "under": "over", "tapering": "taper"}
_FACTS = {"retired": "retired", "outside": "outside of the model", "recovery": "recovery week"}


@dataclass(frozen=True)
class Asserted:
    """A claim at a place, and whether it holds."""

    begin: int
    end: int
    holds: bool


def asserted(
    text: str, mentions: Sequence[Mention], focus: Subjects | None, index: Index
) -> Iterator[Asserted]:
    """Every such claim that a text states."""
    if text.rstrip().endswith("?"):
        return
    for match in _WORDS.finditer(text):
        if advises(text, match.start()) or knows_not(text):
            continue
        kind = match.lastgroup or ""
        begin = max(text.rfind(mark, 0, match.start()) for mark in ",;:(") + 1
        denied = bool(_NO.search(text, begin, match.start()))
        positive = (kind not in {"used", "inside", "under"}) != denied
        known = _known(kind, match, mentions, focus, index)
        yield Asserted(*match.span(), bool(known) and all(one == positive for one in known))


def _known(
    kind: str,
    match: re.Match[str],
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> list[bool]:
    """What is known of the rows that are named, of what "it" is, or of all."""
    kind = _OPPOSITES.get(kind, kind)
    every = _over_limits(index) if kind == "over" else _facts(kind, match, index)
    named = rows_of(mentions) if mentions else frozenset()
    ids = {(row.kind, row.row_id) for row in named}
    if ids:
        kinds = {one[0] for one, _ in every}
        ids = {one for one in ids if one[0] in kinds} or ids
        found = [holds for one, holds in every if one in ids]
        return found if len({one for one, _ in every if one in ids}) == len(ids) else []
    held = {(row.kind, row.row_id) for row in focus or ()}
    return [holds for one, holds in every if one in held] or [holds for _, holds in every]


_Known = list[tuple[tuple[str, str], bool]]


def _over_limits(index: Index) -> _Known:
    found: _Known = []
    for row in index.subjects:
        limits = index.of_row(row, "limit")
        distances = index.of_row(row, "distance")
        if limits and distances:
            over = max(one.value for one in distances) >= min(one.value for one in limits)
            found.append(((row.kind, row.row_id), over))
    return found


def _facts(kind: str, match: re.Match[str], index: Index) -> _Known:
    found: _Known = []
    for fact in index.evidence.facts:
        if fact.subject is None:
            continue
        row = (fact.subject.kind, fact.subject.row_id)
        if kind in {"phase", "taper"}:
            wanted = f"{(match['phase'] or 'taper').lower()} phase"
            if fact.word.endswith(" phase"):
                found.append((row, fact.word == wanted))
        elif fact.word == _FACTS.get(kind):
            found.append((row, fact.holds))
    return found
