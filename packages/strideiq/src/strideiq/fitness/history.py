"""An athlete's days, read once: loads, fitness, fatigue, form and the index of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.fitness.derivation import FORMULA_VERSION
from strideiq.fitness.index_trend import (
    DISTANCE_MIN_M,
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
from strideiq.physiology import public as physiology
from strideiq.records import public as records

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
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    return datetime.now(UTC).astimezone(zone).date()


def history(session: Database, athlete_id: UUID, until: date | None = None) -> History | None:
    """Everything up to a day (today); None for an athlete who had recorded nothing by then."""
    last_day = until or today_of(session, athlete_id)
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    sessions, top_bpm, stale = _sessions(session, athlete_id, zone, last_day)
    if not sessions:
        return None
    first_day = sessions[0].day
    count = (last_day - first_day).days + 1
    running = {one.activity_id for one in sessions if one.sport == RUNNING}
    found = records.counting_efforts_among(session, athlete_id, running, DISTANCE_MIN_M - 1)
    trend = index_trend(_rated(found, zone, last_day), first_day, last_day)
    heart = _heart(session, athlete_id, top_bpm)
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
        stale,
    )


def _sessions(
    session: Database, athlete_id: UUID, zone: ZoneInfo, last_day: date
) -> tuple[list[Session], float | None, list[UUID]]:
    """The activities up to a day, oldest first; their highest heart rate; those that are stale."""
    seen = activities.visible(athlete_id)
    rows = session.execute(
        select(
            seen.c.activity_id,
            seen.c.started_at,
            seen.c.sport,
            seen.c.elapsed_s,
            seen.c.distance_m,
            ActivityLoad.running_s,
            ActivityLoad.distance_m,
            ActivityLoad.normalised_speed_mps,
            ActivityLoad.mean_heart_rate_bpm,
            ActivityLoad.efficiency_m_per_beat,
            ActivityLoad.decoupling,
            ActivityLoad.top_heart_rate_bpm,
            ActivityLoad.formula_version,
        )
        .outerjoin(
            ActivityLoad,
            (ActivityLoad.athlete_id == athlete_id)
            & (ActivityLoad.activity_id == seen.c.activity_id),
        )
        .order_by(seen.c.started_at)
    )
    found, top_bpm, stale = [], None, []
    for activity_id, started_at, *figures, top, version in rows:
        if version != FORMULA_VERSION:
            stale.append(activity_id)
        day = started_at.astimezone(zone).date()
        if day <= last_day:
            found.append(Session(activity_id, day, *figures))
            top_bpm = max(top_bpm or 0.0, top) if top else top_bpm
    return found, top_bpm, stale[::-1]


def efforts(session: Database, athlete_id: UUID, since: date | None = None) -> list[RatedEffort]:
    """Every effort that says something of the index, on the athlete's days; or those since one."""
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    begin = None if since is None else datetime.combine(since, time(), zone)
    found = records.counting_efforts(session, athlete_id, DISTANCE_MIN_M - 1, begin)
    return _rated(found, zone, date.max)


def _rated(
    found: list[tuple[UUID, datetime, float, float]], zone: ZoneInfo, last_day: date
) -> list[RatedEffort]:
    # An activity has many efforts and one day, and asking a time zone costs more than the rest.
    begun = {activity_id: moment for activity_id, moment, *_ in found}
    days = {activity_id: moment.astimezone(zone).date() for activity_id, moment in begun.items()}
    return [
        RatedEffort(days[activity_id], distance_m, time_s, activity_id)
        for activity_id, _, distance_m, time_s in found
        if days[activity_id] <= last_day
    ]


def _heart(session: Database, athlete_id: UUID, top_bpm: float | None) -> Heart:
    told = (source(session, athlete_id) for source in _resting)
    resting = next((rate for rate in told if rate is not None), RESTING_BPM)
    highest = max(top_bpm or 0.0, MAX_BPM_LEAST)
    return Heart(min(resting, highest - 1), highest)
