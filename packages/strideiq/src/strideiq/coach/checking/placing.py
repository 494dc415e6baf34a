"""What a sentence names, counts and denies beside each other, and what is refused of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from strideiq.coach.checking import claims, statements
from strideiq.coach.checking.attribution import Subjects, clause_at
from strideiq.coach.checking.clauses import Clause
from strideiq.coach.checking.compared import Compared, linked
from strideiq.coach.checking.days_between import Between
from strideiq.coach.checking.grouping import within
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention, compatible
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import PLANNED_KINDS
from strideiq.coach.checking.reported import does_not_lack
from strideiq.coach.checking.telling import NotSaidError, Telling
from strideiq.coach.checking.trends import TrendTold

_ANOTHER = re.compile(
    r"\b(?:and|to|from|than|versus|vs|against|but|while|with|or|until|unlike|as)\b|;", re.IGNORECASE
)
_COMPARED_WITH = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|against|relative to|unlike)\s(?:your\s)?$",
    re.IGNORECASE,
)
_FROM_A_DAY = re.compile(
    r"(?:,|\(|\b(?:dates?|dated|is|was|comes?|stems?))\s?from\s(?:the\s|your\s)?$", re.IGNORECASE
)
_IT = re.compile(
    r"\b(?:it|that one)\b(?! (?:stood|looks?|seems?|appears?|sounds?)\b)|"
    r"^(?:this|that)(?:'s)? (?:was|is|took|came|had|has|covered|lasted)\b",
    re.IGNORECASE,
)
_INCLUDES = re.compile(
    r"\b(?:includ(?:ed|es|ing)|contain(?:ed|s|ing)|featur(?:ed|es|ing)|compris(?:ed|es|ing))\b",
    re.IGNORECASE,
)
_IS_SO = re.compile(r"(?:\s(?!you|i|it|we)\w+){0,2}\s(?:is|are|was|has|have)\b", re.IGNORECASE)
_OF_IT = re.compile(r"(?:'s|\u2019s)?\s?[\"\u201c]?")
"""What stands between "Thursday" and "Easy run" in "Thursday's Easy run"."""
_OUTING = re.compile(r"\b(?:session|workout|run)s?\b", re.IGNORECASE)
_WORD = 9
"""So far behind a name its noun may end."""


def form_over(index: Index, *mentions: Mention) -> bool:
    """Whether one names form, and another one a span over which it changed."""
    spans = {one.subject for one in index.evidence.trends}
    return any(one.exact & spans for one in mentions) and any(
        all(row.kind == "fitness" for row in one.exact) for one in mentions if one.exact
    )


@dataclass(frozen=True)
class Placing:
    """A sentence as far as it matters what stands beside what."""

    text: str
    """As it is shown."""
    rest: str
    """With names and days blacked out."""
    with_form: str
    """With trusted names left in."""
    mentions: Sequence[Mention]
    days: Collection[Mention]
    """Those of them that tell when."""
    from_others: frozenset[int]
    """Where days begin that are told from another one."""
    between: Sequence[Between]
    clauses: Sequence[Clause]
    told: Sequence[Told]
    changes: Sequence[TrendTold]
    compared: Compared
    telling: Telling
    whole: Sequence[tuple[int, int]]
    """Where something is said of a set of rows that holds."""
    lacks: bool
    """Whether it says that something is not there."""
    focus: Subjects | None
    index: Index
    today: date

    def refuse(self) -> None:
        """Refuse what no row bears out as it stands there.

        Raises:
            NotSaidError: says what.
        """
        had = does_not_lack(self.with_form, self.rest, self.mentions, self.index)
        if had:
            raise NotSaidError(f"there is {had!r}")
        for mention in self.mentions:
            if not mention.possible and not self._is_possible(mention) and not self.lacks:
                raise NotSaidError(f"no row is of {self.text[mention.begin : mention.end]!r}")
        self._refuse_pairs()
        self._refuse_around()
        for clause in self.clauses:
            self._refuse_denied(clause)
            self._refuse_days_of_another(clause)
        self._refuse_denied_bounds()
        self._refuse_tense()

    def _refuse_pairs(self) -> None:
        """Two names beside each other are of one row, or something stands between them."""
        for one, other in pairwise(self.mentions):
            if not self.telling.told_of_both(one, other):
                raise NotSaidError("no row has that beside another one")
            if _INCLUDES.search(self.rest, one.end, other.begin) and not any(
                within(part, whole) for part in other.possible for whole in one.exact
            ):
                raise NotSaidError("the row is no part of the other one")
            between = _FROM_A_DAY.sub(" ", self.rest[one.end : other.begin])
            if _OF_IT.fullmatch(between) and one.exact and not compatible(one, other):
                raise NotSaidError("no row has that beside another one")
            ordered = any(
                {one, other} == {*each.mentions}
                or (one.end <= each.begin and each.end <= other.begin + 1)
                for each in self.between
            )
            if self._is_rest_of(one, other) or self._is_rest_of(other, one):
                continue
            if ordered or self.lacks or linked(self.compared, one, other):
                continue
            if self.changes and form_over(self.index, one, other):
                continue
            if _ANOTHER.search(between) or self._compared(one) or self._advised(one, other):
                continue
            apart = any(character.isdigit() for character in between)
            dangling = self._without_figure(other)
            if (dangling or not apart) and not compatible(*map(self._as_outing, (one, other))):
                raise NotSaidError(
                    f"{self.text[one.begin : one.end]!r} is not of "
                    f"{self.text[other.begin : other.end]!r}"
                )

    def _as_outing(self, mention: Mention) -> Mention:
        """A "threshold session" without what is no outing: a pace is called threshold, too."""
        if not _OUTING.search(self.text, mention.begin, mention.end + _WORD):
            return mention
        kept = [
            frozenset(row for row in rows if row.kind != "training_pace")
            for rows in (mention.exact, mention.possible)
        ]
        return replace(mention, exact=kept[0], possible=kept[1]) if kept[1] else mention

    def _is_rest_of(self, one: Mention, other: Mention) -> bool:
        """Whether the first is what is left of rows of which the second is one."""
        return any(
            row.kind == "rest" and other.exact & frozenset((row, *self.index.parts(row)))
            for row in one.exact
        )

    def _refuse_around(self) -> None:
        causes = [
            one.begin
            for one in self.mentions
            if all(row.kind == "status" for row in one.exact)
            or (one not in self.days and _IS_SO.match(self.rest, one.end))
        ]
        causes += [  # "Before August, no month had more": the set was judged with its time
            one.begin
            for one in self.mentions
            for begin, _ in self.whole
            if one.end <= begin and not self.rest[one.end : begin].strip(", ")
        ]
        around = claims.around_a_time(self.rest, causes) if self.told or not self.changes else ""
        if around and not self._compares(around):
            raise NotSaidError(f"no row is of what is {around!r} another")

    def _is_possible(self, mention: Mention) -> bool:
        """Whether a day without rows stands in advice, or in what would be."""
        clause = clause_at(self.clauses, mention.begin)
        return statements.advises(self.rest, mention.begin) or statements.supposes(
            self.rest[clause.begin : clause.end]
        )

    def _compared(self, mention: Mention) -> bool:
        return bool(_COMPARED_WITH.search(self.rest[: mention.begin]))

    def _advised(self, *mentions: Mention) -> bool:
        return any(statements.advises(self.rest, one.begin) for one in mentions)

    def _without_figure(self, mention: Mention) -> bool:
        """Whether no figure is told of a day, so that it tells of when something else was."""
        clause = clause_at(self.clauses, mention.begin)
        mentions = [one for one in self.mentions if clause.begin <= one.begin < clause.end]
        figures_here = [one.begin for one in self.told if clause.begin <= one.begin < clause.end]
        if figures_here and min(figures_here) < mentions[0].begin:
            return False
        behind = min((one.begin for one in mentions if one.begin > mention.begin), default=1 << 30)
        return not any(mention.begin < place < behind for place in figures_here)

    def _compares(self, around: str) -> bool:
        """Whether two things are compared: that is a change, which is judged as one."""
        return around.lower().startswith(("than", "from", "like"))

    def _refuse_denied(self, clause: Clause) -> None:
        places = [*(one.begin for one in self.mentions), *(one.begin for one in self.told)]
        inside = any(clause.begin <= place < clause.end for place in places)
        negated = any(
            one.negated and clause.begin <= one.begin < clause.end for one in self.changes
        )
        if (
            inside
            and not negated
            and not self.lacks
            and claims.denied(self.rest, clause.begin, clause.end)
        ):
            raise NotSaidError("no row bears out that something is not so")

    def _refuse_denied_bounds(self) -> None:
        """Refuse "not more than 50 km", which is the opposite of its figure, across clauses."""
        for one in self.told:
            begin = max(self.rest.rfind(mark, 0, one.begin) for mark in ",;:(") + 1
            if one.bound != "near" and claims.denied(self.rest, begin, one.begin):
                raise NotSaidError("no row bears out that something is not so")

    def _refuse_days_of_another(self, clause: Clause) -> None:
        """What "it" was speaks of what the last sentence spoke of."""
        if not self.focus or not _IT.search(self.rest, clause.begin, clause.end):
            return
        named = any(
            one not in self.days and clause.begin <= one.begin < clause.end for one in self.mentions
        )
        for one in self.days:
            if (
                not named
                and one.begin not in self.from_others
                and clause.begin <= one.begin < clause.end
                and not one.possible & self.focus
            ):
                raise NotSaidError(f"it was not {self.text[one.begin : one.end]!r}")

    def _refuse_tense(self) -> None:
        """What is past is not to come, and what is planned is not done."""
        rows = [one for mention in self.mentions for one in mention.exact]
        if statements.of_the_future(self.rest) and not statements.of_what_was_done(self.rest):
            dated = [one for one in rows if one.kind == "activity" and one.first_day]
            if dated and all((one.first_day or self.today) < self.today for one in dated):
                raise NotSaidError("the row is of a day that is over")
        planned = bool(rows) and all(
            one.kind in PLANNED_KINDS
            and not any(each.value for each in self.index.of_row(one, "distance"))
            for one in rows
        )
        if planned and statements.of_what_was_done(self.rest):
            raise NotSaidError("the row is planned, not done")
