"""Decides of each sentence whether the evidence of its turn says all that it says.

A figure must equal one of the evidence within what its last place tells, of the same quantity,
and of the row that the sentence speaks of; a day must be the day of a row; a name must be the
name of one; a change must be one that a tool computed. What no row can bear out ("always", "a
third of", "not 24 km") is refused. A sentence that claims none of these is nobody's evidence to
give, and passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from strideiq.coach.checking.before import NOTHING_BEFORE, Before
from strideiq.coach.checking.evidence import Evidence, Subject
from strideiq.coach.checking.grouping import in_time
from strideiq.coach.checking.headed import Heading
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.plain import UnreadableError, plain
from strideiq.coach.checking.sentence import Sentence
from strideiq.coach.checking.tables import Table
from strideiq.coach.checking.telling import NotSaidError

Subjects = frozenset[Subject]
_PRONOUN = re.compile(
    r"\b(?:it|its|that|this|those|these|they|them|there|then|one|same|other|another)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Checked:
    """A sentence with its verdict; ``why`` says what did not resolve."""

    sentence: str
    """As it may be shown: without markup."""
    shown: bool
    citations: tuple[str, ...] = ()
    """Ids of the figures and trends that it rests on, in the order of the sentence."""
    subjects: tuple[Subject, ...] = ()
    """The rows that it speaks of."""
    why: str = ""


class Checking:
    """Judges the sentences of one answer as they come: "it" is what the last one spoke of."""

    def __init__(self, today: date, *, strict: bool = False) -> None:
        """``strict``: whether what no figure bears out is refused too, as of a language model."""
        self._today = today
        self._strict = strict
        self._index = Index(Evidence())
        self._shown: Subjects | None = None
        self._said: Subjects | None = None
        """What the last sentence spoke of, whether or not it was shown."""
        self._table = Table()
        self._heading = Heading()
        self._before = NOTHING_BEFORE

    def judge(self, sentence: str, evidence: Evidence) -> Checked:
        """Judge the next sentence by the evidence that there is by now."""
        if evidence is not self._index.evidence:
            self._index = Index(evidence)
        try:
            text = plain(sentence)
            told = self._heading.told(self._table.told(sentence, text))
            one = Sentence(
                told, self._index, self._today, self._focus(told), self._before, strict=self._strict
            )
        except UnreadableError as error:
            self._before = NOTHING_BEFORE
            return Checked(sentence, shown=False, why=str(error))
        try:
            cited = one.citations()
        except NotSaidError as error:
            self._said, self._before = one.focus or self._said, NOTHING_BEFORE
            return Checked(text, shown=False, subjects=one.spoken_of(), why=str(error))
        found = tuple(dict.fromkeys(cited))
        subjects = one.spoken_of()
        about = _told_of(one.focus, self._index.subjects_of(found))
        pair = one.pair or in_time(about, self._shown) if about else self._before.pair
        self._before = Before(self._index.quantities_of(found), pair)
        if about and not (one.is_entry and self._shown):
            self._shown = self._said = about | self._index.wholes(about)
        return Checked(text, shown=True, citations=found, subjects=subjects)

    def _focus(self, text: str) -> Subjects | None:
        """What "it" is: for readers, who see what was shown, and for the one who wrote.

        Where these differ, a sentence without a pronoun is of what was shown: so it is read.
        """
        if self._shown is None or self._said is None:
            return self._said
        both = self._shown & self._said
        return both if both or _PRONOUN.search(text) else self._shown


def _told_of(named: Subjects, cited: Subjects) -> Subjects:
    """What "it" is behind a sentence: of a name of several rows the one that its figures are of.

    Otherwise the next figure could be that of another run of the same name.
    """
    days = {(one.name, one.first_day, one.last_day) for one in cited & named}
    names = {name for name, _, _ in days if name}
    told = {
        one
        for one in named
        if one.name not in names or (one.name, one.first_day, one.last_day) in days
    }
    return frozenset(told) or named or cited


def check(
    sentences: Iterable[str], evidence: Evidence, today: date, *, strict: bool = False
) -> list[Checked]:
    """Judge the sentences of one answer in their order."""
    checking = Checking(today, strict=strict)
    return [checking.judge(sentence, evidence) for sentence in sentences]
