"""Which trends of the evidence the changes of a sentence are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects, clause_at
from strideiq.coach.checking.clauses import Clause
from strideiq.coach.checking.ground import Sides
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import agrees
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.pairs import multiplies
from strideiq.coach.checking.placing import form_over
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relating import by_more_than_units
from strideiq.coach.checking.same_point import later_rows
from strideiq.coach.checking.several_changes import SeveralChanges
from strideiq.coach.checking.telling import NotSaidError, Telling
from strideiq.coach.checking.trends import TrendTold

_SECONDS_PER_KM = re.compile(
    r"\b(?:seconds|minutes|time)\s(?:per|a|for each)\s(?:km|kilomet(?:re|er)|mile)\b", re.IGNORECASE
)
_PER_LONG = re.compile(r"(?:/|\bper )\s?(?:km|kilomet(?:re|er)|mile|mi)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:it|its|that|the|this)(?:'s)?\s(?:[\w\u2588-]+\s){0,3}", re.IGNORECASE)
"""What a change in a later clause is told of: what the clauses in front of it are of."""


@dataclass(frozen=True)
class Changing:
    """A sentence as far as its changes are concerned."""

    text: str
    """As it is shown."""
    rest: str
    """With names and days blacked out."""
    words: str
    """With trusted names left in."""
    changes: Sequence[TrendTold]
    together: Mapping[int, SeveralChanges]
    """Changes that are told of several measures, by their places."""
    mentions: Sequence[Mention]
    clauses: Sequence[Clause]
    linked: Sequence[Sides]
    telling: Telling
    focus: Subjects | None
    index: Index

    def _spoken_before(self, change: TrendTold, clause: Clause) -> str:
        """The words of a change: from the last one on, where they say what changed."""
        begin = max(
            (one.end for one in self.changes if clause.begin <= one.begin < change.begin),
            default=clause.begin,
        )
        text = self.words[begin : change.begin]
        if any(one.called.search(text) for one in QUANTITIES.values() if not one.counted):
            return text
        here = self.words[clause.begin : clause.end]
        named = any(one.called.search(here) for one in QUANTITIES.values() if not one.counted)
        goes_on = _GOES_ON.search(self.rest, clause.begin, change.begin)
        return self.words[: clause.end] if goes_on and not named else here

    def cited(self, change: TrendTold) -> list[str]:
        """The ids of the trends that say what is claimed.

        Raises:
            NotSaidError: none does.
        """
        allowed = self.telling.allowed(change.begin)
        if allowed is not None:
            allowed |= later_rows(self.rest, self.mentions, self.linked, self.focus, self.index)
            if form_over(self.index, *self.mentions):
                allowed |= frozenset(row for one in self.mentions for row in one.exact)
        together = self.together.get(change.begin)
        if together:
            return [self._trend_of(change, allowed, [name]) for name in together.quantities]
        return [self._trend_of(change, allowed, self._spoken_of_change(change))]

    def _spoken_of_change(self, change: TrendTold) -> list[str]:
        clause = clause_at(self.clauses, change.begin)
        text = self._spoken_before(change, clause)
        masked = text if text in self.rest else self.rest[clause.begin : clause.end]
        text = _PER_LONG.sub(" ", _SECONDS_PER_KM.sub("pace", text))
        spoken = [
            name
            for name, one in QUANTITIES.items()
            if one.called.search(masked if one.counted else text)
        ]
        return [name for name in spoken if by_more_than_units(name, text)] or spoken

    def _trend_of(self, change: TrendTold, allowed: Subjects | None, spoken: Sequence[str]) -> str:
        if multiplies(self.text[change.begin : change.end]):
            raise NotSaidError(f"nothing computed {self.text[change.begin : change.end]!r}")
        for trend in self.index.evidence.trends:
            if allowed is not None and trend.subject not in allowed:
                continue
            if (trend.quantity in spoken or not spoken) and agrees(change, trend, spoken):
                return trend.trend_id
        raise NotSaidError(f"nothing computed {self.text[change.begin : change.end]!r}")
