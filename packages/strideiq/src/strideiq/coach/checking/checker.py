"""Decides of each sentence whether the evidence of its turn says all that it says.

A figure must equal one of the evidence within what its last place tells, of the same quantity,
and of the row that the sentence speaks of; a day must be the day of a row; a name must be the
name of one; a change must be one that a tool computed. What no row can bear out ("always", "a
third of", "not 24 km") is refused. A sentence that claims none of these is nobody's evidence to
give, and passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from strideiq.coach.checking.before import NOTHING_BEFORE, Before
from strideiq.coach.checking.evidence import Evidence, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.plain import UnreadableError, plain
from strideiq.coach.checking.sentence import Sentence
from strideiq.coach.checking.telling import NotSaidError

Subjects = frozenset[Subject]


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

    def __init__(self, today: date) -> None:
        self._today = today
        self._index = Index(Evidence())
        self._shown: Subjects | None = None
        self._before = NOTHING_BEFORE
        self._said: Subjects | None = None
        """What the last sentence spoke of, whether or not it was shown."""

    def judge(self, sentence: str, evidence: Evidence) -> Checked:
        """Judge the next sentence by the evidence that there is by now."""
        if evidence is not self._index.evidence:
            self._index = Index(evidence)
        try:
            text = plain(sentence)
            one = Sentence(text, self._index, self._today, self._focus(), self._before)
        except UnreadableError as error:
            return Checked(sentence, shown=False, why=str(error))
        self._before = NOTHING_BEFORE
        try:
            cited = one.citations()
        except NotSaidError as error:
            self._said = one.focus or self._said
            return Checked(text, shown=False, subjects=one.spoken_of(), why=str(error))
        found = tuple(dict.fromkeys(cited))
        subjects = one.spoken_of()
        self._before = Before(self._index.quantities_of(found), one.sides)
        about = _told_of(one.focus, self._index.subjects_of(found))
        if about:
            self._shown = self._said = about
        return Checked(text, shown=True, citations=found, subjects=subjects)

    def _focus(self) -> Subjects | None:
        """What "it" is: for readers, who see what was shown, and for the one who wrote."""
        if self._shown is None or self._said is None:
            return self._said
        return self._shown & self._said if self._shown != self._said else self._shown


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


def check(sentences: Iterable[str], evidence: Evidence, today: date) -> list[Checked]:
    """Judge the sentences of one answer in their order."""
    checking = Checking(today)
    return [checking.judge(sentence, evidence) for sentence in sentences]
