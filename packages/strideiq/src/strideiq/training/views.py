"""Plans and planned workouts as they are shown: the athlete's word where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Subquery, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.training.documents import reason_from, reasons_from, request_from
from strideiq.training.errors import NoSuchPlanError
from strideiq.training.models import (
    PlannedWorkout,
    PlannedWorkoutAnnotation,
    TrainingPlan,
    WorkoutMatch,
)
from strideiq.training.planning.reasons import Reason
from strideiq.training.planning.request import Request
from strideiq.training.planning.structure import Step, Structure, from_document
from strideiq.training.workouts import no_such_workout

ASSUMED_INDEX = 35.0
"""Shows paces where no effort is known yet; pages say so."""

RACES_M, USUAL_RACE_M = (1_500.0, 50_000.0), 10_000.0
"""Between which lengths a fast part is a race of its own, and what race pace means elsewhere."""

Rows = Select[
    PlannedWorkout,
    str | None,
    float | None,
    float | None,
    WorkoutMatch,
    UUID | None,
    float | None,
]
"""A workout, what is needed of its plan, its match, and the run if that still shows."""


@dataclass(frozen=True)
class PlanWeek:
    """What is known of a week besides its workouts."""

    monday: date
    phase: str
    recovery: bool
    reason: Reason


@dataclass(frozen=True)
class PlanView:
    """A plan as shown."""

    plan_id: UUID
    name: str
    goal_distance_m: float
    race_day: date
    start_day: date
    request: Request
    notes: tuple[Reason, ...]
    weeks: tuple[PlanWeek, ...]
    generation: int
    formula_version: int
    archived_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True)
class MatchView:
    """The activity that a workout became, and how well the two agree."""

    activity_id: UUID
    distance_m: float | None
    """Of the run, as it is shown."""
    score: float
    reasons: tuple[Reason, ...]
    by_hand: bool


@dataclass(frozen=True)
class WorkoutView:
    """A planned workout as shown; ``changed`` names the fields that are the athlete's."""

    workout_id: UUID
    plan_id: UUID | None
    """None for one of the athlete's own."""
    plan_name: str
    """Empty for one of the athlete's own."""
    goal_distance_m: float
    made_index: float
    """The index that the plan was made with."""
    day: date
    planned_day: date
    session: str
    structure: Structure
    planned_distance_m: float
    """At the index that the plan was made with; see ``targets.py`` for today's."""
    reasons: tuple[Reason, ...]
    title: str | None
    """What the athlete calls it; None for the name of its session."""
    notes: str | None
    outcome: str | None
    removed: bool
    said_match: str | None
    changed: frozenset[str]
    generation: int
    superseded: bool
    match: MatchView | None

    @property
    def own(self) -> bool:
        """Whether the athlete planned it, and not a plan."""
        return self.plan_id is None

    @property
    def done(self) -> bool:
        """Whether it was run, by a recording or by the athlete's word."""
        return self.match is not None or self.outcome == "done"


def plans(session: Session, athlete_id: UUID, *, deleted: bool = False) -> list[PlanView]:
    """The athlete's plans, the next race first; archived ones last."""
    rows = session.scalars(
        select(TrainingPlan)
        .where(
            TrainingPlan.athlete_id == athlete_id,
            TrainingPlan.deleted_at.is_not(None) if deleted else TrainingPlan.deleted_at.is_(None),
        )
        .order_by(
            TrainingPlan.archived_at.is_not(None), TrainingPlan.race_day, TrainingPlan.plan_id
        )
    )
    return [_plan_view(row) for row in rows]


def plan(session: Session, athlete_id: UUID, plan_id: UUID) -> PlanView:
    """One plan, with a tombstone or without.

    Raises:
        NoSuchPlanError: the athlete has no such plan.
    """
    row = session.get(TrainingPlan, (athlete_id, plan_id))
    if row is None:
        raise NoSuchPlanError(
            f"There is no plan {plan_id}.", next_step="choose one from your plans"
        )
    return _plan_view(row)


