"""The pages of plans: the list, making one, one plan, and putting it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.dates import dated
from strideiq.platform.errors import StrideiqError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import formats, render
from strideiq.training import forms, matches, plans, proposals, standing, views, words
from strideiq.training.forms import PlanForm
from strideiq.training.pages import Presenter, ShownWeek, load_plan

router = APIRouter(prefix="/plans", include_in_schema=False)

WEEKDAYS = tuple(range(7))
A_MONDAY = date(2026, 11, 23)


@router.get("", name="plans")
def plan_list(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    undo: UUID | None = None,
) -> Response:
    """Show every plan with how far it has come."""
    presenter = Presenter(session, athlete)
    shown = []
    for plan in views.plans(session, athlete.athlete_id):
        workouts = views.workouts_of_plan(session, athlete.athlete_id, plan.plan_id)
        shown.append((plan, presenter.weeks(plan, workouts)))
    undone = views.plan(session, athlete.athlete_id, undo) if undo else None
    return render(
        request,
        "training/plans.html",
        plans=[(plan, weeks, presenter.arc(weeks)) for plan, weeks in shown],
        today=presenter.today,
        deleted=views.plans(session, athlete.athlete_id, deleted=True),
        undo=undone if undone and undone.deleted_at else None,
        words=words,
    )


@router.get("/new", name="new_plan")
def new_plan(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show the form, filled in from the athlete's last weeks."""
    today = standing.today_of(athlete.time_zone)
    stands = standing.standing(session, athlete.athlete_id, athlete.time_zone, today)
    return _form(request, forms.defaults(stands, today, formats(request)))


@router.post("/new")
@made_once
def make(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    form: Annotated[PlanForm, Form()],
) -> Response:
    """Make a plan, or show the form again with what does not fit."""
    f = formats(request)
    try:
        wish = forms.read(form, f)
        name = form.name.strip() or _name(wish.goal_distance_m, wish.race_day, request)
        plan_id = plans.create(session, athlete.athlete_id, name, wish, f)
    except StrideiqError as error:
        return _form(request, form, error=error)
    matches.rematch_plan(session, athlete.athlete_id, plan_id)
    return RedirectResponse(f"/plans/{plan_id}", status_code=303)


@router.get("/{plan_id}")
def plan_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    anew: int | None = None,
) -> Response:
    """Show a plan: its arc, why it is so, its weeks."""
    plan, workouts = load_plan(session, athlete, plan_id)
    presenter = Presenter(session, athlete)
    weeks = presenter.weeks(plan, workouts)
    return render(
        request,
        "training/plan.html",
        plan=plan,
        weeks=weeks,
        arc=presenter.arc(weeks),
        notes=[words.say(note, presenter.f) for note in plan.notes],
        index=presenter.known_index,
        anew=anew if anew == plan.generation else None,
        proposals=proposals.open_of_plan(session, athlete.athlete_id, plan_id),
        words=words,
        today=presenter.today,
        progress=_progress(weeks),
    )


@router.get("/{plan_id}/anew")
def anew_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, plan_id: UUID
) -> Response:
    """Show the form with which the rest of a plan is made anew, at today's form and load."""
    plan = views.plan(session, athlete.athlete_id, plan_id)
    today = standing.today_of(athlete.time_zone)
    stands = standing.standing(session, athlete.athlete_id, athlete.time_zone, today)
    wish = plans.resumed(
        plan.request,
        today=today,
        index=stands.index or plan.request.index,
        weekly_distance_m=stands.weekly_distance_m or plan.request.weekly_distance_m,
    )
    return _form(request, forms.from_request(wish, plan.name, formats(request)), plan=plan)


@router.post("/{plan_id}/anew")
def make_anew(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    form: Annotated[PlanForm, Form()],
) -> Response:
    """Make the rest of a plan anew; what was done or changed stays."""
    plan = views.plan(session, athlete.athlete_id, plan_id)
    f = formats(request)
    try:
        wish = forms.read(form, f)
        generation = plans.regenerate(session, athlete.athlete_id, plan_id, wish, f)
    except StrideiqError as error:
        return _form(request, form, plan=plan, error=error)
    matches.rematch_plan(session, athlete.athlete_id, plan_id)
    return RedirectResponse(f"/plans/{plan_id}?anew={generation}", status_code=303)


@router.post("/{plan_id}/anew/undo")
def undo_anew(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    generation: Annotated[int, Form()],
) -> Response:
    """Take a making anew back."""
    plans.undo_regenerate(session, athlete.athlete_id, plan_id, generation)
    matches.rematch_plan(session, athlete.athlete_id, plan_id)
    return RedirectResponse(f"/plans/{plan_id}", status_code=303)


@router.post("/{plan_id}/{act}")
def put_away(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    act: Literal["archive", "unarchive", "delete", "undelete"],
) -> Response:
    """Archive or delete a plan, or take that back."""
    how: Literal["archived", "deleted"] = "archived" if act.endswith("archive") else "deleted"
    away = not act.startswith("un")
    plans.put_away(session, athlete.athlete_id, plan_id, how, away=away)
    if act == "delete":
        return RedirectResponse(f"/plans?undo={plan_id}", status_code=303)
    return RedirectResponse(f"/plans/{plan_id}", status_code=303)


def _form(
    request: Request,
    form: PlanForm,
    *,
    plan: views.PlanView | None = None,
    error: StrideiqError | None = None,
) -> Response:
    return render(
        request,
        "training/plan_form.html",
        status_code=error.http_status if error else 200,
        form=form,
        plan=plan,
        error=error,
        goals=forms.GOALS_M,
        weekday_names=[_weekday(day) for day in WEEKDAYS],
    )


def _weekday(day: int) -> str:
    return dated(A_MONDAY + timedelta(days=day), "%A")


def _name(goal_m: float, race_day: date, request: Request) -> str:
    distance = words.distance_words(goal_m, formats(request))
    known = {21_097.5: _("Half marathon"), 42_195.0: _("Marathon")}
    return f"{known.get(goal_m, distance)}, {dated(race_day, '%B %Y')}"


def _progress(weeks: Sequence[ShownWeek]) -> tuple[int, int, int]:
    """How many workouts are done, how many lie behind, and how many there are."""
    shown = [each for week in weeks for each in week.workouts]
    done = sum(each.state == "done" for each in shown)
    behind = sum(each.state in {"done", "missed", "skipped"} for each in shown)
    return done, behind, len(shown)
