"""Add a workout of one's own to a day, and change any workout, planned or own."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import AthleteView, CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import StrideiqError
from strideiq.platform.pages import formats, render
from strideiq.training import matches, own, standing, views, words
from strideiq.training.errors import WorkoutFieldError
from strideiq.training.own import WorkoutForm
from strideiq.training.targets import Targets, lines

router = APIRouter(prefix="/workouts", include_in_schema=False)


@router.get("/new", name="new_workout")
def new_workout(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    day: date | None = None,
    kind: str = "easy",
) -> Response:
    """Offer a workout of a kind, to be changed and put on a day."""
    kind = kind if kind in own.EXAMPLES else "easy"
    form = WorkoutForm(
        day=str(day or standing.today_of(athlete.time_zone)),
        kind=kind,
        what=own.example(kind, formats(request)),
    )
    return _form(request, session, athlete, form)


@router.post("/new")
@made_once
def add_workout(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    form: Annotated[WorkoutForm, Form()],
) -> Response:
    """Put a workout on a day."""
    try:
        asked = own.wanted(form, formats(request))
    except WorkoutFieldError as error:
        return _form(request, session, athlete, form, error=error)
    today = standing.today_of(athlete.time_zone)
    index = standing.current_index(session, athlete.athlete_id, today)
    workout_id = own.add(session, athlete.athlete_id, asked, index)
    matches.rematch_days(session, athlete.athlete_id, [asked.day])
    return RedirectResponse(f"/workouts/{workout_id}", status_code=303)


@router.get("/reading")
def reading(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    what: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Show how a text is read, while it is typed."""
    return render(request, "training/_reading.html", words=words, **_read(session, athlete, what))


@router.get("/{workout_id}/edit")
def edit_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, workout_id: UUID
) -> Response:
    """Offer all of a workout to be changed."""
    workout = views.workout(session, athlete.athlete_id, workout_id)
    form = own.form_of(workout, formats(request))
    return _form(request, session, athlete, form, workout)


@router.post("/{workout_id}/edit")
def edit(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    form: Annotated[WorkoutForm, Form()],
) -> Response:
    """Change a workout; what it was before is kept."""
    workout = views.workout(session, athlete.athlete_id, workout_id)
    try:
        asked = own.wanted(form, formats(request), workout)
    except WorkoutFieldError as error:
        return _form(request, session, athlete, form, workout, error)
    own.change(session, athlete.athlete_id, workout, asked)
    matches.rematch_days(session, athlete.athlete_id, [workout.day, asked.day])
    return RedirectResponse(f"/workouts/{workout_id}", status_code=303)


def _form(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    form: WorkoutForm,
    workout: views.WorkoutView | None = None,
    error: StrideiqError | None = None,
) -> Response:
    return render(
        request,
        "training/workout_form.html",
        status_code=422 if error else 200,
        form=form,
        workout=workout,
        error=error,
        kinds=words.SESSIONS,
        examples=list(own.EXAMPLES),
        targets=words.target_words(),
        words=words,
        **_read(session, athlete, form.what),
    )


def _read(session: DatabaseSession, athlete: AthleteView, what: str) -> dict[str, Any]:
    """A typed workout at today's paces, or why it cannot be read."""
    try:
        structure = own.structure_of(what)
    except WorkoutFieldError as error:
        return {"lines": [], "unread": error}
    today = standing.today_of(athlete.time_zone)
    index = standing.current_index(session, athlete.athlete_id, today)
    targets = Targets.of(index or views.ASSUMED_INDEX, views.raced_m(structure))
    distance_m, duration_s = targets.measure(structure)
    return {
        "lines": list(lines(structure, targets)),
        "distance_m": distance_m,
        "duration_s": duration_s,
        "index": index,
        "assumed": views.ASSUMED_INDEX,
        "unread": None,
    }
