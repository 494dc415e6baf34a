"""How an athlete stands on a day, in figures and in a word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from strideiq.fitness.history import History, efforts_of_the_window, history, today_of
from strideiq.fitness.index_trend import IndexTrend, RatedEffort, index_trend
from strideiq.physiology import public as physiology

WEEK = timedelta(days=7)

FRESH_SHARE, TIRED_SHARE = 0.05, -0.30
"""Form as a share of fitness: above the first a runner is fresh, below the second overreaching.

Bounds that are in common use, not measured ones.
"""
FITNESS_LEAST = 10.0
"""With less fitness than this, shares of it say nothing."""

Word = Literal["fresh", "balanced", "training", "overreaching", "beginning"]


@dataclass(frozen=True)
class CurrentIndex:
    """The running performance index on a day, and the effort that shows it."""

    day: date
    index: physiology.Estimate
    effort: RatedEffort
    age_days: int

    @property
    def race(self) -> physiology.Race:
        """The effort as the race that training paces are told from."""
        return physiology.Race(self.effort.distance_m, self.effort.time_s)


@dataclass(frozen=True)
class FitnessStatus:
    """How an athlete stands at the end of a day. Load is 100 for an hour at threshold.

    ``fitness`` and ``fatigue`` include the day's training; ``form`` is what tomorrow begins
    with. ``monotony`` and ``strain`` are of the last seven days, None where they have no figure.
    """

    day: date
    fitness: float
    fatigue: float
    form: float
    fitness_week_ago: float
    load_today: float
    load_week: float
    load_week_before: float
    monotony: float | None
    strain: float | None
    word: Word
    index: CurrentIndex | None


def status(session: Session, athlete_id: UUID, day: date | None = None) -> FitnessStatus | None:
    """How the athlete stands on a day (today); None before the first activity."""
    when = day or today_of(session, athlete_id)
    known = history(session, athlete_id, when)
    return None if known is None else status_of(known, when)


def status_of(known: History, day: date) -> FitnessStatus:
    """The same from a history that holds the day."""
    at = known.at(day)
    fitness, fatigue = float(known.fitness[at]), float(known.fatigue[at])
    return FitnessStatus(
        day=day,
        fitness=fitness,
        fatigue=fatigue,
        form=fitness - fatigue,
        fitness_week_ago=float(known.fitness[at - 7]) if at >= WEEK.days else 0.0,
        load_today=float(known.load[at]),
        load_week=float(known.load[max(at - 6, 0) : at + 1].sum()),
        load_week_before=float(known.load[max(at - 13, 0) : max(at - 6, 0)].sum()),
        monotony=_figure(known.monotony[at]),
        strain=_figure(known.strain[at]),
        word=_word(fitness, fitness - fatigue),
        index=_index_at(known.index, day),
    )


def current_rpi(session: Session, athlete_id: UUID, day: date | None = None) -> CurrentIndex | None:
    """The running performance index on a day (today), from races and best efforts until then.

    None while no effort of at least a mile is known. Its ``race`` gives training paces their
    uncertainty: ``physiology.training_paces(found.index.value, found.race)``.
    """
    when = day or today_of(session, athlete_id)
    known = efforts_of_the_window(session, athlete_id, when)
    if not known:
        return None
    return _index_at(index_trend(known, min(one.day for one in known), when), when)


def _index_at(trend: IndexTrend, day: date) -> CurrentIndex | None:
    at = trend.at(day)
    if trend.source[at] < 0:
        return None
    effort = trend.efforts[int(trend.source[at])]
    estimate = physiology.Estimate(
        float(trend.value[at]), float(trend.low[at]), float(trend.high[at])
    )
    return CurrentIndex(day, estimate, effort, (day - effort.day).days)


def _word(fitness: float, form: float) -> Word:
    if fitness < FITNESS_LEAST:
        return "beginning"
    share = form / fitness
    if share > FRESH_SHARE:
        return "fresh"
    if share >= -FRESH_SHARE:
        return "balanced"
    return "training" if share >= TIRED_SHARE else "overreaching"


def _figure(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
