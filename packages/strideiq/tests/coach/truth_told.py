"""What an answer must say, and whether it does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.numbers import figures

TODAY = date(2026, 11, 28)
"""The day on which the questions are asked: a Saturday."""


@dataclass(frozen=True)
class Number:
    """A figure that an answer must say: its value, its dimension, and how far off it may be."""

    value: float
    dimension: str
    share: float = 0.0

    def said_in(self, answer: str) -> bool:
        """Whether a figure of the answer is this one, as exactly as it is told."""
        allowed = self.share * abs(self.value)
        for told in figures(answer):
            for value, slack, dimension in told.readings:
                if (
                    dimension == self.dimension
                    and abs(value - self.value) <= slack + allowed + 1e-6
                ):
                    return True
        return False


@dataclass(frozen=True)
class Truth:
    """What an answer must say: all of the figures and days, one of each group, each pattern."""

    numbers: tuple[Number, ...] = ()
    one_of: tuple[Number, ...] = ()
    days: tuple[date, ...] = ()
    one_day_of: tuple[date, ...] = ()
    patterns: tuple[str, ...] = field(default=())

    def said_in(self, answer: str) -> bool:
        """Whether an answer says all of it."""
        told_days = [span for one in moments(answer, TODAY) for span in one.spans]
        return (
            all(one.said_in(answer) for one in self.numbers)
            and (not self.one_of or any(one.said_in(answer) for one in self.one_of))
            and all((day, day) in told_days for day in self.days)
            and (not self.one_day_of or any((one, one) in told_days for one in self.one_day_of))
            and all(re.search(one, answer, re.IGNORECASE) for one in self.patterns)
        )
