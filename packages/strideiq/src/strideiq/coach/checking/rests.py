"""What is left of a week without some of its runs: "the other three runs", "apart from Sunday"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.grouping import grouped, overlapping, within
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK

_ITS = r"(?:your\s|the\s|on\s|in\s)?"
_WITHOUT = re.compile(
    r"\b(?:leaving (?:out|aside)|leave out|excluding|without|not counting|(?:apart|aside) from|"
    r"outside(?: of)?|besides|other than|take away|taking away|setting aside|minus|except for)\s"
    rf"{_ITS}{MASK}+(?!['\u2019{MASK}])(?:(?:,?\sand|"
    rf",?\splus)\s{_ITS}{MASK}+(?!['\u2019{MASK}]))*(?:,|\sand\b)?",
    re.IGNORECASE,
)
_THE_OTHERS = re.compile(
    rf"(?:\b(?:the|your)\s|(?P<whole>{MASK}+)(?:'s|\u2019s)\s)(?:other|"
    rf"remaining)\s+(?:(?P<n>\d+)\s+)?"
    r"(?:runs?|outings?|sessions?)\b|\bthe\s(?:remaining|other)(?=\s+\d[\d.,:]*\s?(?:km|mi|"
    r"kilomet|h|min))|"
    r"\bthe\s(?:rest|remainder)\b(?!\sof\b)",
    re.IGNORECASE,
)


@dataclass
class Rests:
    """The mentions with what is left in the place of the whole, and what was said of it."""

    mentions: list[Mention]
    struck: list[tuple[int, int]] = field(default_factory=list)
    """Words that name what is left out."""
    named: list[Mention] = field(default_factory=list)
    """Words that name what is left, each a mention of its own."""


def rests(text: str, mentions: Sequence[Mention], index: Index) -> Rests:
    """Read every "without" and "the other runs" that one whole and its parts bear out."""
    found = Rests(list(mentions))
    if not re.search(r"\d", text):
        return found  # nothing is told of what is left
    for match in _WITHOUT.finditer(text):
        inside = [one for one in found.mentions if match.start() <= one.begin < match.end()]
        others = [one for one in found.mentions if one not in inside]
        rest = _rest(others, inside, index)
        if rest is None:
            continue
        whole = next(one for one in others if index.parts(rest)[0] in one.exact)
        exact = frozenset({rest})
        found.mentions = [
            Mention(one.begin, one.end, exact, exact) if one.exact & whole.exact else one
            for one in others
        ]
        found.struck.append(match.span())
    for match in _THE_OTHERS.finditer(text):
        _name_the_others(found, match, index)
    return found


def _name_the_others(found: Rests, match: re.Match[str], index: Index) -> None:
    known = {row for one in found.mentions for row in one.exact if row.kind == "rest"}
    if not known:
        spans = [one for one in found.mentions if _is_a_span(one)]
        parts = [one for one in found.mentions if not _is_a_span(one)]
        rest = _rest(spans, parts, index)
        known = {rest} if rest else set()
    if len(known) != 1:
        return
    (rest,) = known
    runs = index.of_row(rest, "runs")
    if match["n"] and not any(one.value == int(match["n"]) for one in runs):
        return
    one = Mention(*match.span(), frozenset({rest}), frozenset({rest}))
    kept = [each for each in found.mentions if not one.begin <= each.begin < one.end]
    found.mentions = sorted([*kept, one], key=lambda each: each.begin)
    found.named.append(one)


def _is_a_span(one: Mention) -> bool:
    return bool(one.exact) and all(row.last_day for row in one.exact)


def _rest(wholes: Sequence[Mention], parts: Sequence[Mention], index: Index) -> Subject | None:
    """What is left of the only whole that is named, where all parts lie in it, and none twice."""
    spans = grouped([one for one in wholes if _is_a_span(one)])
    left_out = grouped(parts)
    if len(spans) != 1 or not left_out or any(len(rows) != 1 for rows in (*spans, *left_out)):
        return None
    (whole,) = spans[0]
    rows = [row for group in left_out for row in group]
    apart = all(
        one is other or not overlapping(one, other)
        for one in rows
        for other in rows
        if one.last_day or other.last_day
    )
    if whole in rows or not apart or not all(within(row, whole) for row in rows):
        return None
    return index.rest_of(whole, tuple(rows))
