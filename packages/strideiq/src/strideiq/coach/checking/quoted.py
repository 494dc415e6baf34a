"""Words of an athlete's own note, told of the row that it stands at: "along the lake with Sam".

A note proves nothing but itself, so only words that tell no figure may be taken over, and only
of the row whose note it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, narrowed
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention

WORDS_MIN = 3
"""So many words of a note in their order are a quotation."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_YOU_WROTE = re.compile(
    r"\b(?:(?:and|where|as)\s)?you\s(?:wrote|noted|said)(?:\sdown)?(?:\s(?:then|there|of it))?"
    r"(?:\sthat)?(?:,|:)?\s(?:(?:it|that|this)\s(?:was|is|felt)\s)?[\"\u201c']?$",
    re.IGNORECASE,
)
_PLACE_WORDS = "along around at by from in near on over past through to towards with via"
_PLACES = frozenset(_PLACE_WORDS.split())
"""Words with which a note tells where, and with whom; what begins so states nothing else."""
_STATES = re.compile(
    r"\b(?:not|no|never|best|fastest|longest|record|won|race|ran|did|always|every|all|than)\b|\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quoted:
    """A quotation of a note; it holds."""

    begin: int
    end: int
    figure_ids: tuple[str, ...]


def quoted(
    text: str, mentions: Sequence[Mention], focus: Subjects | None, index: Index
) -> Iterator[Quoted]:
    """Every quotation of a note of the only row that it can be of."""
    spoken_of = _rows(mentions) or focus or frozenset()
    days = {row.first_day for row in spoken_of}
    for row, note in index.evidence.notes:
        if row not in spoken_of or (len(days) > 1 and not _is_named(row, mentions)):
            continue
        for begin, end in _shared(text, note):
            said = _YOU_WROTE.search(text, 0, begin)
            first = _WORD.match(text, begin)
            place = first is not None and first.group().lower() in _PLACES
            if (said or place) and row in index.first_figure:
                ids = (index.first_figure[row],)
                yield Quoted(said.start() if said else begin, end, ids)


def _rows(mentions: Sequence[Mention]) -> Subjects:
    return frozenset(
        row
        for one in mentions
        for row in narrowed(one.exact, [other for other in mentions if other is not one])
    )


def _is_named(row: object, mentions: Sequence[Mention]) -> bool:
    """Whether every name and day of a sentence can mean a row."""
    return bool(mentions) and all(row in one.exact | one.possible for one in mentions)


def _shared(text: str, note: str) -> Iterator[tuple[int, int]]:
    """The longest parts of a text whose words stand in a note in their order."""
    written = [(one.group().lower(), one.span()) for one in _WORD.finditer(text)]
    known = [one.group().lower() for one in _WORD.finditer(note)]
    place = 0
    while place < len(written):
        length = max((_alike(written, place, known, at) for at in range(len(known))), default=0)
        if length >= WORDS_MIN:
            begin, end = written[place][1][0], written[place + length - 1][1][1]
            if not _STATES.search(text, begin, end):
                yield begin, end
        place += max(length, 1)


def _alike(
    written: Sequence[tuple[str, tuple[int, int]]], place: int, known: Sequence[str], at: int
) -> int:
    length = 0
    while (
        place + length < len(written)
        and at + length < len(known)
        and written[place + length][0] == known[at + length]
    ):
        length += 1
    return length
