"""The page of fitness: where one stands, and how it came about over months and years."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from strideiq.activities import public as activities
from strideiq.athletes.public import CurrentAthlete
from strideiq.fitness.history import history, today_of
from strideiq.fitness.pictures import Range, chart_data, months
from strideiq.fitness.service import recompute_recorded
from strideiq.fitness.status import status_of
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

DERIVED_AT_ONCE = 1000
"""So many activities are derived while the page is made; more take the next visits."""

router = APIRouter(include_in_schema=False)


@router.get("/fitness", name="fitness_page")
def fitness_page(
    request: Request,
    athlete: CurrentAthlete,
    session: DatabaseSession,
    range: Range = "1y",  # noqa: A002  the address says it so
) -> Response:
    """Show how the athlete stands, and how that changed over the range."""
    today = today_of(session, athlete.athlete_id)
    known = history(session, athlete.athlete_id, today)
    if known is not None and known.stale:
        recompute_recorded(session, athlete.athlete_id, known.stale[:DERIVED_AT_ONCE])
        known = history(session, athlete.athlete_id, today)
    if known is None:
        return render(request, "fitness/fitness.html", status=None)
    status = status_of(known, today)
    source = None
    if status.index is not None:
        source = activities.activity(session, athlete.athlete_id, status.index.effort.activity_id)
    return render(
        request,
        "fitness/fitness.html",
        status=status,
        source=source,
        shown=range,
        data=json.dumps(chart_data(known, range, today), separators=(",", ":"), allow_nan=False),
        months=months(known, range, today),
        bases={one.basis for one in known.loads},
        heart=known.heart,
    )
