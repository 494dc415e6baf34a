"""The calendar and the pages of single workouts: look, move, note, tick, correct."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import by_htmx, formats, render
from strideiq.training import calendar_page, forms, matches, standing, views, words, workouts
from strideiq.training.calendar_page import View
from strideiq.training.pages import Presenter
from strideiq.training.targets import lines
from strideiq.training.workouts import DAY_MAX, DAY_MIN

router = APIRouter(include_in_schema=False)

CANDIDATES_MAX = 12


class Saying(BaseModel):
    """One thing said of a workout, and where in the calendar, if it was said there."""

    field: Literal["notes", "outcome", "removed"]
    value: str = ""
    view: View = "month"
    shown_day: date | None = None


@router.get("/calendar", name="calendar")
def calendar(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    view: View = "month",
    day: date | None = None,
    moved: UUID | None = None,
) -> Response:
    """Show a month or a week, planned and done together."""
    return _calendar(request, session, athlete, view, day, moved)


@router.get("/workouts/{workout_id}", name="workout")
def workout_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, workout_id: UUID
) -> Response:
    """Show one workout: its structure, its paces today, why it is there, what became of it."""
    workout = views.workout(session, athlete.athlete_id, workout_id)
    presenter = Presenter(session, athlete)
    return render(
        request,
        "training/workout.html",
        workout=workout,
        shown=presenter.show(workout),
        lines=list(lines(workout.structure, presenter.targets(workout))),
        reasons=[words.say(each, presenter.f) for each in workout.reasons],
        match_words=words.say_all(workout.match.reasons, presenter.f) if workout.match else "",
        match=_matched(session, athlete, workout),
        candidates=calendar_page.runs_around(session, athlete, workout.day)[:CANDIDATES_MAX],
        history=workouts.history(session, athlete.athlete_id, workout_id),
        index=presenter.known_index,
        words=words,
        today=presenter.today,
    )


@router.post("/workouts/{workout_id}/move")
def move(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    day: Annotated[str, Form()],
    view: Annotated[View, Form()] = "month",
    shown_day: Annotated[date | None, Form()] = None,
) -> Response:
    """Move a workout to another day, and offer to take that back."""
    before = views.workout(session, athlete.athlete_id, workout_id)
    workouts.annotate(session, athlete.athlete_id, workout_id, {"day": day})
    after = views.workout(session, athlete.athlete_id, workout_id)
    matches.rematch_days(session, athlete.athlete_id, [before.day, after.day])
    return _moved(request, session, athlete, after, view, shown_day or after.day)


@router.post("/workouts/{workout_id}/move/undo")
def move_back(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    view: Annotated[View, Form()] = "month",
    shown_day: Annotated[date | None, Form()] = None,
) -> Response:
    """Take the newest move back."""
    before = views.workout(session, athlete.athlete_id, workout_id)
    workouts.take_back(session, athlete.athlete_id, workout_id, "day")
    after = views.workout(session, athlete.athlete_id, workout_id)
    matches.rematch_days(session, athlete.athlete_id, [before.day, after.day])
    return _moved(request, session, athlete, after, view, shown_day or after.day, undo=False)


@router.post("/workouts/{workout_id}/say")
def say(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    form: Annotated[Saying, Form()],
) -> Response:
    """Note something, tick or skip a workout, remove it; an empty value takes that back."""
    said: object = form.value.strip() or None
    if form.field == "removed":
        said = True if said else None
    workout = views.workout(session, athlete.athlete_id, workout_id)
    workouts.annotate(session, athlete.athlete_id, workout_id, {form.field: said})
    matches.rematch_days(session, athlete.athlete_id, [workout.day])
    if by_htmx(request):
        removed = workout_id if form.field == "removed" and said else None
        day = form.shown_day or workout.day
        return _calendar(request, session, athlete, form.view, day, None, removed)
    return RedirectResponse(f"/workouts/{workout_id}", status_code=303)


@router.post("/workouts/{workout_id}/distance")
def change_distance(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    distance: Annotated[str, Form()] = "",
) -> Response:
    """Make a workout longer or shorter by its easy parts; nothing shows the planned one again."""
    workout = views.workout(session, athlete.athlete_id, workout_id)
    structure = None
    if distance.strip():
        wanted_m = forms.metres(distance, _("the distance"), formats(request))
        now_m = Presenter(session, athlete).show(workout).distance_m
        structure = workouts.scaled(workout.structure, wanted_m, now_m)
    workouts.annotate(session, athlete.athlete_id, workout_id, {"structure": structure})
    matches.rematch_days(session, athlete.athlete_id, [workout.day])
    return RedirectResponse(f"/workouts/{workout_id}", status_code=303)


@router.post("/workouts/{workout_id}/match")
def correct_match(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    workout_id: UUID,
    activity: Annotated[str, Form()] = "",
) -> Response:
    """Say which run a workout was; ``none`` for no run, empty to let it be found again."""
    if activity == "":
        matches.forget_said(session, athlete.athlete_id, workout_id)
    else:
        named = None if activity == "none" else _named(activity)
        matches.say_match(session, athlete.athlete_id, workout_id, named)
    return RedirectResponse(f"/workouts/{workout_id}", status_code=303)


def _named(activity: str) -> UUID:
    try:
        return UUID(activity)
    except ValueError as error:
        raise activities.NoSuchActivityError(
            "That is no activity.", next_step="choose one from the list"
        ) from error


def _matched(
    session: DatabaseSession, athlete: AthleteView, workout: views.WorkoutView
) -> activities.ActivityView | None:
    if workout.match is None:
        return None
    return activities.activity(session, athlete.athlete_id, workout.match.activity_id)


def _moved(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    workout: views.WorkoutView,
    view: View,
    day: date,
    *,
    undo: bool = True,
) -> Response:
    moved = workout.workout_id if undo else None
    if by_htmx(request):
        return _calendar(request, session, athlete, view, day, moved)
    mark = f"&moved={moved}" if moved else ""
    return RedirectResponse(f"/calendar?view={view}&day={workout.day}{mark}", status_code=303)


def _calendar(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    view: View,
    day: date | None,
    moved: UUID | None,
    removed: UUID | None = None,
) -> Response:
    shown_day = day or standing.today_of(athlete.time_zone)
    shown_day = min(max(shown_day, DAY_MIN.replace(year=DAY_MIN.year + 1)), DAY_MAX)
    just_moved = views.workout(session, athlete.athlete_id, moved) if moved else None
    template = "training/_calendar.html" if by_htmx(request) else "training/calendar.html"
    return render(
        request,
        template,
        calendar=calendar_page.calendar(session, athlete, view, shown_day),
        moved=just_moved,
        removed=views.workout(session, athlete.athlete_id, removed) if removed else None,
        any_plan=bool(views.plans(session, athlete.athlete_id)),
        words=words,
    )
