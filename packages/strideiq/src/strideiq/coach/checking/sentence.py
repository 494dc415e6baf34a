"""One sentence taken apart, and each of its claims held against the evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from strideiq.coach.checking import claims, statements
from strideiq.coach.checking.attribution import Subjects, allowed_rows, clause_at
from strideiq.coach.checking.careful import improper
from strideiq.coach.checking.clauses import Clause, clauses
from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import agrees, equal, meant
from strideiq.coach.checking.mentions import (
    WORDED_BY_ATHLETES,
    Mention,
    compatible,
    mask,
    mentions_of_days,
    unknown_names,
)
from strideiq.coach.checking.names import invented_name
from strideiq.coach.checking.numbers import Told, figures, left_over
from strideiq.coach.checking.plain import refuse_foreign_characters
from strideiq.coach.checking.quantities import EXTENSIVE, QUANTITIES
from strideiq.coach.checking.trends import TrendTold, trends
from strideiq.coach.checking.words import as_digits

_ANOTHER = re.compile(
    r"\b(?:and|to|from|than|versus|vs|but|while|with|or|until|unlike|as)\b|;", re.IGNORECASE
)
_COMPARED_WITH = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|against|relative to|unlike)\s(?:your\s)?$",
    re.IGNORECASE,
)
_FROM_A_DAY = re.compile(
    r"(?:,|\(|\b(?:dates?|dated|is|was|comes?|stems?))\s?from\s$", re.IGNORECASE
)
_IT = re.compile(
    r"\b(?:it|that one)\b(?! (?:stood|looks?|seems?|appears?|sounds?)\b)|"
    r"^(?:this|that)(?:'s)? (?:was|is|took|came|had|has|covered|lasted)\b",
    re.IGNORECASE,
)
_PART_OF_A_RUN = re.compile(
    r"\b(?:first|second|last|other) (?:half|third|quarter)\b", re.IGNORECASE
)
_OTHER_TIME = re.compile(r"\b(?:before|after) (?:that|it|this)\b", re.IGNORECASE)
_NAMED_MEASURES = re.compile(r"\bVO2(?:\s?max)?\b|\bzone\s(?=training)", re.IGNORECASE)
_OF_A_DAY = frozenset({"check_in", "weight", "nutrition", "status", "wellness"})
"""Kinds that stand beside the runs of a day without being mistaken for one."""
_PLANNED_KINDS = frozenset({"planned_workout", "planned", "plan_day", "plan_week", "proposal"})


class NotSaidError(Exception):
    """Something in the sentence is not in the evidence; says what, as a part of a sentence."""


class Sentence:
    """A plain text with its mentions, figures and claims of change.

    Raises:
        UnreadableError: it holds characters that are no English.
    """

    def __init__(self, text: str, index: Index, today: date, focus: Subjects | None) -> None:
        self.text = text
        self.index = index
        self.today = today
        self._focus = focus
        by_name = index.names.mentions(text)
        rest = _NAMED_MEASURES.sub(lambda match: "x" * len(match.group()), mask(text, by_name))
        refuse_foreign_characters(rest)
        days = mentions_of_days(moments(rest, today), index.subjects)
        self.rest = as_digits(mask(rest, days))
        self.mentions = sorted([*by_name, *days], key=lambda one: one.begin)
        self.words = as_digits(mask(text, [one for one in by_name if not _trusted(one)] + days))
        self._days = days
        self.told = figures(self.rest)
        bests = any(one.kind == "best_effort" for each in self.mentions for one in each.exact)
        self.changes = trends(self.rest, of_bests=bests)
        self.clauses = clauses(self.rest)

    def citations(self) -> list[str]:
        """The ids of all that it rests on, in the order of the sentence.

        Raises:
            NotSaidError: the evidence does not say it.
        """
        self._refuse_names()
        self._refuse_unfounded()
        self._refuse_wrong_days()
        cited = self._cited_figures()
        cited += [(change.begin, self._trend(change)) for change in self.changes]
        if not cited:
            first = self.index.first_figure
            cited = [(0, first[one]) for one in self.spoken_of() if one in first][:1]
        return [one for _, one in sorted(cited)]

    def spoken_of(self) -> tuple[Subject, ...]:
        """The rows that it names, in its order."""
        found: dict[Subject, None] = {}
        for mention in self.mentions:
            found.update(dict.fromkeys(sorted(mention.exact, key=lambda one: one.row_id)))
        return tuple(found)

    @property
    def focus(self) -> Subjects:
        """What "it" means in the sentence behind this one, where this one names anything."""
        return frozenset(self.spoken_of())

    def _refuse_names(self) -> None:
        wrong = improper(self.rest)
        if wrong:
            raise NotSaidError(wrong)
        for name in unknown_names(self.rest):
            raise NotSaidError(f"no row is called {name}")
        name = invented_name(self.rest)
        if name:
            raise NotSaidError(f"no row is called {name!r}")

    def _refuse_unfounded(self) -> None:
        claim = claims.unfounded(self.rest)
        if claim:
            raise NotSaidError(f"no row bears out {claim!r}")
        if self.told and _PART_OF_A_RUN.search(self.rest):
            raise NotSaidError("no row is of that part")
        if not self.mentions and _OTHER_TIME.search(self.rest):
            raise NotSaidError("no row is of that time")
        digits = left_over(self.rest, self.told)
        if digits:
            raise NotSaidError(f"nothing resolves the figure of {digits!r}")
        covered = frozenset(place for one in self.told for place in range(one.begin, one.end))
        unit = claims.unit_without_figure(self.rest, covered)
        if unit:
            raise NotSaidError(f"nothing resolves {unit!r}")

    def _refuse_wrong_days(self) -> None:
        for mention in self.mentions:
            if not mention.possible and not self._is_possible(mention):
                raise NotSaidError(f"no row is of {self.text[mention.begin : mention.end]!r}")
        for one, other in zip(self.mentions, self.mentions[1:], strict=False):
            between = _FROM_A_DAY.sub(" ", self.rest[one.end : other.begin])
            if _ANOTHER.search(between) or self._compared(one) or self._advised(one, other):
                continue
            apart = any(character.isdigit() for character in between)
            dangling = other in self._days and self._without_figure(other)
            if (dangling if apart else True) and not compatible(one, other):
                raise NotSaidError(
                    f"{self.text[one.begin : one.end]!r} is not of "
                    f"{self.text[other.begin : other.end]!r}"
                )
        causes = [
            one.begin for one in self.mentions if all(row.kind == "status" for row in one.exact)
        ]
        around = claims.around_a_time(self.rest, causes) if self.told or not self.changes else ""
        if around and not self._compares(around):
            raise NotSaidError(f"no row is of what is {around!r} another")
        for clause in self.clauses:
            self._refuse_denied(clause)
            self._refuse_days_of_another(clause)
        self._refuse_denied_bounds()
        self._refuse_tense()

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
        if inside and not negated and claims.denied(self.rest, clause.begin, clause.end):
            raise NotSaidError("no row bears out that something is not so")

    def _refuse_denied_bounds(self) -> None:
        """Refuse "not more than 50 km", which is the opposite of its figure, across clauses."""
        for one in self.told:
            begin = max(self.rest.rfind(mark, 0, one.begin) for mark in ",;:(") + 1
            if one.bound != "near" and claims.denied(self.rest, begin, one.begin):
                raise NotSaidError("no row bears out that something is not so")

    def _refuse_days_of_another(self, clause: Clause) -> None:
        """What "it" was speaks of what the last sentence spoke of."""
        if not self._focus or not _IT.search(self.rest, clause.begin, clause.end):
            return
        named = any(
            one not in self._days and clause.begin <= one.begin < clause.end
            for one in self.mentions
        )
        for one in self._days:
            if (
                not named
                and clause.begin <= one.begin < clause.end
                and not one.possible & self._focus
            ):
                raise NotSaidError(f"it was not {self.text[one.begin : one.end]!r}")

    def _refuse_tense(self) -> None:
        """What is past is not to come, and what is planned is not done."""
        rows = [one for mention in self.mentions for one in mention.exact]
        if statements.of_the_future(self.rest) and not statements.of_what_was_done(self.rest):
            dated = [one for one in rows if one.kind == "activity" and one.first_day]
            if dated and all((one.first_day or self.today) < self.today for one in dated):
                raise NotSaidError("the row is of a day that is over")
        planned = bool(rows) and all(one.kind in _PLANNED_KINDS for one in rows)
        if planned and statements.of_what_was_done(self.rest):
            raise NotSaidError("the row is planned, not done")

    def _cited_figures(self) -> list[tuple[int, str]]:
        """One figure of the evidence for each that is told; those of one row stay together."""
        groups: dict[Subjects | None, list[tuple[Told, list[Figure]]]] = {}
        for told in self.told:
            allowed = self._allowed(told.begin)
            groups.setdefault(allowed, []).append((told, self._candidates(told, allowed)))
        cited: list[tuple[int, str]] = []
        for allowed, group in groups.items():
            together = frozenset.intersection(
                *(frozenset(one.subject for one in found) for _, found in group)
            )
            if not together and not _stand_beside(group, allowed):
                place = f"{self.text[group[0][0].begin : group[-1][0].end]}"
                raise NotSaidError(f"no row has all of {place!r}")
            for told, found in group:
                one = next((one for one in found if one.subject in together), found[0])
                cited.append((told.begin, one.figure_id))
        return cited

    def _allowed(self, place: int) -> Subjects | None:
        allowed = allowed_rows(place, self.clauses, self.mentions, [one.begin for one in self.told])
        return self._focus if allowed is None else allowed

    def _candidates(self, told: Told, allowed: Subjects | None) -> list[Figure]:
        self._refuse_rates(told)
        clause = clause_at(self.clauses, told.begin)
        average = claims.averaged(self.rest, told.begin, told.end)
        found = [
            figure
            for figure in self.index.figures_of(told.dimensions, allowed)
            if equal(told, figure)
            and not (average and figure.quantity in EXTENSIVE)
            and meant(told, clause, figure.quantity, self.words, self.told)
        ]
        if not found:
            place = f"{self.text[max(0, told.begin - 12) : told.end]}".strip()
            raise NotSaidError(f"nothing resolves the figure of {place!r}")
        return found

    def _refuse_rates(self, told: Told) -> None:
        if claims.per_something(self.rest, told.end):
            raise NotSaidError("nothing computed a figure for each of several")

    def _trend(self, change: TrendTold) -> str:
        allowed = self._allowed(change.begin)
        clause = clause_at(self.clauses, change.begin)
        text = self.words[clause.begin : clause.end]
        masked = self.rest[clause.begin : clause.end]
        spoken = [
            name
            for name, one in QUANTITIES.items()
            if one.called.search(masked if one.counted else text)
        ]
        for trend in self.index.evidence.trends:
            if allowed is not None and trend.subject not in allowed:
                continue
            if (trend.quantity in spoken or not spoken) and agrees(change, trend, spoken):
                return trend.trend_id
        raise NotSaidError(f"nothing computed {self.text[change.begin : change.end]!r}")


def _trusted(mention: Mention) -> bool:
    """Whether a name says of what it is: "your fitness", not a run called "Max Effort"."""
    return not any(one.kind in WORDED_BY_ATHLETES for one in mention.exact)


def _stand_beside(group: Sequence[tuple[Told, list[Figure]]], allowed: Subjects | None) -> bool:
    """Whether figures of several rows may be told together: a night's sleep beside a run."""
    if allowed is None:
        return False
    kinds = {kind for _, found in group for kind in {one.subject.kind for one in found}}
    return len(kinds - _OF_A_DAY) <= 1 and bool(kinds & _OF_A_DAY)
