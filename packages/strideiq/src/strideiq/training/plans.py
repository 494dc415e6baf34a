"""Plans: make one, make it anew without losing anything, put it away, and take that back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from strideiq.physiology.public import OutsideModelError
from strideiq.platform.formats import Formats
from strideiq.training import documents, views, words
from strideiq.training.errors import GoalError, NoSuchPlanError
from strideiq.training.models import PlannedWorkout, PlannedWorkoutAnnotation, TrainingPlan
from strideiq.training.planning.engine import make_plan
from strideiq.training.planning.plan import FORMULA_VERSION, Plan, Workout
from strideiq.training.planning.reasons import PlanningError, Reason
from strideiq.training.planning.request import Request
from strideiq.training.planning.structure import as_document

NAME_LENGTH_MAX = 200


def planned(request: Request, f: Formats | None = None) -> Plan:
    """Make a plan without storing it.

    Raises:
        GoalError: there is no sensible plan; says why and what would do, in these units.
    """
    f = f or Formats()
    try:
        return make_plan(request)
    except PlanningError as error:
        raise GoalError(words.say(error.reason, f), next_step=words.say(error.remedy, f)) from error
    except OutsideModelError as error:
        unknown, remedy = Reason("index_unknown"), Reason("give_race")
        raise GoalError(words.say(unknown, f), next_step=words.say(remedy, f)) from error


def create(
    session: Session, athlete_id: UUID, name: str, request: Request, f: Formats | None = None
) -> UUID:
    """Make and store a plan; the caller commits.

    Raises:
        GoalError: there is no sensible plan for this wish.
    """
    made = planned(request, f)
    plan_id = uuid4()
    session.add(
        TrainingPlan(
            athlete_id=athlete_id,
            plan_id=plan_id,
            name=name.strip()[:NAME_LENGTH_MAX] or "Plan",
            goal_distance_m=request.goal_distance_m,
            race_day=request.race_day,
            start_day=request.start_day,
            request=documents.request_document(request),
            notes=documents.reason_documents(made.notes),
            weeks=documents.week_documents(made),
            generation=1,
            formula_version=FORMULA_VERSION,
        )
    )
    session.flush()
    _add_workouts(session, athlete_id, plan_id, 1, made.workouts)
    return plan_id


def regenerate(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    request: Request,
    f: Formats | None = None,
) -> int:
    """Make the rest of a plan anew, from ``request.start_day`` on; returns its generation.

    Stays: whatever lies before that day, was done, or was changed or noted by the athlete. What
    was planned otherwise is superseded and kept, so that ``undo_regenerate`` brings it back.

    Raises:
        NoSuchPlanError: the athlete has no such plan.
        GoalError: there is no sensible plan for this wish; nothing was changed.
    """
    row = _locked(session, athlete_id, plan_id)
    made = planned(request, f)
    generation = row.generation + 1
    old = views.workouts_of_plan(session, athlete_id, plan_id, removed=True)
    kept = [each for each in old if _stays(each, request.start_day)]
    replaced = [each.workout_id for each in old if not _stays(each, request.start_day)]
    _supersede(session, athlete_id, replaced, generation)
    taken = {each.day for each in kept} | {each.planned_day for each in kept if each.removed}
    fresh = [each for each in made.workouts if each.day not in taken]
    _add_workouts(session, athlete_id, plan_id, generation, fresh)
    row.former = {"request": row.request, "notes": row.notes, "weeks": row.weeks}
    first = min(week.monday for week in made.weeks)
    row.weeks = [
        week for week in row.weeks if date.fromisoformat(week["monday"]) < first
    ] + documents.week_documents(made)
    row.generation = generation
    row.request = documents.request_document(request)
    row.notes = documents.reason_documents(made.notes)
    row.race_day, row.goal_distance_m = request.race_day, request.goal_distance_m
    row.formula_version = FORMULA_VERSION
    session.flush()
    return generation


def undo_regenerate(session: Session, athlete_id: UUID, plan_id: UUID, generation: int) -> None:
    """Take the newest generation back; what the athlete has changed since then stays.

    Raises:
        NoSuchPlanError: there is no such plan, or that generation is not its newest.
    """
    row = _locked(session, athlete_id, plan_id)
    if generation != row.generation or row.former is None:
        raise _no_such_plan(plan_id)
    of_plan = (PlannedWorkout.athlete_id == athlete_id, PlannedWorkout.plan_id == plan_id)
    session.execute(
        update(PlannedWorkout)
        .where(*of_plan, PlannedWorkout.superseded_by == generation)
        .values(superseded_by=None)
    )
    touched = select(PlannedWorkoutAnnotation.workout_id).where(
        PlannedWorkoutAnnotation.athlete_id == athlete_id
    )
    session.execute(
        update(PlannedWorkout)
        .where(
            *of_plan,
            PlannedWorkout.generation == generation,
            PlannedWorkout.superseded_by.is_(None),
            PlannedWorkout.workout_id.not_in(touched),
        )
        .values(superseded_by=generation + 1)
    )
    request = documents.request_from(row.former["request"])
    row.request, row.notes, row.weeks = (row.former[each] for each in ("request", "notes", "weeks"))
    row.race_day, row.goal_distance_m = request.race_day, request.goal_distance_m
    row.former = None
    row.generation = generation + 1
    session.flush()
    session.expire_all()


def put_away(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    how: Literal["archived", "deleted"],
    *,
    away: bool,
) -> None:
    """Archive or delete a plan, or take that back; every row stays.

    Raises:
        NoSuchPlanError: the athlete has no such plan.
    """
    row = _locked(session, athlete_id, plan_id)
    when = datetime.now(UTC) if away else None
    if how == "archived":
        row.archived_at = when
    else:
        row.deleted_at = when
    session.flush()


def resumed(request: Request, *, today: date, index: float, weekly_distance_m: float) -> Request:
    """The same wish from today on, with today's form and load."""
    return replace(
        request,
        start_day=max(today, request.start_day),
        index=index,
        weekly_distance_m=weekly_distance_m,
    )


def _stays(workout: views.WorkoutView, start_day: date) -> bool:
    return workout.day < start_day or workout.done or bool(workout.changed)


def _supersede(
    session: Session, athlete_id: UUID, workout_ids: list[UUID], generation: int
) -> None:
    session.execute(
        update(PlannedWorkout)
        .where(PlannedWorkout.athlete_id == athlete_id, PlannedWorkout.workout_id.in_(workout_ids))
        .values(superseded_by=generation)
    )
    session.expire_all()


def _add_workouts(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    generation: int,
    workouts: Iterable[Workout],
) -> None:
    session.add_all(
        PlannedWorkout(
            athlete_id=athlete_id,
            workout_id=uuid4(),
            plan_id=plan_id,
            generation=generation,
            day=each.day,
            session=each.session,
            structure=as_document(each.structure),
            distance_m=each.distance_m,
            duration_s=each.duration_s,
            reasons=documents.reason_documents(each.reasons),
            formula_version=FORMULA_VERSION,
        )
        for each in workouts
    )
    session.flush()


def _locked(session: Session, athlete_id: UUID, plan_id: UUID) -> TrainingPlan:
    row = session.scalar(
        select(TrainingPlan)
        .where(TrainingPlan.athlete_id == athlete_id, TrainingPlan.plan_id == plan_id)
        .with_for_update()
    )
    if row is None:
        raise _no_such_plan(plan_id)
    return row


def _no_such_plan(plan_id: UUID) -> NoSuchPlanError:
    return NoSuchPlanError(f"There is no plan {plan_id}.", next_step="choose one from your plans")
