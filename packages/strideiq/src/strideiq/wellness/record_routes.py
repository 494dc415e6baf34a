"""The pages of food and injuries: add, change, delete, take back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView, CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.dates import dated
from strideiq.platform.formats import Formats
from strideiq.platform.pages import formats, render
from strideiq.wellness import food, injuries, versions
from strideiq.wellness.check_ins import today_of
from strideiq.wellness.models import Injury, NutritionEntry

RUNS_OFFERED = 10


async def typed_form(request: Request) -> dict[str, str]:
    """The fields of the form as they were typed."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed_form)]

router = APIRouter(include_in_schema=False)


@router.get("/food/new")
def new_food_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    day: date | None = None,
    activity: UUID | None = None,
) -> Response:
    """Show the form of a meal; for an activity, the form of what was taken during it."""
    typed: dict[str, str] = {"meal": _likely_meal(request), "day": "", "time": ""}
    moment = formats(request).local(datetime.now(UTC))
    if activity is not None:
        taken = activities.activity(session, athlete.athlete_id, activity)
        moment = formats(request).local(taken.started_at + timedelta(seconds=taken.elapsed_s / 2))
        typed |= {"meal": "fuel", "activity_id": str(activity)}
    typed |= {"day": (day or moment.date()).isoformat(), "time": f"{moment:%H:%M}"}
    return _food_form(request, session, athlete, typed, None)


@router.post("/food/new")
@made_once
def add_food(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    typed: Typed,
) -> Response:
    """Note a meal."""
    try:
        entry = food.add(session, athlete.athlete_id, typed)
    except food.FoodError as error:
        return _food_form(request, session, athlete, typed, None, wrong=error)
    return _to_day(request, entry)


@router.get("/food/{entry_id}")
def food_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, entry_id: UUID
) -> Response:
    """Show a meal's form, filled in, with what it was before."""
    entry = versions.find(session, NutritionEntry, athlete.athlete_id, entry_id)
    local = formats(request).local(entry.eaten_at)
    typed = {
        name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in versions.state_of(entry).items()
    } | {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}
    return _food_form(request, session, athlete, typed, entry)


@router.post("/food/{entry_id}")
def change_food(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    entry_id: UUID,
    typed: Typed,
) -> Response:
    """Change a meal."""
    try:
        entry = food.change(session, athlete.athlete_id, entry_id, typed)
    except food.FoodError as error:
        before = versions.find(session, NutritionEntry, athlete.athlete_id, entry_id)
        return _food_form(request, session, athlete, typed, before, wrong=error)
    return _to_day(request, entry)


@router.post("/food/{entry_id}/delete")
def delete_food(session: DatabaseSession, athlete: CurrentAthlete, entry_id: UUID) -> Response:
    """Put a tombstone on a meal; its page offers the way back."""
    versions.delete(session, NutritionEntry, athlete.athlete_id, entry_id)
    return RedirectResponse(f"/wellness/food/{entry_id}", status_code=303)


@router.post("/food/{entry_id}/undelete")
def undelete_food(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, entry_id: UUID
) -> Response:
    """Take a deletion back."""
    entry = versions.undelete(session, NutritionEntry, athlete.athlete_id, entry_id)
    return _to_day(request, entry)


@router.get("/injuries")
def injuries_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show all injuries."""
    return render(
        request,
        "wellness/injuries.html",
        injuries=injuries.every(session, athlete.athlete_id),
        severities=injuries.SEVERITIES,
        today=today_of(session, athlete.athlete_id),
    )


@router.get("/injuries/new")
def new_injury_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete
) -> Response:
    """Show the form of an injury."""
    today = today_of(session, athlete.athlete_id).isoformat()
    return _injury_form(request, {"began_on": today, "severity": "2"}, None)


@router.post("/injuries/new")
@made_once
def add_injury(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    typed: Typed,
) -> Response:
    """Note an injury."""
    try:
        injuries.add(session, athlete.athlete_id, typed)
    except injuries.InjuryError as error:
        return _injury_form(request, typed, None, wrong=error)
    return RedirectResponse("/wellness/injuries", status_code=303)


@router.get("/injuries/{injury_id}")
def injury_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, injury_id: UUID
) -> Response:
    """Show an injury's form, filled in, with what it was before."""
    injury = versions.find(session, Injury, athlete.athlete_id, injury_id)
    typed = {
        name: "" if value is None else str(value)
        for name, value in versions.state_of(injury).items()
    }
    return _injury_form(
        request,
        typed,
        injury,
        before=versions.versions(session, athlete.athlete_id, injury_id)[1:],
    )


