"""Which figures of the evidence the figures of a sentence are, one row at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strideiq.coach.checking import claims, statements
from strideiq.coach.checking.attribution import Subjects, allowed_rows, clause_at, rows_of
from strideiq.coach.checking.clauses import Clause
from strideiq.coach.checking.elided import elided
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal, meant, within
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import EXTENSIVE, PLANNED_KINDS, QUANTITIES

_IT_IS = re.compile(
    r"\b(?:it|that|this)(?:'s|\u2019s)?(?: has)?(?: been| is| was)?\b", re.IGNORECASE
)
_AGAINST = re.compile(
    r"\b(?:versus|vs\.?|against|compared (?:to|with)|than|up from|down from|from|to)\s+$",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:max\w*|min\w*|peak|most|least|best|longest)\b(?:\s\w+){0,2}\s+$", re.IGNORECASE
)
_AND = re.compile(r"\s(?:and|or|as well as)\s(?:on\s|in\s|your\s|the\s)*", re.IGNORECASE)
_BY = re.compile(r"\bby\s(?:just |about |only |a good )?\s*$", re.IGNORECASE)
_INSIDE = re.compile(
    r"\s(?:inside|under|below|over|above|outside|short of|shy of)\s+(?:the\s)?", re.IGNORECASE
)
_LIMIT = re.compile(r"\s(?:\w+\s)?limit\b", re.IGNORECASE)
_ON_THEM = re.compile(r"\son (?:them|it|the clock)\b", re.IGNORECASE)
_IN_ALL = re.compile(r"\s(?:in all|in total|altogether|total|overall)\b", re.IGNORECASE)
_IN_STEPS = frozenset({"planned_distance", "planned_time"})
"""What a workout has as a whole and in each of its steps."""
_RATE = frozenset({"rate"})
COUNT_SLACK = 0.05
"""4.5 runs a week are neither four nor five."""
_OF_A_DAY = frozenset({"check_in", "weight", "nutrition", "status", "wellness"})
"""Kinds that stand beside the runs of a day without being mistaken for one."""


class NotSaidError(Exception):
    """Something in the sentence is not in the evidence; says what, as a part of a sentence."""


@dataclass(frozen=True)
class Telling:
    """A sentence as far as its figures are concerned."""

    text: str
    """As it is shown."""
    rest: str
    """With names and days blacked out."""
    words: str
    """With trusted names left in."""
    told: Sequence[Told]
    mentions: Sequence[Mention]
    clauses: Sequence[Clause]
    assigned: Mapping[int, Subjects]
    """Rows of figures by their places, where a relation says whose they are."""
    focus: Subjects | None
    index: Index
    others: Sequence[tuple[int, int, Figure]]
    """Figures that something is compared with, and between which places it is told of them."""

    def cited(self) -> list[tuple[int, str]]:
        """One figure of the evidence for each that is told; those of one row stay together.

        Raises:
            NotSaidError: no row says one of them.
        """
        groups: dict[Subjects | None, list[tuple[Told, list[Figure]]]] = {}
        before: tuple[Told, list[Figure]] | None = None
        for told in self.told:
            allowed = self.allowed(told.begin)
            found = self._candidates(told, allowed)
            found = self._of_the_same(told, found, before)
            before = (told, found)
            groups.setdefault(allowed, []).append((told, found))
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

    def _of_the_same(
        self, told: Told, found: list[Figure], before: tuple[Told, list[Figure]] | None
    ) -> list[Figure]:
        """Of "at most 184, against 148 bpm", only what is of the quantity in front."""
        if before is None or not (_RATE & {*before[0].dimensions} & {*told.dimensions_told}):
            return found
        if not _AGAINST.search(self.rest[: told.begin]):
            return found
        names = {one.quantity for one in before[1]}
        same = [one for one in found if one.quantity in names]
        if not same:
            place = self.text[told.begin : told.end]
            raise NotSaidError(f"{place!r} is of something else than what it is compared with")
        return same

    def told_of_both(self, one: Mention, other: Mention) -> bool:
        """Whether figures that are told of two rows at once are so of both.

        "148 bpm on Sunday and Tuesday" is; "24.3 km on Sunday and 8 km on Tuesday" is of each.
        """
        if not _AND.fullmatch(self.rest, one.end, other.begin):
            return True
        clause = clause_at(self.clauses, one.begin)
        last = max(clause.end, clause_at(self.clauses, other.begin).end)
        front = [each for each in self.told if clause.begin <= each.begin < one.begin]
        behind = [each for each in self.told if other.end <= each.begin < last]
        if bool(front) == bool(behind):
            return True
        return all(
            self._resolves(each, rows_of([row]))
            for each in front or behind
            for row in (one, other)
            if each.begin not in self.assigned
        )

    def _resolves(self, told: Told, rows: Subjects) -> bool:
        try:
            return bool(self._candidates(told, rows))
        except NotSaidError:
            return False

    def allowed(self, place: int) -> Subjects | None:
        """The rows that something at a place may be told of; None for any."""
        if place in self.assigned:
            return self.assigned[place]
        places = [one.begin for one in self.told]
        allowed = allowed_rows(self.rest, place, self.clauses, self.mentions, places)
        return self._with_the_day(self.focus if allowed is None else allowed)

    def _with_the_day(self, rows: Subjects | None) -> Subjects | None:
        """A score of a check-in with what else the check-ins of its day hold."""
        if not rows or not all(row.kind.startswith("check_in") for row in rows):
            return rows
        days = {row.first_day for row in rows if not row.last_day}
        return rows | frozenset(
            row for row in self.index.subjects if row.kind == "check_in" and row.first_day in days
        )

    def _candidates(self, told: Told, allowed: Subjects | None) -> list[Figure]:
        per = self._mean_of(told)
        found = self._equal(told, allowed, per)
        for other in elided(self.rest, self.told, told):
            found = found or self._equal(other, allowed, per)
        found = found or self._compared(told) or self._equal_mean(told, allowed)
        found = found or self._by_what(told)
        if not found:
            place = f"{self.text[max(0, told.begin - 12) : told.end]}".strip()
            raise NotSaidError(f"nothing resolves the figure of {place!r}")
        return found

    def _equal_mean(self, told: Told, allowed: Subjects | None) -> list[Figure]:
        """What "it" is in the second of two clauses that tell the same mean."""
        clause = clause_at(self.clauses, told.begin)
        before = [
            one for one in self.told if one.begin < clause.begin and one.dimension == told.dimension
        ]
        pers = {claims.mean_of(self.rest, one.begin, one.end) for one in before}
        tied = _IT_IS.search(self.rest, clause.begin, told.begin) or _AGAINST.search(
            self.rest[: told.begin]
        )
        if len(pers) != 1 or not tied:
            return []
        return self._equal(told, allowed, pers.pop())

    def _compared(self, told: Told) -> list[Figure]:
        """The figure of what something is compared with, whose name need not be said again."""
        return [
            figure
            for begin, end, figure in self.others
            if begin <= told.begin < end and _is_it(told, figure)
        ]

    def _by_what(self, told: Told) -> list[Figure]:
        """By how much a bound was kept: "under 20 minutes, by three seconds"."""
        bounds = [
            one for one in self.told if (one.dimension, one.bound) != (told.dimension, "near")
        ]
        bounds = [one for one in bounds if one.dimension == told.dimension]
        bound = next((one for one in reversed(bounds) if one.end <= told.begin), None)
        if not _BY.search(self.rest[: told.begin]):
            bound = next((one for one in self.told if one.begin >= told.end), None)
            if bound and not _INSIDE.fullmatch(self.rest, told.end, bound.begin):
                return []
        if bound is None or bound.bound == "near":
            return []
        return [
            figure
            for figure in self._equal(bound, self.allowed(bound.begin), "")
            if told.dimension == bound.dimension
            and abs(abs(bound.value - figure.value) - told.value) <= told.slack
        ]

    def _equal(self, told: Told, allowed: Subjects | None, per: str) -> list[Figure]:
        clause = clause_at(self.clauses, told.begin)
        average = claims.averaged(self.rest, told.begin, told.end)
        return [
            figure
            for figure in self.index.figures_of(told.dimensions, allowed)
            if QUANTITIES[figure.quantity].per == per
            and not (per and _EXTREME.search(self.rest[: told.begin]))
            and not told.extra
            and self._is_whole(told, figure)
            and not (per and _is_rounded_count(told, figure, allowed))
            and equal(told, figure)
            and not (average and figure.quantity in EXTENSIVE and not _is_a_mean(figure.subject))
            and meant(
                told,
                clause,
                figure.quantity,
                self.words,
                self.told,
                of_a_plan=allowed is not None and self._is_to_come(figure.subject),
            )
        ]

    def _is_whole(self, told: Told, figure: Figure) -> bool:
        """Whether a limit is told as one, and what is told "in all" is no part of a workout."""
        limit = figure.quantity == "limit"
        if _LIMIT.match(self.rest, told.end) and not limit:
            return False
        if limit and _ON_THEM.match(self.rest, told.end):
            return False
        if figure.quantity not in _IN_STEPS or not _IN_ALL.match(self.rest, told.end):
            return True
        of_row = self.index.of_row(figure.subject, figure.quantity)
        return figure.value == max(one.value for one in of_row)

    def _is_to_come(self, row: Subject) -> bool:
        """Whether a row is planned, not done, and told as such."""
        done = any(one.value for one in self.index.of_row(row, "distance"))
        planned = row.kind in PLANNED_KINDS and not done
        return planned and not statements.of_what_was_done(self.rest)

    def _mean_of(self, told: Told) -> str:
        per = claims.mean_of(self.rest, told.begin, told.end)
        if per == "?":
            raise NotSaidError("nothing computed a figure for each of several")
        return per


def _is_rounded_count(told: Told, figure: Figure, allowed: Subjects | None) -> bool:
    """Whether a number of runs a week is told without what it is of, or is not the very one."""
    counts = QUANTITIES[figure.quantity].unit == "runs"
    return counts and (allowed is None or abs(told.value - figure.value) > COUNT_SLACK)


def _is_a_mean(row: Subject) -> bool:
    """Whether the figures of a row are means of several."""
    return "on average" in row.aliases


def _is_it(told: Told, figure: Figure) -> bool:
    dimension = QUANTITIES[figure.quantity].dimension
    if told.bare and (not told.counted or told.counted.startswith(("in ", "on ", "for "))):
        return within(told.value, told.slack, told.bound, figure.value)
    return dimension in told.dimensions_told and equal(told, figure)


def _stand_beside(group: Sequence[tuple[Told, list[Figure]]], allowed: Subjects | None) -> bool:
    """Whether figures of several rows may be told together: a night's sleep beside a run."""
    if allowed is None:
        return False
    kinds = {kind for _, found in group for kind in {one.subject.kind for one in found}}
    return len(kinds - _OF_A_DAY) <= 1 and bool(kinds & _OF_A_DAY)
