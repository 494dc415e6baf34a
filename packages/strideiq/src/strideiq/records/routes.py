"""The page of personal bests."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render
from strideiq.records.service import personal_bests
from strideiq.records.steps import staircase

router = APIRouter(include_in_schema=False)


@router.get("/bests", name="bests_page")
def bests_page(request: Request, athlete: CurrentAthlete, session: DatabaseSession) -> Response:
    """Show the best over each distance and how it came down over time."""
    bests = personal_bests(session, athlete.athlete_id)
    return render(
        request,
        "records/bests.html",
        bests=[(best, staircase(best)) for best in bests],
    )
