"""An athlete's days, read once: loads, fitness, fatigue, form and the index of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session as Database

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.fitness.derivation import FORMULA_VERSION
from strideiq.fitness.index_trend import (
    WINDOW_DAYS,
    IndexTrend,
    RatedEffort,
    index_for_load,
    index_trend,
)
from strideiq.fitness.loads import (
    MAX_BPM_LEAST,
    RESTING_BPM,
    RUNNING,
    Heart,
    Session,
    SessionLoad,
    daily_loads,
    session_loads,
)
from strideiq.fitness.models import ActivityLoad
from strideiq.fitness.rating import best_of_each
from strideiq.physiology import public as physiology

Floats = NDArray[np.float64]

RestingHeartRate = Callable[[Database, UUID], float | None]
"""What an athlete has told of the heart at rest, in beats a minute; None where nothing."""

_resting: list[RestingHeartRate] = []


@dataclass(frozen=True)
class History:
    """Consecutive days from the first activity to the last day asked for.

    All arrays have one figure for each day; ``form`` is that with which the day began.
    """

    first_day: date
    sessions: list[Session]
    loads: list[SessionLoad]
    heart: Heart
    load: Floats
    fitness: Floats
    fatigue: Floats
    form: Floats
    monotony: Floats
    strain: Floats
    index: IndexTrend
    stale: list[UUID]
    """Activities that are missing here, or were derived by another formula; the newest first."""

    def at(self, day: date) -> int:
        """The place of a day, or a place before all of them (below 0)."""
        return (day - self.first_day).days


def resting_heart_rate_from(source: RestingHeartRate) -> None:
    """Have a feature above this one asked for the resting heart rate."""
    if source not in _resting:
        _resting.append(source)


def today_of(session: Database, athlete_id: UUID) -> date:
    """The day that it is where the athlete lives."""
    return _today_in(athletes.time_zone_of(session, athlete_id))


def _today_in(time_zone: str) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(time_zone)).date()


def history(session: Database, athlete_id: UUID, until: date | None = None) -> History | None:
    """Everything up to a day (today); None for an athlete who had recorded nothing by then."""
    zone = athletes.time_zone_of(session, athlete_id)
    last_day = until or _today_in(zone)
    recorded = _recorded(session, athlete_id, zone, last_day)
    sessions = recorded.sessions
    if not sessions:
        return None
    first_day = sessions[0].day
    count = (last_day - first_day).days + 1
    trend = index_trend(recorded.efforts, first_day, last_day)
    heart = _heart(session, athlete_id, recorded.top_bpm)
    loads = session_loads(sessions, index_for_load(trend), first_day, heart)
    daily = daily_loads(loads, first_day, count)
    balance = physiology.balance(daily)
    return History(
        first_day,
        sessions,
        loads,
        heart,
        daily,
        balance.fitness,
        balance.fatigue,
        balance.form,
        physiology.monotony(daily),
        physiology.strain(daily),
        trend,
        recorded.stale,
    )


@dataclass(frozen=True)
class _Recorded:
    """What the database tells of the activities up to a day."""

    sessions: list[Session]
    """Oldest first."""
    efforts: list[RatedEffort]
    """The best of each run that says something of the index."""
    top_bpm: float | None
    stale: list[UUID]


def _recorded(session: Database, athlete_id: UUID, time_zone: str, last_day: date) -> _Recorded:
    session.flush()
    # Rows as they come: to pass thousands through the mapper takes longer than to ask for them.
    rows = session.connection().execute(_days(athlete_id, time_zone)).all()
    found = [row for row in rows if row[1] <= last_day]
    told = ((row[1], *row[-2:], row[0]) for row in found if row[2] == RUNNING)
    return _Recorded(
        sessions=[Session._make(row[:-4]) for row in found],
        efforts=[RatedEffort._make(one) for one in told if one[1] is not None],
        top_bpm=max((row[-4] for row in found if row[-4]), default=None),
        stale=[row[0] for row in reversed(rows) if row[-3] != FORMULA_VERSION],
    )


@lru_cache(maxsize=1024)
def _days(athlete_id: UUID, time_zone: str) -> Select[Any]:
    """The columns of a ``Session``; the top heart rate, the formula, and the best effort."""
    shown, load = activities.visible(athlete_id), ActivityLoad
    seen = shown.c
    rated = best_of_each(athlete_id)
    return (
        select(
            seen.activity_id,
            activities.local_day(time_zone, shown).label("day"),
            seen.sport,
            seen.elapsed_s,
            seen.distance_m,
            load.running_s,
            load.distance_m,
            load.normalised_speed_mps,
            load.mean_heart_rate_bpm,
            load.efficiency_m_per_beat,
            load.decoupling,
            load.top_heart_rate_bpm,
            load.formula_version,
            rated.c.distance_m,
            rated.c.elapsed_s,
        )
        .outerjoin(load, (load.athlete_id == athlete_id) & (load.activity_id == seen.activity_id))
        .outerjoin(rated, rated.c.activity_id == seen.activity_id)
        .order_by("day", seen.started_at, seen.activity_id)
    )


def efforts_of_the_window(session: Database, athlete_id: UUID, day: date) -> list[RatedEffort]:
    """The best effort of each run in the ``WINDOW_DAYS`` that end with a day.

    Where that is nothing, those of the newest day before: what was known stays.
    """
    zone = athletes.time_zone_of(session, athlete_id)
    seen = activities.visible(athlete_id, sports=[RUNNING])
    rated = best_of_each(athlete_id)
    begun = activities.local_day(zone, seen).label("day")
    until = (
        select(
            begun,
            rated.c.distance_m,
            rated.c.elapsed_s,
            rated.c.activity_id,
            func.max(begun).over().label("newest"),
        )
        .join(rated, rated.c.activity_id == seen.c.activity_id)
        .where(begun <= day)
        .subquery()
    )
    *told, newest = until.c
    since = func.least(day - timedelta(days=WINDOW_DAYS - 1), newest)
    rows = session.execute(select(*told).where(until.c.day >= since))
    return [RatedEffort._make(row) for row in rows]


def _heart(session: Database, athlete_id: UUID, top_bpm: float | None) -> Heart:
    told = (source(session, athlete_id) for source in _resting)
    resting = next((rate for rate in told if rate is not None), RESTING_BPM)
    highest = max(top_bpm or 0.0, MAX_BPM_LEAST)
    return Heart(min(resting, highest - 1), highest)
