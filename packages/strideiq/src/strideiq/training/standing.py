"""Where the athlete stands: the index, and what has been run in the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.fitness import public as fitness

SPORT = "running"
LOAD_WEEKS, LONGEST_WEEKS, DAYS_WEEKS = 4, 6, 8
DAYS_SHARE = 0.35
"""A weekday on which at least this part of the weeks had a run is one of the athlete's days."""

USUAL_WEEKDAYS = frozenset({1, 3, 5, 6})


@dataclass(frozen=True)
class Standing:
    """What a plan starts from. Distances in metres, weekdays from Monday as 0."""

    index: float | None
    weekly_distance_m: float
    longest_run_m: float
    weekdays: frozenset[int]
    long_run_weekday: int


def standing(session: Session, athlete_id: UUID, time_zone: str, today: date) -> Standing:
    """What the last weeks say of an athlete."""
    runs = _runs(session, athlete_id, time_zone, today - timedelta(weeks=DAYS_WEEKS), today)
    load_from = today - timedelta(weeks=LOAD_WEEKS)
    longest_from = today - timedelta(weeks=LONGEST_WEEKS)
    weekdays = _weekdays(runs)
    return Standing(
        index=current_index(session, athlete_id, today),
        weekly_distance_m=sum(m for day, m in runs if day >= load_from) / LOAD_WEEKS,
        longest_run_m=max((m for day, m in runs if day >= longest_from), default=0.0),
        weekdays=weekdays,
        long_run_weekday=_long_run_weekday(runs, weekdays),
    )


def current_index(session: Session, athlete_id: UUID, today: date) -> float | None:
    """The running performance index that races and best efforts show by a day."""
    found = fitness.current_rpi(session, athlete_id, today)
    return None if found is None else found.index.value


def today_of(time_zone: str) -> date:
    """The day that it is for an athlete."""
    return datetime.now(UTC).astimezone(ZoneInfo(time_zone)).date()


def _runs(
    session: Session, athlete_id: UUID, time_zone: str, first: date, end: date
) -> list[tuple[date, float]]:
    """Day and distance of each run from ``first`` until before ``end``."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    day = activities.local_day(time_zone, visible)
    rows = session.execute(
        select(day, visible.c.distance_m).where(
            *activities.between_days(time_zone, visible, first, end - timedelta(days=1))
        )
    )
    return [(day, distance_m or 0.0) for day, distance_m in rows]


def _weekdays(runs: list[tuple[date, float]]) -> frozenset[int]:
    days = {day for day, _ in runs}
    often = {
        weekday
        for weekday in range(7)
        if sum(day.weekday() == weekday for day in days) >= DAYS_SHARE * DAYS_WEEKS
    }
    return frozenset(often) if len(often) > 1 else USUAL_WEEKDAYS


def _long_run_weekday(runs: list[tuple[date, float]], weekdays: frozenset[int]) -> int:
    """The weekday whose runs are longest on average; Sunday or the last one, without runs."""

    def average_m(weekday: int) -> float:
        found = [m for day, m in runs if day.weekday() == weekday]
        return sum(found) / len(found) if found else 0.0

    return max(weekdays, key=lambda weekday: (average_m(weekday), weekday))
