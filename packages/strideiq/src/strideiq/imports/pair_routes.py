"""Activities that may be one, side by side, for the athlete to decide."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import public as activities
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

PAIRS_SHOWN_MAX = 20

router = APIRouter(include_in_schema=False)


@router.get("/imports/pairs")
def pairs_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Each undecided pair side by side, and what was merged before, to be taken apart again."""
    found = activities.undecided_pairs(session, athlete.athlete_id, PAIRS_SHOWN_MAX + 1)
    sides = [(pair, _figures(pair)) for pair in found[:PAIRS_SHOWN_MAX]]
    lines = activities.sparklines(
        session, athlete.athlete_id, [each.activity_id for pair, _ in sides for each in pair]
    )
    return render(
        request,
        "imports/pairs.html",
        pairs=sides,
        lines=lines,
        more=len(found) > PAIRS_SHOWN_MAX,
    )


@router.post("/imports/pairs")
def decide(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    kept_id: Annotated[UUID, Form()],
    other_id: Annotated[UUID, Form()],
    decision: Annotated[Literal["one", "two"], Form()],
) -> Response:
    """Have two activities be one, of which the first is kept, or leave them two."""
    if decision == "one":
        activities.merge(session, athlete.athlete_id, kept_id, other_id)
    else:
        activities.keep_apart(session, athlete.athlete_id, kept_id, other_id)
    return RedirectResponse("/imports/pairs", status_code=303)


def _figures(
    pair: tuple[activities.ActivityView, activities.ActivityView],
) -> frozenset[str]:
    """The figures in which two activities differ, so that a page can point at them."""
    first, second = pair
    return frozenset(
        name
        for name in ("name", "sport", "started_at", "distance_m", "moving_s", "elapsed_s")
        if first.value(name) != second.value(name)
    )
