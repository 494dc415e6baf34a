"""What the athlete says of a planned workout: move, note, skip, remove; each with its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.platform.language import gettext as _
from strideiq.training.errors import NoSuchWorkoutError, WorkoutFieldError
from strideiq.training.models import PlannedWorkout, PlannedWorkoutAnnotation
from strideiq.training.planning.structure import (
    Part,
    Step,
    Structure,
    StructureError,
    as_document,
    from_document,
)
from strideiq.training.words import FIELD_WORDS

FIELDS = ("day", "title", "notes", "structure", "session", "outcome", "removed", "match")
"""What can be said: ``outcome`` is ``done`` or ``skipped``, ``match`` an activity or ``none``."""

OUTCOMES = ("done", "skipped")
EASY_PART_MIN_M, DISTANCE_MAX_M = 200.0, 200_000.0
LENGTH_MAX = {"title": 80, "notes": 5_000}
DAY_MIN, DAY_MAX = date(1990, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Said:
    """One thing that was said of a field; None took back what was said before."""

    field: str
    version: int
    value: Any
    said_at: datetime
    proposal_id: UUID | None


def annotate(
    session: Session,
    athlete_id: UUID,
    workout_id: UUID,
    said: Mapping[str, Any],
    proposal_id: UUID | None = None,
) -> None:
    """Say something of some fields; None takes back what was said. The caller commits.

    Raises:
        NoSuchWorkoutError: the athlete has no such workout.
        WorkoutFieldError: a value cannot be.
    """
    lock(session, athlete_id, workout_id)
    for field, value in said.items():
        session.add(
            PlannedWorkoutAnnotation(
                athlete_id=athlete_id,
                workout_id=workout_id,
                field=field,
                version=_version(session, athlete_id, workout_id, field) + 1,
                value=None if value is None else checked(field, value),
                proposal_id=proposal_id,
            )
        )
    session.flush()


def scaled(structure: Structure, distance_m: float, now_m: float) -> list[dict[str, object]]:
    """The structure with its easy parts longer or shorter, so that it comes to a distance.

    Repeats stay as they are; ``now_m`` is what it comes to now.

    Raises:
        WorkoutFieldError: what is not easy is longer than that already, or the distance cannot be.
    """
    easy_m = sum(_easy_m(part) for part in structure)
    wanted_m = easy_m + distance_m - now_m
    parts = sum(_easy_m(part) > 0 for part in structure)
    if not parts or wanted_m < parts * EASY_PART_MIN_M or distance_m > DISTANCE_MAX_M:
        raise _refused(_("Its easy parts cannot be made to fit that distance."))
    return as_document(
        replace(part, distance_m=round(part.distance_m * wanted_m / easy_m / 10) * 10.0)
        if isinstance(part, Step) and part.distance_m and _easy_m(part)
        else part
        for part in structure
    )


def _easy_m(part: Part) -> float:
    return part.distance_m or 0.0 if isinstance(part, Step) and part.target == "easy" else 0.0


def take_back(session: Session, athlete_id: UUID, workout_id: UUID, field: str) -> None:
    """Undo the newest thing said of a field, by saying again what was said before it."""
    lock(session, athlete_id, workout_id)
    said = [each for each in history(session, athlete_id, workout_id) if each.field == field]
    before = said[-2].value if len(said) > 1 else None
    annotate(session, athlete_id, workout_id, {field: before})


def history(session: Session, athlete_id: UUID, workout_id: UUID) -> list[Said]:
    """Everything that was said of a workout, oldest first."""
    rows = session.scalars(
        select(PlannedWorkoutAnnotation)
        .where(
            PlannedWorkoutAnnotation.athlete_id == athlete_id,
            PlannedWorkoutAnnotation.workout_id == workout_id,
        )
        .order_by(PlannedWorkoutAnnotation.said_at, PlannedWorkoutAnnotation.version)
    )
    return [Said(row.field, row.version, row.value, row.said_at, row.proposal_id) for row in rows]


def checked(field: str, value: Any) -> Any:  # noqa: ANN401, PLR0911  JSON; one way out per field
    """A value as it may be stored.

    Raises:
        WorkoutFieldError: it cannot be.
    """
    match field:
        case "day":
            return _day(value)
        case "title" | "notes" if isinstance(value, str) and len(value) <= LENGTH_MAX[field]:
            return value.strip() or None
        case "structure":
            try:
                from_document(value)
            except StructureError as error:
                raise _refused(str(error)) from error
            return value
        case "session" if isinstance(value, str):
            return value
        case "outcome" if value in OUTCOMES:
            return value
        case "removed" if isinstance(value, bool):
            return value
        case "match" if value == "none":
            return value
        case "match":
            return str(UUID(str(value)))
    raise _refused(_("%(field)s: that cannot be.") % {"field": _(FIELD_WORDS.get(field, field))})


def lock(session: Session, athlete_id: UUID, workout_id: UUID) -> PlannedWorkout:
    """Hold the workout's row, so that two changes of it come one after the other."""
    found = session.scalar(
        select(PlannedWorkout)
        .where(PlannedWorkout.athlete_id == athlete_id, PlannedWorkout.workout_id == workout_id)
        .with_for_update()
    )
    if found is None:
        raise no_such_workout(workout_id)
    return found


def no_such_workout(workout_id: UUID) -> NoSuchWorkoutError:
    """The error for an id that is unknown, or another athlete's: the two look the same."""
    return NoSuchWorkoutError(
        _("There is no planned workout %(id)s.") % {"id": workout_id},
        next_step=_("choose one from the calendar"),
    )


def _day(value: Any) -> str:  # noqa: ANN401  JSON
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise _refused(_("A day is a date, for example 2027-04-11.")) from error
    if not DAY_MIN <= day <= DAY_MAX:
        raise _refused(_("That day is too far away."))
    return day.isoformat()


def _version(session: Session, athlete_id: UUID, workout_id: UUID, field: str) -> int:
    newest = select(func.max(PlannedWorkoutAnnotation.version)).where(
        PlannedWorkoutAnnotation.athlete_id == athlete_id,
        PlannedWorkoutAnnotation.workout_id == workout_id,
        PlannedWorkoutAnnotation.field == field,
    )
    return session.scalar(newest) or 0


def _refused(message: str) -> WorkoutFieldError:
    return WorkoutFieldError(message, next_step=_("correct it; nothing was changed"))
