"""What an answer is made from: the intent, the tools of the turn, and words for figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.coach.checking.evidence import Subject, Trend
from strideiq.coach.engines.builtin.answering.phrasing import Phrases, tool_period
from strideiq.coach.engines.builtin.understanding.intent import Intent, Period
from strideiq.coach.tools.tool import DAYS_MAX, Found, Toolbox


@dataclass(frozen=True)
class Asking:
    """One question on its way to an answer."""

    intent: Intent
    tools: Toolbox
    say: Phrases

    @property
    def today(self) -> date:
        """The athlete's own day."""
        return self.tools.scope.today

    def call(self, tool: str, **arguments: object) -> Found:
        """Run a tool with those arguments that are given."""
        given = {name: value for name, value in arguments.items() if value is not None}
        return self.tools.call(tool, given)

    def call_for(self, tool: str, period: Period | None, **arguments: object) -> Found:
        """Run a tool for a period."""
        return self.call(tool, **tool_period(period, self.today), **arguments)

    def bounded(self, period: Period | None) -> Period | None:
        """A period that tools can look at in one call: its end, where it is too long."""
        if period is None or period.days <= DAYS_MAX:
            return period
        return None

    def period(self, default_days: int) -> Period:
        """The period that is asked for, or the last so many days."""
        asked = self.bounded(self.intent.period)
        if asked is not None and asked.first is not None:
            return asked
        return Period(self.today - timedelta(days=default_days - 1), self.today)


Answer = Callable[[Asking], Iterator[str]]


def values(found: Found, subject: Subject) -> Mapping[str, float]:
    """The figures of one subject by quantity; the first of each."""
    known: dict[str, float] = {}
    for figure in found.figures:
        if figure.subject == subject:
            known.setdefault(figure.quantity, figure.value)
    return known


def subjects(found: Found, kind: str = "") -> list[Subject]:
    """The subjects that have figures, in their order."""
    every = dict.fromkeys(figure.subject for figure in found.figures)
    return [one for one in every if not kind or one.kind == kind]


def trend(found: Found, quantity: str) -> Trend | None:
    """What a tool says of how a quantity went."""
    return next((one for one in found.trends if one.quantity == quantity), None)