def workouts_between(
    session: Session,
    athlete_id: UUID,
    first: date,
    last: date,
    plan_id: UUID | None = None,
) -> list[WorkoutView]:
    """The workouts that stand on these days in plans that are in use, in order.

    Removed ones are left out. A workout that was moved is where it was moved to.
    """
    moved = _newest_days(athlete_id)
    rows = (
        _standing(athlete_id)
        .outerjoin(moved, moved.c.workout_id == PlannedWorkout.workout_id)
        .where(
            TrainingPlan.deleted_at.is_(None),
            func.coalesce(moved.c.day, PlannedWorkout.day).between(first, last),
        )
    )
    if plan_id is not None:
        rows = rows.where(PlannedWorkout.plan_id == plan_id)
    else:
        rows = rows.where(TrainingPlan.archived_at.is_(None))
    return [each for each in _views(session, athlete_id, rows) if not each.removed]


def workouts_of_plan(
    session: Session, athlete_id: UUID, plan_id: UUID, *, removed: bool = False
) -> list[WorkoutView]:
    """The workouts of a plan that stand, in the order of their days."""
    rows = _standing(athlete_id).where(PlannedWorkout.plan_id == plan_id)
    return [each for each in _views(session, athlete_id, rows) if removed or not each.removed]


def workout(session: Session, athlete_id: UUID, workout_id: UUID) -> WorkoutView:
    """One workout, also one that was removed or superseded.

    Raises:
        NoSuchWorkoutError: the athlete has no such workout.
    """
    rows = _rows(athlete_id).where(PlannedWorkout.workout_id == workout_id)
    found = _views(session, athlete_id, rows)
    if not found:
        raise no_such_workout(workout_id)
    return found[0]


def workouts_of_activity(
    session: Session, athlete_id: UUID, activity_id: UUID
) -> list[WorkoutView]:
    """The workout that an activity is matched with, if any."""
    rows = _standing(athlete_id).where(
        WorkoutMatch.activity_id == activity_id, TrainingPlan.deleted_at.is_(None)
    )
    return [each for each in _views(session, athlete_id, rows) if not each.removed]


def newest_said(athlete_id: UUID) -> Subquery:
    """The newest thing said of each field of each workout: workout_id, field, value."""
    said = PlannedWorkoutAnnotation
    return (
        select(said.workout_id, said.field, said.value)
        .ext(distinct_on(said.workout_id, said.field))
        .where(said.athlete_id == athlete_id)
        .order_by(said.workout_id, said.field, said.version.desc())
        .subquery("newest_said")
    )


def _rows(athlete_id: UUID) -> Rows:
    run = activities.visible(athlete_id)
    return (
        select(
            PlannedWorkout,
            TrainingPlan.name,
            TrainingPlan.goal_distance_m,
            TrainingPlan.request["index"].as_float(),
            WorkoutMatch,
            run.c.activity_id,
            run.c.distance_m,
        )
        .outerjoin(
            TrainingPlan,
            and_(
                TrainingPlan.athlete_id == PlannedWorkout.athlete_id,
                TrainingPlan.plan_id == PlannedWorkout.plan_id,
            ),
        )
        .outerjoin(
            WorkoutMatch,
            and_(
                WorkoutMatch.athlete_id == PlannedWorkout.athlete_id,
                WorkoutMatch.workout_id == PlannedWorkout.workout_id,
            ),
        )
        .outerjoin(run, run.c.activity_id == WorkoutMatch.activity_id)
        .where(PlannedWorkout.athlete_id == athlete_id)
    )


def _standing(athlete_id: UUID) -> Rows:
    return _rows(athlete_id).where(PlannedWorkout.superseded_by.is_(None))


