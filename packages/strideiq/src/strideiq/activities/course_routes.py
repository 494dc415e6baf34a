"""The samples of a part of an activity, for charts that look closer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from strideiq.activities import privacy, views
from strideiq.activities.activity_page import course_data, stretch
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import formats

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("/{activity_id}/course")
def course(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    from_s: Annotated[float, Query(alias="from", ge=0, allow_inf_nan=False)] = 0.0,
    to_s: Annotated[float, Query(alias="to", ge=0, allow_inf_nan=False)] = 0.0,
    *,
    private: bool = False,
) -> Response:
    """Give the charts' document of a stretch, as fine as they can show it."""
    activity = views.activity(session, athlete.athlete_id, activity_id)
    streams = privacy.shown_streams(session, athlete.athlete_id, activity_id, whole=private)
    laps = views.splits(session, athlete.athlete_id, activity_id, "lap")
    part = stretch(streams.channels, from_s, to_s)
    data = course_data(part, activity.sport, formats(request), laps)
    if data is None:
        raise NotFoundError(
            _("There are no samples in this stretch."), next_step=_("choose a longer one")
        )
    return Response(data, media_type="application/json")
