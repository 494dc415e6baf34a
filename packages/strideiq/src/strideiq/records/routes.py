"""The pages of personal bests, of how one came down, and of one activity's efforts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import public as activities
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import render
from strideiq.records.bests import (
    efforts_of,
    fastest_efforts,
    personal_bests,
    timed_bests,
    timed_efforts_of,
    times_over,
)
from strideiq.records.clock import read_clock_s
from strideiq.records.corrections import EVERY, correction_history, corrections_of
from strideiq.records.distances import DISTANCES
from strideiq.records.progress import picture, progression
from strideiq.records.service import bring_up_to_date, say
from strideiq.records.steps import staircase

FASTEST_SHOWN = 10
DERIVED_AT_ONCE = 300
"""So many activities are derived while a page is made; more take the next visits."""

router = APIRouter(include_in_schema=False)


@router.get("/bests", name="bests_page")
def bests_page(request: Request, athlete: CurrentAthlete, session: DatabaseSession) -> Response:
    """Show the best over each distance and time, and how each came down."""
    bring_up_to_date(session, athlete.athlete_id, DERIVED_AT_ONCE)
    bests = personal_bests(session, athlete.athlete_id)
    return render(
        request,
        "records/bests.html",
        bests=[(best, staircase(best, athlete.time_zone)) for best in bests],
        timed=timed_bests(session, athlete.athlete_id),
    )


@router.get("/bests/{slug}", name="best_page")
def best_page(
    request: Request, athlete: CurrentAthlete, session: DatabaseSession, slug: str
) -> Response:
    """Show how the best over one distance came down, and the fastest efforts over it."""
    distance = next((one for one in DISTANCES if one.slug == slug), None)
    bests = personal_bests(session, athlete.athlete_id)
    best = next((one for one in bests if one.distance == distance), None)
    if distance is None or best is None:
        raise NotFoundError(
            _("You have no best over this distance."), next_step=_("see all personal bests")
        )
    now = datetime.now(UTC)
    same = times_over(session, athlete.athlete_id, distance.distance_m)
    return render(
        request,
        "records/best.html",
        best=best,
        distances=[one.distance for one in bests],
        stood=progression(best, now),
        drawn=picture(best, same, now),
        fastest=fastest_efforts(session, athlete.athlete_id, distance.distance_m, FASTEST_SHOWN),
    )


@router.get("/activities/{activity_id}/efforts", name="efforts_page")
def efforts_page(
    request: Request, athlete: CurrentAthlete, session: DatabaseSession, activity_id: UUID
) -> Response:
    """Show every effort of one activity, with what its athlete says of each."""
    return _efforts(request, athlete.athlete_id, session, activity_id)


@router.post("/activities/{activity_id}/efforts")
def correct_effort(
    request: Request,
    athlete: CurrentAthlete,
    session: DatabaseSession,
    activity_id: UUID,
    effort: Annotated[str, Form(max_length=20)],
    verdict: Annotated[Literal["does_not_count", "measured", "counts"], Form()],
    time: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Say of an effort that it does not count, or was measured, or that nothing is said."""
    try:
        say(
            session,
            athlete.athlete_id,
            activity_id,
            effort,
            None if verdict == "counts" else verdict,
            read_clock_s(time) if verdict == "measured" else None,
        )
    except InvalidInputError as error:
        wrong = f"{error.message} {error.next_step.capitalize()}."
        return _efforts(request, athlete.athlete_id, session, activity_id, wrong)
    return RedirectResponse(f"/activities/{activity_id}/efforts", status_code=303)


def _efforts(
    request: Request,
    athlete_id: UUID,
    session: DatabaseSession,
    activity_id: UUID,
    wrong: str | None = None,
) -> Response:
    view = activities.activity(session, athlete_id, activity_id)
    said = corrections_of(session, athlete_id, [activity_id]).get(activity_id, {})
    return render(
        request,
        "records/efforts.html",
        status_code=422 if wrong else 200,
        activity=view,
        efforts=efforts_of(session, athlete_id, activity_id),
        timed=timed_efforts_of(session, athlete_id, activity_id),
        said=said,
        every=EVERY,
        distances=DISTANCES,
        history=correction_history(session, athlete_id, activity_id),
        wrong=wrong,
    )
