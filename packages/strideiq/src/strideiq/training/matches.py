"""Matches in the database: computed anew where something changed, corrected by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.training import matching, views
from strideiq.training.documents import reason_documents
from strideiq.training.matching import Match, Planned, Run
from strideiq.training.models import PlannedWorkout, WorkoutMatch
from strideiq.training.planning.structure import Step, flat
from strideiq.training.targets import Targets
from strideiq.training.views import WorkoutView
from strideiq.training.workouts import annotate

AROUND = timedelta(days=matching.DAYS_APART_MAX)
SLOWER = 1.06
"""A repeat counts as run when it was at most this much slower than planned."""

DEPENDS_ON = frozenset({"started_at", "time_zone", "sport", "distance_m", "moving_s", "deleted"})
"""What an activity may be shown as that a match depends on."""

STRIDE_S = 30.0
"""Shorter fast parts leave no laps."""


def rematch_recorded(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Match the days of activities that were recorded, in the transaction that recorded them."""
    if not _anything_planned(session, athlete_id):
        return
    visible = activities.visible(athlete_id)
    day = activities.local_day(athletes.time_zone_of(session, athlete_id), visible)
    days = session.scalars(select(day).where(visible.c.activity_id.in_(activity_ids)))
    rematch_days(session, athlete_id, days)


def rematch_changed(session: Session, athlete_id: UUID, activity_id: UUID, field: str) -> None:
    """Match anew when what was shown of an activity is another now, or it is deleted or back."""
    if field not in DEPENDS_ON or not _anything_planned(session, athlete_id):
        return
    found = activities.activity(session, athlete_id, activity_id)
    days = {found.day(athletes.time_zone_of(session, athlete_id))}
    days |= {each.day for each in views.workouts_of_activity(session, athlete_id, activity_id)}
    for day in days:
        rematch_days(session, athlete_id, [day])


def rematch_days(session: Session, athlete_id: UUID, days: Iterable[date]) -> None:
    """Match everything around some days anew; what the athlete said about matches stays."""
    days = list(days)
    if not days:
        return
    first, last = min(days) - 2 * AROUND, max(days) + 2 * AROUND
    workouts = views.workouts_between(session, athlete_id, first, last)
    if not workouts:
        return
    elsewhere = _matched_elsewhere(session, athlete_id, [each.workout_id for each in workouts])
    runs = [
        run
        for run in _runs(session, athlete_id, first - AROUND, last + AROUND)
        if run.activity_id not in elsewhere
    ]
    _store(session, athlete_id, workouts, _decided(session, athlete_id, workouts, runs))


def rematch_plan(session: Session, athlete_id: UUID, plan_id: UUID) -> None:
    """Match a whole plan anew, after it was made or changed."""
    workouts = views.workouts_of_plan(session, athlete_id, plan_id)
    rematch_days(session, athlete_id, [each.day for each in workouts])


def say_match(
    session: Session, athlete_id: UUID, workout_id: UUID, activity_id: UUID | None
) -> None:
    """Let the athlete say which activity a workout was, or with None that it was none.

    Raises:
        NoSuchWorkoutError: the athlete has no such workout.
        NoSuchActivityError: the athlete has no such activity.
    """
    if activity_id is not None:
        activities.activity(session, athlete_id, activity_id)
    said = "none" if activity_id is None else str(activity_id)
    annotate(session, athlete_id, workout_id, {"match": said})
    rematch_days(session, athlete_id, [views.workout(session, athlete_id, workout_id).day])


def forget_said(session: Session, athlete_id: UUID, workout_id: UUID) -> None:
    """Take back what the athlete said about a match, so that it is found by itself again."""
    annotate(session, athlete_id, workout_id, {"match": None})
    rematch_days(session, athlete_id, [views.workout(session, athlete_id, workout_id).day])


def _anything_planned(session: Session, athlete_id: UUID) -> bool:
    planned = select(PlannedWorkout.workout_id).where(PlannedWorkout.athlete_id == athlete_id)
    return session.scalar(planned.limit(1)) is not None


