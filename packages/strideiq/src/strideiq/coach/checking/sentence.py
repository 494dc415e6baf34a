"""One sentence taken apart, and each of its claims held against the evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from strideiq.coach.checking import claims
from strideiq.coach.checking.advice import advised
from strideiq.coach.checking.asserted import asserted
from strideiq.coach.checking.assigned import assigned
from strideiq.coach.checking.attribution import Subjects, narrowed
from strideiq.coach.checking.bare import bare
from strideiq.coach.checking.before import NOTHING_BEFORE, Before
from strideiq.coach.checking.careful import improper
from strideiq.coach.checking.carried import Carried, carried
from strideiq.coach.checking.changing import Changing
from strideiq.coach.checking.circumstances import invented
from strideiq.coach.checking.clauses import clauses
from strideiq.coach.checking.compared import Compared, blank, compare, ground_of
from strideiq.coach.checking.done_of import DoneOf, done_of, worn_of
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.goals import goals
from strideiq.coach.checking.going_together import GoingTogether, going_together
from strideiq.coach.checking.ground import Ground
from strideiq.coach.checking.grouping import grouped
from strideiq.coach.checking.in_turn import InTurn, in_turn
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.latest import Latest, latest
from strideiq.coach.checking.mentioned import mentioned
from strideiq.coach.checking.mentions import (
    Mention,
    mask,
    unknown_names,
)
from strideiq.coach.checking.missed import Missed, missed
from strideiq.coach.checking.names import invented_name
from strideiq.coach.checking.none_of import NoneOf, none_of
from strideiq.coach.checking.numbers import Told, figures, left_over
from strideiq.coach.checking.of_sets import of_sets
from strideiq.coach.checking.of_today import now as form_of_today
from strideiq.coach.checking.opposed import opposed
from strideiq.coach.checking.pairs import paired
from strideiq.coach.checking.placing import Placing
from strideiq.coach.checking.quoted import Quoted, quoted
from strideiq.coach.checking.ranges import Range, ranges
from strideiq.coach.checking.relations import blacked_out
from strideiq.coach.checking.reported import felt, wrong_sign
from strideiq.coach.checking.rests import rests
from strideiq.coach.checking.row_sets import SetGround
from strideiq.coach.checking.same_point import goes_on
from strideiq.coach.checking.samples import is_sample_of, samples
from strideiq.coach.checking.sets import in_sets
from strideiq.coach.checking.several_changes import several_changes
from strideiq.coach.checking.sums import added_up
from strideiq.coach.checking.telling import NotSaidError, Telling
from strideiq.coach.checking.trends import trends
from strideiq.coach.checking.unproven import unproven

_PART_OF_A_RUN = re.compile(
    r"\b(?:first|second|last|other) (?:half|third|quarter)\b|"
    r"\b(?:first|second|third|last|final|opening|closing|steepest|biggest|longest|main|long) "
    r"(?:climb|hill|descent|downhill|uphill|summit|stretch|section|straight)\b",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[A-Z][\w'-]*(?: [\w'()/-]+){0,4}:\s")
_RANGE = re.compile(r"\s?(?:to|\u2013|-)\s?")
_OTHER_TIME = re.compile(r"\b(?:before|after) (?:that|it|this)\b", re.IGNORECASE)

_AtOnce = (
    Carried | DoneOf | GoingTogether | InTurn | Latest | Missed | NoneOf | Quoted | Range
)  # fmt: skip
"""What is told of rows in words that a figure and a name alone do not make."""


class Sentence:
    """A plain text with its mentions, figures and claims of change.

    Raises:
        UnreadableError: it holds characters that are no English.
    """

    def __init__(
        self,
        text: str,
        index: Index,
        today: date,
        focus: Subjects | None,
        before: Before = NOTHING_BEFORE,
        *,
        strict: bool = False,
    ) -> None:
        self._strict = strict
        self.text = text
        self.index = index
        self.today = today
        self._focus = focus
        self._before = before
        found = mentioned(text, index, today, focus)
        self.between, self._days, self._lacks = found.between, found.days, found.lacks
        self._from_others = found.from_others
        self.rest, self.words, self.mentions = found.rest, found.words, found.mentions
        text = found.text
        self._with_form = self.words
        spoken = SetGround(
            self.rest, self.words, text, index.evidence.sets, self.mentions, found.spans, today
        )
        self._of_sets = of_sets(spoken, index, focus)
        self._take_sets()
        self._add_up()
        self.compared = self._compare()
        self.rest = self.compared.rest
        for begin, end in self.compared.struck:
            self.words = blank(self.words, begin, end)
        self.told = figures(self.rest)
        bests = any(one.kind == "best_effort" for each in self.mentions for one in each.exact)
        self.changes = trends(self.rest, of_bests=bests)
        self._together = {
            one.change.begin: one
            for one in several_changes(self.words, self.changes, before.quantities)
        }
        for one in self._together.values():
            for begin, end in one.struck:
                self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        self.clauses = clauses(self.rest, self.compared.cuts)
        self._samples = list(samples(self.rest, self.told)) if self.changes else []
        by_place = assigned(
            self.rest, self.told, self.mentions, self.compared.sides, self.compared.parts
        )
        self._telling = Telling(
            text,
            self.rest,
            self.words,
            [one for one in self.told if one not in self._samples],
            [one for one in self.mentions if not self._tells_when(one)],
            self.clauses,
            by_place,
            focus,
            index,
            self.compared.others,
        )

    def _take_sets(self) -> None:
        """Leave out what is said of sets and holds; the rest is judged as if it were not there."""
        found = self._of_sets
        self.mentions = found.mentions
        self._days = [one for one in self._days if one in found.mentions]
        for begin, end in found.struck:
            self.rest = blank(self.rest, begin, end)
        for begin, end, word in found.of:
            self.words = (
                self.words[:begin] + word.ljust(end - begin)[: end - begin] + self.words[end:]
            )
        for begin, end in found.whole:
            self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        self.rest, self.words = mask(self.rest, found.named), mask(self.words, found.named)

    def _add_up(self) -> None:
        """Take rows that the sentence adds up as one."""
        text = blacked_out(self.rest, figures(self.rest))
        self.mentions, sums = added_up(text, self.mentions, self.index)
        self.rest, self.words = mask(self.rest, sums), mask(self.words, sums)
        left = rests(self.rest, self.mentions, self.index)
        self.mentions = left.mentions
        self.rest, self.words = mask(self.rest, left.named), mask(self.words, left.named)
        for begin, end in left.struck:
            self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        told = figures(self.rest)
        self._goals = list(
            goals(blacked_out(self.rest, told), told, self.mentions, self._focus, self.index)
        )
        free = [(one.begin, one.end) for one in advised(self.rest, self.text, told, self.mentions)]
        for begin, end in (*free, *(span for goal in self._goals for span in goal.spans)):
            self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        self._strike_what_holds(told)
        for one in in_sets(self.rest, self.mentions, self.index):
            self.rest = blank(self.rest, one.begin, one.end)

    def _strike_what_holds(self, told: Sequence[Told]) -> None:
        """Take out what is told of several rows at once, where it is so."""
        black = blacked_out(self.rest, told)
        at_once: list[_AtOnce] = [
            *done_of(black, told, self.mentions, self._focus, self.index),
            *worn_of(black, told, self.mentions, self._focus, self.index),
            *in_turn(self.rest, told, self.mentions, self.index),
            *latest(self.rest, self.mentions, self.index),
            *none_of(self.rest, self.text, self.mentions, self.index, self.today),
            *going_together(self.text, self.index),
            *missed(self.rest, self.mentions, self.index),
            *quoted(self.rest, self.mentions, self._focus, self.index),
            *ranges(black, self.words, told, self.mentions, self.index),
            *carried(
                black, self.words, told, self.mentions,
                (self._before.quantities, self._focus or frozenset()), self.index,
            ),
        ]  # fmt: skip
        self._untrue = next((one for one in at_once if not one.figure_ids), None)
        self._known = [
            (one.begin, figure_id)
            for one in at_once
            for figure_id in self._strike(one.begin, one.end, one.figure_ids)
        ]

    def _strike(self, begin: int, end: int, figure_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Take out what holds, so that the rest is judged without it."""
        self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        return figure_ids

    def _compare(self) -> Compared:
        told = figures(self.rest)
        now, before = (
            frozenset(row for row in self.index.subjects if alias in row.aliases)
            for alias in ("this week", "last week")
        )
        ground = Ground(
            self.rest, self.words, self.mentions, self._focus, now, before,
            form_of_today(self.index, "fitness"), self._before.pair, goes_on(self.index),
        )  # fmt: skip
        pairs = paired(ground, self.rest, told, self.index, self._before)
        for begin, end in pairs.struck:
            self.rest, self.words = blank(self.rest, begin, end), blank(self.words, begin, end)
        told = [one for one in told if all(one.end <= b or e <= one.begin for b, e in pairs.struck)]
        ground = replace(ground, text=self.rest, words=self.words)
        found = compare(ground_of(ground, told), self.rest, told, self.index)
        return replace(
            found,
            cited=(*pairs.cited, *found.cited),
            linked=(*pairs.linked, *found.linked),
            wrong=pairs.wrong or found.wrong,
        )

    def citations(self) -> list[str]:
        """The ids of all that it rests on, in the order of the sentence.

        Raises:
            NotSaidError: the evidence does not say it.
        """
        self._refuse_names()
        if self._untrue:
            place = self.text[self._untrue.begin : self._untrue.end]
            raise NotSaidError(f"the rows say otherwise than {place!r}")
        if self._of_sets.wrong:
            raise NotSaidError(f"the rows say otherwise than {self._of_sets.wrong!r}")
        if self.compared.wrong:
            raise NotSaidError(f"the rows say otherwise than {self.compared.wrong!r}")
        self._refuse_unfounded()
        Placing(
            self.text, self.rest, self._with_form, self.mentions, self._days, self._from_others,
            self.between, self.clauses, self.told, self.changes, self.compared, self._telling,
            self._of_sets.whole, self._lacks, self._focus, self.index, self.today,
        ).refuse()  # fmt: skip
        cited = [*self._of_sets.cited, *self.compared.cited, *self._telling.cited()]
        cited += [(goal.spans[0][0], goal.figure_id) for goal in self._goals]
        cited += self._known
        changing = Changing(
            self.text, self.rest, self.words, self.changes, self._together, self.mentions,
            self.clauses, self.compared.linked, self._telling, self._focus, self.index,
        )  # fmt: skip
        changed = [
            (change.begin, trend) for change in self.changes for trend in changing.cited(change)
        ]
        self._refuse_samples({trend_id for _, trend_id in changed})
        cited += changed
        self._refuse_what_is_left([one for _, one in cited])
        if not cited:
            first = self.index.first_figure
            cited = [(0, first[one]) for one in self.spoken_of() if one in first][:1]
        return [basis for _, one in sorted(cited) for basis in self.index.basis(one)]

    def _refuse_what_is_left(self, cited: Sequence[str]) -> None:
        """Refuse what no row was found to bear out, once all that holds is known."""
        rest = self.rest
        for one in asserted(rest, self.mentions, self._focus, self.index):
            if not one.holds:
                place = self.text[one.begin : one.end]
                raise NotSaidError(f"the rows say otherwise than {place!r}")
            rest = blank(rest, one.begin, one.end)
        left = opposed(self.text, self.index)
        left = left or unproven(rest, self.words, self.mentions, cited, self.index)
        if not left and not cited and self._strict:
            left = bare(rest, self.mentions, self.index)
        if left:
            raise NotSaidError(f"no row bears out {left!r}")

    def _tells_when(self, mention: Mention) -> bool:
        """Whether a row is named only for its day: "two days after Sunday Long"."""
        return any(0 <= mention.begin - one.end <= 1 for one in self.between)

    def _refuse_samples(self, changed: set[str]) -> None:
        """Refuse a number of runs that a change was not computed from."""
        known = [one for one in self.index.evidence.trends if one.trend_id in changed]
        for told in self._samples:
            if len(known) != 1 or not is_sample_of(told, known[0]):
                raise NotSaidError(f"no change is of {self.text[told.begin : told.end]!r}")

    def spoken_of(self) -> tuple[Subject, ...]:
        """The rows that it names, in its order; of a name of several those that its days tell."""
        found: dict[Subject, None] = {}
        for mention in self.mentions:
            exact = narrowed(mention.exact, [one for one in self.mentions if one is not mention])
            rows = [part for row in exact for part in self.index.parts(row)]
            found.update(dict.fromkeys(sorted(rows, key=lambda one: one.row_id)))
        return tuple(found)

    @property
    def focus(self) -> Subjects:
        """What "it" means in the sentence behind this one, where this one names anything."""
        return frozenset(self.spoken_of())

    @property
    def pair(self) -> tuple[Subjects, Subjects] | None:
        """The two rows that it puts side by side: what it is told of first."""
        known = {(sides.rows, sides.other_rows) for _, sides in self.compared.sides} or {
            (sides.rows, sides.other_rows) for sides in self.compared.linked
        }
        if len(known) == 1:
            return known.pop()
        groups = grouped(self.mentions)
        return (groups[0], groups[1]) if len(groups) == 2 else None  # noqa: PLR2004  a pair

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of a list, whose label names no row: "Fatigue: 37.3"."""
        return bool(_ENTRY.match(self.rest))

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
        claim = claims.unfounded(self.rest) or felt(self.rest, figures=bool(self.told))
        claim = (
            claim or claims.mislabelled(self._with_form) or wrong_sign(self._with_form, self.index)
        )
        says_something = bool(self.told or self.mentions or self.changes)
        claim = claim or invented(self.rest, self.index, claims=says_something)
        if claim:
            raise NotSaidError(f"no row bears out {claim!r}")
        if self.told and _PART_OF_A_RUN.search(self.rest):
            raise NotSaidError("no row is of that part")
        if not self.mentions and _OTHER_TIME.search(self.rest):
            raise NotSaidError("no row is of that time")
        for one, other in pairwise(self.told):
            alike = (one.value, one.dimension) == (other.value, other.dimension)
            if alike and _RANGE.fullmatch(self.rest, one.end, other.begin):
                raise NotSaidError("from a figure to itself is no range")
        digits = left_over(self.rest, self.told)
        if digits:
            raise NotSaidError(f"nothing resolves the figure of {digits!r}")
        covered = frozenset(place for one in self.told for place in range(one.begin, one.end))
        unit = claims.unit_without_figure(self.rest, covered)
        if unit:
            raise NotSaidError(f"nothing resolves {unit!r}")
