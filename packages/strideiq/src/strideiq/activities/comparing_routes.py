"""The page of two activities side by side."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from strideiq.activities import privacy, search, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.comparing import Axis, compare, compare_data
from strideiq.activities.filters import Filters
from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import formats, render

CANDIDATES = 40
LIKE_SHARE = 0.15
"""Activities whose lengths differ by less are offered to compare with."""

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("/{activity_id}/compare")
def compare_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    other_id: Annotated[UUID | None, Query(alias="with")] = None,
    axis: Axis = "distance",
) -> Response:
    """Show an activity beside another, or what it could be compared with."""
    one = views.activity(session, athlete.athlete_id, activity_id)
    other = views.activity(session, athlete.athlete_id, other_id) if other_id else None
    candidates = _candidates(session, athlete, one)
    return render(
        request,
        "activities/compare.html",
        one=one,
        other=other,
        axis=axis,
        candidates=candidates,
        data=_data(request, session, athlete, one, other, axis) if other else None,
    )


def _data(
    request: Request,
    session: Session,
    athlete: AthleteView,
    one: ActivityView,
    other: ActivityView,
    axis: Axis,
) -> str | None:
    first, second = (
        privacy.shown_streams(session, athlete.athlete_id, each.activity_id).channels
        for each in (one, other)
    )
    compared = compare(first, second, axis)
    if compared is None:
        return None
    data = compare_data(compared, one.sport, formats(request))
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _candidates(session: Session, athlete: AthleteView, one: ActivityView) -> list[ActivityView]:
    """Activities of the same sport that are about as long, the newest first."""
    length_m = one.distance_m
    filters = Filters(
        sport=one.sport,
        shortest_m=None if length_m is None else length_m * (1 - LIKE_SHARE),
        longest_m=None if length_m is None else length_m * (1 + LIKE_SHARE),
    )
    found = search.found(session, athlete.athlete_id, athlete.time_zone, filters, CANDIDATES)
    return [each for each in found if each.activity_id != one.activity_id]