def _decided(
    session: Session, athlete_id: UUID, workouts: Sequence[WorkoutView], runs: Sequence[Run]
) -> list[tuple[Match, bool]]:
    """The matches by hand, and what is found among the rest; with whether it was by hand."""
    said = {each.workout_id: each.said_match for each in workouts if each.said_match}
    wanted = {UUID(value): key for key, value in said.items() if value != "none"}
    known = {run.activity_id: run for run in runs}
    far = [_run(session, athlete_id, each) for each in wanted if each not in known]
    known |= {run.activity_id: run for run in far if run is not None}
    planned = {each.workout_id: _planned(each) for each in workouts}
    by_hand = [
        (matching.by_hand(planned[workout_id], known[activity_id]), True)
        for activity_id, workout_id in wanted.items()
        if activity_id in known
    ]
    free = [planned[each.workout_id] for each in workouts if each.workout_id not in said]
    left = [run for run in runs if run.activity_id not in wanted]
    return by_hand + [(found, False) for found in matching.match(free, left)]


def _store(
    session: Session,
    athlete_id: UUID,
    workouts: Sequence[WorkoutView],
    decided: Sequence[tuple[Match, bool]],
) -> None:
    session.execute(
        delete(WorkoutMatch)
        .where(
            WorkoutMatch.athlete_id == athlete_id,
            WorkoutMatch.workout_id.in_([each.workout_id for each in workouts]),
        )
        .execution_options(synchronize_session="fetch")
    )
    session.add_all(
        WorkoutMatch(
            athlete_id=athlete_id,
            workout_id=found.workout_id,
            activity_id=found.activity_id,
            score=found.score,
            reasons=reason_documents(found.reasons),
            by_hand=by_hand,
            formula_version=matching.FORMULA_VERSION,
        )
        for found, by_hand in decided
    )
    session.flush()


def _matched_elsewhere(
    session: Session, athlete_id: UUID, workout_ids: Sequence[UUID]
) -> set[UUID]:
    """Activities that belong to workouts of other days, and are not to be taken from them."""
    rows = session.scalars(
        select(WorkoutMatch.activity_id).where(
            WorkoutMatch.athlete_id == athlete_id, WorkoutMatch.workout_id.not_in(workout_ids)
        )
    )
    return set(rows)


def _planned(workout: WorkoutView) -> Planned:
    targets = Targets.of(workout.made_index, workout.goal_distance_m)
    fast = [] if workout.session == "race" else _telling(workout)
    distance_m, duration_s = targets.measure(workout.structure)
    paces = [targets.ranges[step.target].slowest_s_per_km for step in fast]
    return Planned(
        workout_id=workout.workout_id,
        day=workout.day,
        distance_m=distance_m,
        duration_s=duration_s,
        repeats=len(fast),
        fast_s_per_km=SLOWER * max(paces) if paces else None,
    )


def _telling(workout: WorkoutView) -> list[Step]:
    """The fast parts that are long enough to be laps."""
    return [
        step
        for step in flat(workout.structure)
        if step.role == "work" and (step.duration_s is None or step.duration_s > STRIDE_S)
    ]


def _runs(session: Session, athlete_id: UUID, first: date, last: date) -> list[Run]:
    zone = athletes.time_zone_of(session, athlete_id)
    visible = activities.visible(athlete_id)
    rows = session.execute(
        select(visible, activities.local_day(zone, visible).label("day")).where(
            *activities.between_days(zone, visible, first, last)
        )
    )
    return [
        Run(
            activity_id=row.activity_id,
            day=row.day,
            sport=row.sport,
            distance_m=row.distance_m,
            moving_s=row.moving_s,
            laps=_laps(session, athlete_id, row.activity_id),
        )
        for row in rows
    ]


def _run(session: Session, athlete_id: UUID, activity_id: UUID) -> Run | None:
    """A run that the athlete has named, however far from the workout's day; None if deleted."""
    found = activities.activity(session, athlete_id, activity_id)
    if found.deleted_at is not None:
        return None
    return Run(
        activity_id=activity_id,
        day=found.day(athletes.time_zone_of(session, athlete_id)),
        sport=found.sport,
        distance_m=found.distance_m,
        moving_s=found.moving_s,
        laps=_laps(session, athlete_id, activity_id),
    )


def _laps(session: Session, athlete_id: UUID, activity_id: UUID) -> list[tuple[float, float]]:
    laps = activities.splits(session, athlete_id, activity_id, "lap")
    return [(lap.distance_m, lap.elapsed_s) for lap in laps]
