"""What a question asks, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Kind = Literal[
    "run", "runs", "total", "average", "longest", "fastest", "hilliest", "slowest", "shortest",
    "best", "best_history", "all_bests", "splits", "intervals", "paces", "fitness",
    "fitness_trend", "load", "monotony",
    "efficiency", "decoupling", "heart_rate_trend", "planned", "plan_done", "predict",
    "race_goal", "races", "sleep", "resting_heart_rate", "hrv", "mood", "soreness", "stress",
    "check_ins", "weight", "nutrition", "relation", "compare_periods", "compare_runs", "gear",
    "injuries", "medical", "zones", "today", "state", "rest_days", "rest_needed", "improve", "help",
    "greeting", "thanks", "others", "briefing", "review", "change", "forecast", "off_topic",
    "ready", "language", "tally", "biggest", "habit", "since", "first", "unknown",
]  # fmt: skip
"""Every kind of question that is told apart."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Sort = Literal["", "easy", "long", "interval", "threshold", "race", "ride"]
"""A sort of run that is asked for; empty where any will do."""


@dataclass(frozen=True)
class Period:
    """Days from first to last; ``first`` is None where a question asks of all that there is."""

    first: date | None
    last: date
    words: str = ""
    """As it was asked, in plain order: ``last week``, ``since 1 June``."""
    one_day: bool = False
    """Whether one day is meant, as opposed to a span that happens to have one."""
    coming: date | None = None
    """For a weekday: the next one, where the last one is ``first``."""

    @property
    def days(self) -> int:
        """How many days it has; 0 where it has no beginning."""
        return 0 if self.first is None else (self.last - self.first).days + 1


@dataclass(frozen=True)
class RunAsked:
    """Which run a question is about."""

    back: int = 1
    """The how many-th newest: 1 is the last one, 2 the one before it."""
    sort: Sort = ""
    day: Period | None = None
    name: str = ""
    """Words that may be its name."""
    beside: Literal["", "before", "after"] = ""
    """Whether the run next to it is meant: the one before the race."""


@dataclass(frozen=True)
class Narrowed:
    """Which runs a sum or a mean is asked of; empty where all of them."""

    sort: Sort = ""
    weekday: str = ""
    """As ``monday``."""
    part: str = ""
    """``morning``, ``afternoon`` or ``evening``."""


@dataclass(frozen=True)
class Intent:
    """A question, understood."""

    kind: Kind
    sureness: float = 0.0
    """How strongly the words speak for this kind."""
    period: Period | None = None
    other: Period | None = None
    """The second period of a comparison."""
    distance_m: float | None = None
    from_distance_m: float | None = None
    run: RunAsked | None = None
    field: str = ""
    """The one figure that is asked for, as a quantity; empty for all of it."""
    pair: tuple[str, str] = ("", "")
    """The two series of a relation."""
    count: int | None = None
    narrowed: Narrowed = Narrowed()
    words: str = ""
    """The question as it was read, with typing errors mended."""
    why: bool = False
    """Whether the reason is asked for too."""
    language: str = ""
    """The language that it was asked in, where that is not English."""
    hurts: bool = False
    """Whether a pain or an illness is mentioned beside what is asked."""
    what_is: bool = False
    """Whether it is asked what something means."""