@router.post("/injuries/{injury_id}")
def change_injury(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    injury_id: UUID,
    typed: Typed,
) -> Response:
    """Change an injury."""
    try:
        injuries.change(session, athlete.athlete_id, injury_id, typed)
    except injuries.InjuryError as error:
        before = versions.find(session, Injury, athlete.athlete_id, injury_id)
        return _injury_form(request, typed, before, wrong=error)
    return RedirectResponse("/wellness/injuries", status_code=303)


@router.post("/injuries/{injury_id}/delete")
def delete_injury(session: DatabaseSession, athlete: CurrentAthlete, injury_id: UUID) -> Response:
    """Put a tombstone on an injury; its page offers the way back."""
    versions.delete(session, Injury, athlete.athlete_id, injury_id)
    return RedirectResponse(f"/wellness/injuries/{injury_id}", status_code=303)


@router.post("/injuries/{injury_id}/undelete")
def undelete_injury(session: DatabaseSession, athlete: CurrentAthlete, injury_id: UUID) -> Response:
    """Take a deletion back."""
    versions.undelete(session, Injury, athlete.athlete_id, injury_id)
    return RedirectResponse("/wellness/injuries", status_code=303)


@dataclass(frozen=True)
class _Run:
    activity_id: UUID
    words: str


def _run_words(run: activities.ActivityView, shown: Formats) -> str:
    return f"{shown.in_zone(run.clock_zone).day(run.started_at)}: {run.name}"


def _in_words(typed: str) -> str:
    """A day as people read it; what was typed where that is no day."""
    try:
        return dated(date.fromisoformat(typed), "%A %-d %B %Y")
    except ValueError:
        return typed


def _food_form(
    request: Request,
    session: Session,
    athlete: AthleteView,
    typed: dict[str, str],
    entry: NutritionEntry | None,
    *,
    wrong: food.FoodError | None = None,
) -> Response:
    shown = formats(request)
    runs = [
        _Run(each.activity_id, _run_words(each, shown))
        for each in activities.list_activities(session, athlete.athlete_id, RUNS_OFFERED)
    ]
    names = ("meal", "description", "day", "time", "activity_id", *food.LIMITS)
    typed = {name: typed.get(name, "") for name in names}
    chosen = typed["activity_id"]
    if entry is not None and chosen and chosen not in {str(run.activity_id) for run in runs}:
        taken = activities.activity(session, athlete.athlete_id, UUID(chosen))
        runs.append(
            _Run(
                taken.activity_id,
                _run_words(taken, shown),
            )
        )
    before = (
        versions.versions(session, athlete.athlete_id, entry.nutrition_entry_id)[1:]
        if entry
        else []
    )
    return render(
        request,
        "wellness/food.html",
        status_code=wrong.http_status if wrong else 200,
        typed=typed,
        of_day=_in_words(typed["day"]),
        entry=entry,
        runs=runs,
        meals=food.MEALS,
        limits=food.LIMITS,
        before=before,
        wrong=wrong,
    )


def _injury_form(
    request: Request,
    typed: dict[str, str],
    injury: Injury | None,
    *,
    before: list[versions.Version] | None = None,
    wrong: injuries.InjuryError | None = None,
) -> Response:
    return render(
        request,
        "wellness/injury.html",
        status_code=wrong.http_status if wrong else 200,
        typed={name: typed.get(name, "") for name in injuries.TYPED},
        injury=injury,
        places=injuries.PLACES,
        severities=injuries.SEVERITIES,
        before=before or [],
        wrong=wrong,
    )


def _to_day(request: Request, entry: NutritionEntry) -> Response:
    day = formats(request).local(entry.eaten_at).date()
    return RedirectResponse(f"/wellness/days/{day}#food", status_code=303)


def _likely_meal(request: Request) -> str:
    hour = formats(request).local(datetime.now(UTC)).hour
    for until, meal in ((10, "breakfast"), (15, "lunch"), (17, "snack"), (22, "dinner")):
        if hour < until:
            return meal
    return "snack"
