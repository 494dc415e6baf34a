"""Parts of a run by their number: "the third", "kilometres 7 to 9", behind the word for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
)
_NOUNS = {
    "km": "km", "kilometre": "km", "kilometer": "km", "mile": "mile", "lap": "lap", "split": "",
    "repetition": "repetition", "rep": "repetition", "interval": "repetition",
    "repeat": "repetition",
}  # fmt: skip
_NOUN = re.compile(rf"\b(?P<noun>{'|'.join(_NOUNS)})s?\b", re.IGNORECASE)
_ZONES = re.compile(
    r"\b(?:(?P<kind>heart[- ]rate|hr|pace)\s)?zones\s(?P<first>\d)\s(?:and|or)\s(?P<last>\d)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    rf"\b(?:the|your)\s(?:very\s)?(?P<n>{'|'.join(_ORDINALS)}|last|final|(?P<digits>\d{{1,2}})"
    r"(?:st|nd|rd|th))(?:\sone)?(?=\s?(?:[.,;:()]|$|\d|\b(?:at|in|with|was|took|and|to|by|than|"
    r"on)\b))",
    re.IGNORECASE,
)
"""A number of a part that leaves its noun out."""


def numbered(
    text: str, mentions: Sequence[Mention], focus: Subjects | None, subjects: Sequence[Subject]
) -> list[Mention]:
    """The parts that a text mentions by number alone, where it says of what they are parts."""
    kinds = {kind_of_part(row) for one in mentions for row in one.exact if row.kind == "split"}
    if not kinds:
        kinds = {kind_of_part(row) for row in focus or () if row.kind == "split"}
    named = _NOUN.search(text)
    if named and _NOUNS[named["noun"].lower()] and not kinds:
        kinds = {_NOUNS[named["noun"].lower()]}
    kinds.discard("")
    found = list(_zones(text, subjects))
    if len(kinds) != 1:
        return found
    (kind,) = kinds
    parts = {number: row for row in subjects for number in _number(row, kind)}
    return found + [one for match in _WHICH.finditer(text) for one in _of(match, parts)]


def _zones(text: str, subjects: Sequence[Subject]) -> Iterator[Mention]:
    """Several zones told at once: "heart rate zones 4 and 5"."""
    for match in _ZONES.finditer(text):
        kind = (match["kind"] or "heart rate").lower().replace("-", " ").replace("hr", "heart rate")
        for number in ("first", "last"):
            wanted = f"{kind} zone {match[number]}"
            rows = frozenset(
                row
                for row in subjects
                if row.kind == "split" and row.row_id.partition(":")[2] == wanted
            )
            if rows:
                begin = match.start() if number == "first" else match.start(number)
                end = match.end("first") if number == "first" else match.end()
                yield Mention(begin, end, rows, rows)


def _of(match: re.Match[str], parts: dict[int, Subject]) -> Iterator[Mention]:
    word = match["n"].lower()
    if word in {"last", "final"}:
        number = max(parts, default=0)
    elif match["digits"]:
        number = int(match["digits"])
    else:
        number = _ORDINALS.index(word) + 1
    row = parts.get(number)
    if row:
        yield Mention(*match.span(), frozenset({row}), frozenset({row}))


def kind_of_part(row: Subject) -> str:
    """What a part is: its row is called "run:km:3"."""
    _, _, part = row.row_id.partition(":")
    return part.rpartition(":")[0]


def _number(row: Subject, kind: str) -> Iterator[int]:
    if row.kind == "split" and kind_of_part(row) == kind:
        yield int(row.row_id.rpartition(":")[2])
