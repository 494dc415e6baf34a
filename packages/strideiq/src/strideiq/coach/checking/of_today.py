"""Form that is told without a day is that of today: "Fitness: 33.8 (up from 27.2)"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.quantities import QUANTITIES

_STATE = ("fitness", "fatigue", "form", "monotony")
_WORDS = {
    word: name for name in _STATE for word in (*QUANTITIES[name].words, *QUANTITIES[name].needs)
}
_SAID = re.compile(
    r"\b(?:your\s)?(?:current\s|overall\s)?(?P<word>" + "|".join(sorted(_WORDS, key=len)) + r")\b"
    r"(?:\s\((?:ctl|atl|tsb)\))?",
    re.IGNORECASE,
)
_PART = re.compile(r"[,;()]|\b(?:and|but|while|so)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:was|were|had|stood|sat)\b", re.IGNORECASE)
_NOW = "now"


def now(index: Index, quantity: str) -> Subjects:
    """The row of today where several days have a quantity, else none."""
    rows = {one.subject for one in index.evidence.figures if one.quantity == quantity}
    today = frozenset(row for row in rows if _NOW in row.aliases)
    return today if len(rows) > 1 else frozenset()


def of_today(text: str, mentions: Sequence[Mention], index: Index, today: date) -> list[Mention]:
    """Mentions of today's row by what is told of it, where its part tells no other day."""
    found: list[Mention] = []
    days = moments(text, today)
    for match in _SAID.finditer(text):
        rows = now(index, _WORDS[match["word"].lower()])
        cuts = [0, *(one.end() for one in _PART.finditer(text, 0, match.start()))]
        ends = [one.start() for one in _PART.finditer(text, match.end())]
        begin, end = cuts[-1], min([len(text), *ends])
        places = [one.begin for one in mentions] + [one.begin for one in days]
        told = any(begin <= place < end for place in places)
        if rows and not told and not _PAST.search(text, begin, end):
            found.append(Mention(match.start("word"), match.end("word"), rows, rows))
    return found
