"""The demo's two plans: a half marathon that is on its way, and the marathon after it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.training import public as training

WORKOUTS = 224
"""As many planned workouts as the founding incident lost, in as many plans."""

HALF_WEEKS, HALF_WEEKS_BEHIND, MARATHON_WEEKS = 16, 11, 24
HALF_M, MARATHON_M = 21_097.5, 42_195.0


def add_plans(session: Session, athlete_id: UUID, today: date) -> list[UUID]:
    """Plan both races, match what was run, and let the athlete have said a few things."""
    monday = today - timedelta(days=today.weekday())
    half_start = monday - timedelta(weeks=HALF_WEEKS_BEHIND)
    marathon_start = half_start + timedelta(weeks=HALF_WEEKS)
    half = training.create(
        session,
        athlete_id,
        "Castle half marathon",
        training.Request(
            goal_distance_m=HALF_M,
            race_day=_sunday(half_start, HALF_WEEKS),
            start_day=half_start,
            index=50.0,
            weekdays=frozenset({1, 2, 3, 5, 6}),
            long_run_weekday=6,
            weekly_distance_m=44_000,
            longest_run_m=18_000,
        ),
    )
    marathon = training.create(
        session,
        athlete_id,
        "Lake marathon",
        training.Request(
            goal_distance_m=MARATHON_M,
            race_day=_sunday(marathon_start, MARATHON_WEEKS),
            start_day=marathon_start,
            index=50.6,
            weekdays=frozenset({1, 2, 3, 4, 5, 6}),
            long_run_weekday=6,
            weekly_distance_m=50_000,
            longest_run_m=20_000,
        ),
    )
    training.rematch_plan(session, athlete_id, half)
    _say(session, athlete_id, today)
    return [half, marathon]


def _say(session: Session, athlete_id: UUID, today: date) -> None:
    """A workout moved, one noted, one that did not happen."""
    ahead = training.workouts_between(
        session, athlete_id, today + timedelta(days=1), today + timedelta(days=20)
    )
    behind = training.workouts_between(
        session, athlete_id, today - timedelta(days=30), today - timedelta(days=1)
    )
    noted = next(each for each in ahead if each.session == "long")
    training.annotate(
        session, athlete_id, noted.workout_id, {"notes": "Along the lake with Sam, train home."}
    )
    moved = next(each for each in reversed(ahead) if each.session == "easy")
    taken = {each.day for each in ahead}
    free = moved.day + timedelta(days=1)
    if free not in taken:
        training.annotate(session, athlete_id, moved.workout_id, {"day": free.isoformat()})
    missed = [each for each in behind if not each.done]
    if missed:
        training.annotate(session, athlete_id, missed[-1].workout_id, {"outcome": "skipped"})


def _sunday(monday: date, weeks: int) -> date:
    return monday + timedelta(weeks=weeks, days=-1)
