"""Activities for programs: the log, and one activity. Metres, seconds, UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from strideiq.activities import views
from strideiq.activities.activity_view import ActivityView
from strideiq.athletes.public import AthleteView, token_athlete
from strideiq.platform.api import api_router
from strideiq.platform.database import DatabaseSession

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200

api = api_router()

Reader = Annotated[AthleteView, token_athlete("activities:read")]


class ActivityDocument(BaseModel):
    """One activity as its athlete sees it: what the athlete said, else what was observed."""

    model_config = ConfigDict(from_attributes=True)

    activity_id: UUID
    sport: str
    name: str
    started_at: datetime
    day: date = Field(description="The day that it was where it began.")
    time_zone: str = Field(description="The clock of that place, else the athlete's own.")
    elapsed_s: float
    moving_s: float
    distance_m: float | None
    ascent_m: float | None
    descent_m: float | None
    average_heart_rate_bpm: float | None
    max_heart_rate_bpm: float | None
    average_cadence_spm: float | None
    average_power_w: float | None
    energy_kcal: float | None
    device: str | None


class ActivityPage(BaseModel):
    """A part of the log, newest first."""

    activities: list[ActivityDocument]
    before: UUID | None = Field(description="Ask with this for the next part; null at the end.")


@api.get("/activities", summary="The log, newest first")
def activity_list(
    session: DatabaseSession,
    athlete: Reader,
    limit: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE,
    before: UUID | None = None,
    q: Annotated[str, Query(max_length=200, description="Looked for in names.")] = "",
    sport: Annotated[str, Query(max_length=50)] = "",
) -> ActivityPage:
    """Give a part of the log; deleted activities are left out."""
    found = views.list_activities(
        session, athlete.athlete_id, limit + 1, before, q.strip() or None, sport or None
    )
    shown = [_document(one, athlete) for one in found[:limit]]
    more = len(found) > limit
    return ActivityPage(activities=shown, before=shown[-1].activity_id if more else None)


@api.get("/activities/{activity_id}", summary="One activity")
def activity(session: DatabaseSession, athlete: Reader, activity_id: UUID) -> ActivityDocument:
    """Give one activity of the athlete; another's looks as if there were none."""
    found = views.activity(session, athlete.athlete_id, activity_id)
    return _document(found, athlete)


def _document(one: ActivityView, athlete: AthleteView) -> ActivityDocument:
    own = athlete.time_zone
    told = vars(one) | {"day": one.day(own), "time_zone": one.clock_zone or own}
    return ActivityDocument.model_validate(told)
