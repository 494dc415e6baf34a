"""The page on which an athlete types in what no watch has recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import by_hand, log
from strideiq.activities.by_hand import HandForm
from strideiq.activities.errors import FieldValueError
from strideiq.athletes.public import AthleteView, CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import StrideiqError
from strideiq.platform.pages import formats, render

USUAL_SPORTS = ("running", "trail_running", "walking", "hiking", "cycling", "swimming", "strength")

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("/new", name="new_activity")
def new_activity(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Ask for what is known of an activity."""
    return _form(request, session, athlete, by_hand.empty_form(athlete.time_zone))


@router.post("/new")
@made_once
def add_activity(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    form: Annotated[HandForm, Form()],
) -> Response:
    """Record it, and show it."""
    try:
        activity_id = by_hand.add(session, athlete.athlete_id, form, formats(request))
    except FieldValueError as error:
        return _form(request, session, athlete, form, error)
    return RedirectResponse(f"/activities/{activity_id}", status_code=303)


def _form(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    form: HandForm,
    error: StrideiqError | None = None,
) -> Response:
    mine = [name for name in log.sports(session, athlete.athlete_id) if name != "deleted"]
    return render(
        request,
        "activities/new.html",
        status_code=422 if error else 200,
        form=form,
        error=error,
        sports=list(dict.fromkeys([*USUAL_SPORTS, *mine])),
    )
