"""The first address: the home of who is signed in, and the door for everybody else."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import public as activities
from strideiq.athletes.public import MaybeAthlete, front_door
from strideiq.platform.database import DatabaseSession
from strideiq.platform.feature import Status
from strideiq.platform.pages import formats, render
from strideiq.today.cards import cards, first_steps

router = APIRouter(include_in_schema=False)


@router.get("/", name="home")
def home(request: Request, session: DatabaseSession, athlete: MaybeAthlete) -> Response:
    """Show what today holds and how things stand; a stranger is led to the door."""
    if athlete is None:
        return RedirectResponse(front_door(request, session), status_code=303)
    now = datetime.now(UTC)
    today = formats(request).local(now).date()
    placed = cards(session, athlete, today)
    recorded = activities.totals(session, athlete.athlete_id, athlete.time_zone)
    return render(
        request,
        "today/today.html",
        now=now,
        cards=placed,
        styles=sorted({each.card.style for each in placed if each.card.style}),
        steps=[] if recorded.activities else first_steps(),
        recorded=recorded,
        statuses=_statuses(request),
    )


def _statuses(request: Request) -> list[Status]:
    """How the data is kept, by the features that know."""
    asked = (
        feature.status(request) for feature in request.app.state.pages.features if feature.status
    )
    return [status for status in asked if status is not None]
