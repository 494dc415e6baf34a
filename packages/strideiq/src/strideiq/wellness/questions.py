"""Which relations are asked for, always the same ones, and what was found in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked
from strideiq.wellness.relations import (
    LEVEL,
    PAIRS_MIN,
    Floats,
    Relation,
    TooLittle,
    adjusted,
    relate,
)

State = Literal["seen", "not seen", "too little"]

RELATION_DAYS = 3 * 365
"""Over so many days, up to today, the questions are asked."""


@dataclass(frozen=True)
class Series:
    """One daily series: how it is called and told."""

    name: str
    title: str
    unit: str
    step: float = 1.0
    """The change that a sentence speaks of."""
    step_words: str = ""
    decimals: int = 1


SERIES = {
    series.name: series
    for series in (
        Series("sleep_h", marked("sleep"), "h", 1, marked("an hour more of sleep"), 2),
        Series("sleep_quality", marked("sleep quality"), "", 1, marked("one step better sleep"), 2),
        Series("soreness", marked("soreness"), "", 1, marked("one step more soreness"), 2),
        Series("mood", marked("mood"), "", 1, marked("one step better mood"), 2),
        Series("stress", marked("stress"), "", 1, marked("one step more stress"), 2),
        Series(
            "resting_heart_rate_bpm",
            marked("resting heart rate"),
            "bpm",
            1,
            marked("one beat more at rest"),
        ),
        Series("hrv_ms", marked("HRV"), "ms", 10, marked("10 ms more HRV")),
        Series("load", marked("training load"), "", 50, marked("50 more training load")),
        Series("pace", marked("speed at the same heart rate"), "%", 1, "", 2),
    )
}


@dataclass(frozen=True)
class Question:
    """Whether ``second`` goes with what ``first`` was some days before."""

    first: str
    second: str
    lag_days: int
    title: str


QUESTIONS = (
    Question("sleep_h", "pace", 0, marked("Sleep and the run of the next day")),
    Question("sleep_quality", "pace", 0, marked("Sleep quality and the run of the next day")),
    Question("hrv_ms", "pace", 0, marked("HRV in the morning and the day's run")),
    Question("resting_heart_rate_bpm", "pace", 0, marked("Resting heart rate and the day's run")),
    Question("soreness", "pace", 0, marked("Soreness and the day's run")),
    Question("mood", "pace", 0, marked("Mood and the day's run")),
    Question("load", "hrv_ms", 1, marked("Training load and HRV the next morning")),
    Question(
        "load", "resting_heart_rate_bpm", 1, marked("Load and resting heart rate the next morning")
    ),
    Question("load", "soreness", 1, marked("Training load and soreness the next day")),
    Question("load", "sleep_h", 1, marked("Training load and the night after it")),
    Question("stress", "sleep_h", 1, marked("Stress and the night after it")),
)
"""Chosen beforehand, so that how many are asked is known and counted with."""


@dataclass(frozen=True)
class Answer:
    """A question with what was found."""

    question: Question
    found: Relation | TooLittle
    p_adjusted: float | None

    @property
    def state(self) -> State:
        """What may be said at most."""
        if self.p_adjusted is None:
            return "too little"
        return "seen" if self.p_adjusted < LEVEL else "not seen"

    @property
    def change(self) -> tuple[float, float, float] | None:
        """By how much the second differs with one step of the first: value, low, high."""
        if isinstance(self.found, TooLittle):
            return None
        step = SERIES[self.question.first].step
        found = self.found
        return found.slope * step, found.slope_low * step, found.slope_high * step


def answers(daily: Mapping[str, Floats]) -> list[Answer]:
    """What is found for every question; what is seen first, and within that the strongest."""
    empty = np.full(1, np.nan)
    found = [
        relate(
            daily.get(one.first, empty) if one.second in daily else empty,
            daily.get(one.second, empty) if one.first in daily else empty,
            one.lag_days,
            seed=number,
        )
        for number, one in enumerate(QUESTIONS)
    ]
    asked = [one.p_value for one in found if isinstance(one, Relation)]
    p_values = iter(adjusted(asked))
    told = [
        Answer(question, one, next(p_values) if isinstance(one, Relation) else None)
        for question, one in zip(QUESTIONS, found, strict=True)
    ]
    return sorted(told, key=_rank)


def missing(answer: Answer) -> str:
    """What an answer lacks, in words; empty where it lacks nothing."""
    found = answer.found
    if isinstance(found, Relation):
        return ""
    if found.pairs >= PAIRS_MIN:
        return _("One of the two hardly ever changes, so nothing can be compared.")
    first = _(SERIES[answer.question.first].title)
    return _(
        "%(first)s is known for %(first_days)s days and %(second)s for %(second_days)s; "
        "%(pairs)s pairs fit together, and %(needed)s are needed."
    ) % {
        "first": first[:1].upper() + first[1:],
        "second": _(SERIES[answer.question.second].title),
        "first_days": found.first_days,
        "second_days": found.second_days,
        "pairs": found.pairs,
        "needed": PAIRS_MIN,
    }


def _rank(answer: Answer) -> tuple[int, float]:
    states: tuple[State, ...] = ("seen", "not seen", "too little")
    strength = 0.0 if isinstance(answer.found, TooLittle) else abs(answer.found.correlation)
    return states.index(answer.state), -strength