def _newest_days(athlete_id: UUID) -> Subquery:
    """Where the athlete has moved each workout to: workout_id, day (None: moved back)."""
    said = PlannedWorkoutAnnotation
    return (
        select(said.workout_id, cast(func.btrim(cast(said.value, Text), '"'), Date).label("day"))
        .ext(distinct_on(said.workout_id))
        .where(said.athlete_id == athlete_id, said.field == "day")
        .order_by(said.workout_id, said.version.desc())
        .subquery("newest_day")
    )


def _views(
    session: Session,
    athlete_id: UUID,
    rows: Rows,
) -> list[WorkoutView]:
    found = session.execute(rows).all()
    if not found:
        return []
    said = _said_of(session, athlete_id, [row.workout_id for row, *_ in found])
    shown = [
        _workout_view(
            row,
            (name, goal_m, index),
            _match_view(match, distance_m) if activity_id else None,
            said.get(row.workout_id, {}),
        )
        for row, name, goal_m, index, match, activity_id, distance_m in found
    ]
    return sorted(shown, key=lambda each: (each.day, each.plan_name, str(each.workout_id)))


def _said_of(
    session: Session, athlete_id: UUID, workout_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    newest = newest_said(athlete_id)
    said: dict[UUID, dict[str, Any]] = {}
    rows = session.execute(
        select(newest.c.workout_id, newest.c.field, newest.c.value).where(
            newest.c.workout_id.in_(workout_ids), newest.c.value.is_not(None)
        )
    )
    for workout_id, field, value in rows:
        said.setdefault(workout_id, {})[field] = value
    return said


def _workout_view(
    row: PlannedWorkout,
    of_plan: tuple[str | None, float | None, float | None],
    match: MatchView | None,
    said: Mapping[str, Any],
) -> WorkoutView:
    plan_name, goal_distance_m, made_index = of_plan
    structure = from_document(said.get("structure", row.structure))
    return WorkoutView(
        workout_id=row.workout_id,
        plan_id=row.plan_id,
        plan_name=plan_name or "",
        goal_distance_m=goal_distance_m or raced_m(structure),
        made_index=made_index or row.made_index or ASSUMED_INDEX,
        day=date.fromisoformat(said["day"]) if "day" in said else row.day,
        planned_day=row.day,
        session=said.get("session", row.session),
        structure=structure,
        planned_distance_m=row.distance_m,
        reasons=reasons_from(row.reasons),
        title=said.get("title"),
        notes=said.get("notes"),
        outcome=said.get("outcome"),
        removed=said.get("removed", False),
        said_match=said.get("match"),
        changed=frozenset(said),
        generation=row.generation,
        superseded=row.superseded_by is not None,
        match=match,
    )


def raced_m(structure: Structure) -> float:
    """The distance whose race pace a workout outside a plan is about."""
    raced = (part for part in structure if isinstance(part, Step) and part.target == "race")
    longest_m = max((part.distance_m or 0.0 for part in raced), default=0.0)
    return longest_m if RACES_M[0] <= longest_m <= RACES_M[1] else USUAL_RACE_M


def _match_view(row: WorkoutMatch, distance_m: float | None) -> MatchView:
    return MatchView(row.activity_id, distance_m, row.score, reasons_from(row.reasons), row.by_hand)


def _plan_view(row: TrainingPlan) -> PlanView:
    return PlanView(
        plan_id=row.plan_id,
        name=row.name,
        goal_distance_m=row.goal_distance_m,
        race_day=row.race_day,
        start_day=row.start_day,
        request=request_from(row.request),
        notes=reasons_from(row.notes),
        weeks=tuple(_week_views(row.weeks)),
        generation=row.generation,
        formula_version=row.formula_version,
        archived_at=row.archived_at,
        deleted_at=row.deleted_at,
    )


def _week_views(documents: Iterable[Mapping[str, Any]]) -> Iterable[PlanWeek]:
    for each in documents:
        yield PlanWeek(
            date.fromisoformat(each["monday"]),
            each["phase"],
            each["recovery"],
            reason_from(each["reason"]),
        )
