"""Decides of each sentence whether the evidence of its turn says all that it says.

A figure must equal one of the evidence within what its last place tells, of the same quantity,
and of the row that the sentence speaks of; a day must be the day of a row; a name must be the
name of one; a change must be one that a tool computed. A sentence that claims none of these is
nobody's evidence to give, and passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from strideiq.coach.checking.clauses import Clause, clauses, context_of
from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.evidence import Evidence, Figure, Subject, Trend
from strideiq.coach.checking.mentions import Mention, mask, mentions_of_days, named, unknown_names
from strideiq.coach.checking.numbers import Told, figures
from strideiq.coach.checking.quantities import QUANTITIES, Quantity
from strideiq.coach.checking.trends import TrendTold, advises, trends

Subjects = frozenset[Subject]

UNIT_LEFT_OUT = frozenset({"rate", "power"})
"""Dimensions whose unit people leave out: "a heart rate of 148"."""


@dataclass(frozen=True)
class Checked:
    """A sentence with its verdict; ``why`` says what did not resolve."""

    sentence: str
    shown: bool
    citations: tuple[str, ...] = ()
    """Ids of the figures and trends that it rests on, in the order of the sentence."""
    subjects: tuple[Subject, ...] = ()
    """The rows that it speaks of."""
    why: str = ""


def check(sentences: Iterable[str], evidence: Evidence, today: date) -> list[Checked]:
    """Judge the sentences of one answer in their order: "it" is what the last one spoke of."""
    focus: Subjects = frozenset()
    judged = []
    for sentence in sentences:
        one = _Sentence(sentence, evidence, today, focus).judged()
        judged.append(one)
        if one.subjects:
            focus = frozenset(one.subjects)
    return judged


class _NotSaidError(Exception):
    """Something in the sentence is not in the evidence."""


class _Sentence:
    """One sentence, taken apart."""

    def __init__(self, text: str, evidence: Evidence, today: date, focus: Subjects) -> None:
        self.text = text
        self.evidence = evidence
        self.focus = focus
        subjects = evidence.all_subjects
        by_name = named(text, subjects)
        rest = mask(text, by_name)
        days = mentions_of_days(moments(rest, today), subjects)
        self.rest = mask(rest, days)
        self.mentions = sorted([*by_name, *days], key=lambda one: one.begin)
        self.told = figures(self.rest)
        self.changes = trends(self.rest)
        self.clauses = clauses(self.rest)

    def judged(self) -> Checked:
        try:
            cited = self._resolved()
        except _NotSaidError as error:
            return Checked(self.text, shown=False, subjects=self._spoken_of(), why=str(error))
        return Checked(
            self.text,
            shown=True,
            citations=tuple(dict.fromkeys(cited)),
            subjects=self._spoken_of(),
        )

    def _resolved(self) -> list[str]:
        for name in unknown_names(self.rest):
            raise _NotSaidError(f"no row is called {name}")
        for mention in self.mentions:
            if not mention.possible and not advises(self.rest, mention.begin):
                raise _NotSaidError(f"no row is of {self.text[mention.begin : mention.end]!r}")
        self._refuse_wrong_pairs()
        cited = [(told.begin, self._figure(told).figure_id) for told in self.told]
        for change in self.changes:
            cited += [(change.begin, one) for one in self._trend(change)]
        if not cited:
            cited = [(0, figure.figure_id) for figure in self._first_of_mentioned()]
        return [one for _, one in sorted(cited)]

    def _refuse_wrong_pairs(self) -> None:
        """A name beside a day must be of that day."""
        for one, other in zip(self.mentions, self.mentions[1:], strict=False):
            between = self.rest[one.end : other.begin]
            apart = re.search(
                r"\d|\b(?:and|to|from|than|versus|vs|but|while|with|or|until)\b|[;:]", between
            )
            if not apart and not one.possible & other.possible:
                raise _NotSaidError(
                    f"{self.text[one.begin : one.end]!r} is not of "
                    f"{self.text[other.begin : other.end]!r}"
                )

    def _clause(self, place: int) -> Clause:
        return next(clause for clause in self.clauses if clause.begin <= place <= clause.end)

    def _allowed(self, place: int) -> Subjects | None:
        """The rows that a claim at a place may be about; None when nothing narrows them."""
        here = self._clause(place)
        before = [clause for clause in self.clauses if clause.begin <= here.begin]
        for clause in reversed(before):
            inside = [one for one in self.mentions if clause.begin <= one.begin < clause.end]
            if inside:
                return _common(inside, place)
        if self.mentions:
            return _common(self.mentions, place)
        return self.focus or None

    def _figure(self, told: Told) -> Figure:
        allowed = self._allowed(told.begin)
        clause = self._clause(told.begin)
        for figure in self.evidence.figures:
            if allowed is not None and figure.subject not in allowed:
                continue
            quantity = QUANTITIES[figure.quantity]
            if _equal(told, figure, quantity) and self._meant(told, clause, quantity):
                return figure
        place = f"{self.text[max(0, told.begin - 12) : told.end]}".strip()
        raise _NotSaidError(f"nothing resolves the figure of {place!r}")

    def _meant(self, told: Told, clause: Clause, quantity: Quantity) -> bool:
        """Whether the words around a figure name the quantity, and no other one."""
        if told.counted and quantity.counted:
            return _has(told.counted, quantity.needs)
        rivals = [one for one in QUANTITIES.values() if one.dimension == quantity.dimension]
        every = [*(word for one in rivals for word in (*one.words, *one.needs)), *quantity.excludes]
        context = context_of(self.text, clause, told, self.told, lambda text: _has(text, every))
        needs = quantity.needs or (quantity.words if quantity.dimension != told.dimension else ())
        if needs and not _has(context, needs):
            return False
        return not _has(context, quantity.excludes)

    def _trend(self, change: TrendTold) -> list[str]:
        allowed = self._allowed(change.begin)
        clause = self._clause(change.begin)
        text = self.text[clause.begin : clause.end]
        known = [
            trend for trend in self.evidence.trends if allowed is None or trend.subject in allowed
        ]
        spoken = [name for name, one in QUANTITIES.items() if _has(text, one.words)]
        about = [trend for trend in known if not spoken or trend.quantity in spoken]
        agreeing = [] if change.rank else [one for one in about if _agrees(change, one)]
        if not agreeing:
            raise _NotSaidError(f"nothing computed {self.text[change.begin : change.end]!r}")
        return [agreeing[0].trend_id]

    def _spoken_of(self) -> tuple[Subject, ...]:
        found: dict[Subject, None] = {}
        for mention in self.mentions:
            found.update(dict.fromkeys(sorted(mention.exact, key=lambda one: one.row_id)))
        return tuple(found)

    def _first_of_mentioned(self) -> Sequence[Figure]:
        spoken = self._spoken_of()
        return [one for one in self.evidence.figures if one.subject in spoken][:1]


def _common(mentions: Sequence[Mention], place: int) -> Subjects:
    """What all mentions have in common; where that is nothing, what the nearest one means."""
    together: Subjects | None = None
    for mention in mentions:
        together = mention.possible if together is None else together & mention.possible
    if together and len(mentions) > 1:
        return together
    nearest = min(mentions, key=lambda one: (one.distance(place), one.begin))
    return nearest.exact


def _equal(told: Told, figure: Figure, quantity: Quantity) -> bool:
    readings = [(told.value, told.slack, told.dimension)]
    if told.other:
        readings.append(told.other)
    return any(
        (dimension == quantity.dimension or (told.bare and quantity.dimension in UNIT_LEFT_OUT))
        and _within(value, slack, told.bound, figure.value)
        for value, slack, dimension in readings
    )


def _within(value: float, slack: float, bound: str, true: float) -> bool:
    tiny = 1e-9 * max(1.0, abs(true)) + 1e-6 * slack
    if bound == "below":
        return value - 2 * slack - tiny <= true <= value + tiny
    if bound == "above":
        return value - tiny <= true <= value + 2 * slack + tiny
    return abs(true - value) <= slack + tiny


def _agrees(change: TrendTold, trend: Trend) -> bool:
    quantity = QUANTITIES[trend.quantity]
    direction = trend.direction
    told = {
        "up": direction == "up",
        "down": direction == "down",
        "flat": direction == "flat",
        "faster": _quicker(trend, quantity) is True,
        "slower": _quicker(trend, quantity) is False,
        "better": _good(direction, quantity) is True,
        "worse": _good(direction, quantity) is False,
    }[change.claim]
    return not told if change.negated else told


def _good(direction: str, quantity: Quantity) -> bool | None:
    if quantity.more_is_better is None or direction == "flat":
        return None
    return quantity.more_is_better == (direction == "up")


def _quicker(trend: Trend, quantity: Quantity) -> bool | None:
    """Whether less time was needed; None where the trend is of nothing with a tempo."""
    if quantity.dimension not in {"pace", "speed", "time"} or trend.direction == "flat":
        return None
    return (trend.direction == "up") == (quantity.dimension == "speed")


def _has(text: str, words: Iterable[str]) -> bool:
    lower = text.lower()
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lower) for word in words)
