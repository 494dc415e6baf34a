"""Activities for programs: the log, and one activity. Metres, seconds, UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from strideiq.activities import views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.annotations import annotate, lock
from strideiq.activities.errors import FieldValueError
from strideiq.activities.fields import FIELDS
from strideiq.athletes.public import AthleteView, token_athlete
from strideiq.platform.api import (
    UNCHANGED,
    api_router,
    etag_of,
    refusals,
    refuse_other_state,
    tagged,
    unknown_among,
    wrong_fields,
)
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import WrongField

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200

api = api_router()

Reader = Annotated[AthleteView, token_athlete("activities:read")]


Writer = Annotated[AthleteView, token_athlete("activities:write")]

SAID = {name: field for name, field in FIELDS.items() if name != "gear_id"}
"""What a program may say of an activity; gear is chosen where it is known to be the athlete's."""

SAID_SCHEMA: dict[str, Any] = {
    "properties": {name: {"type": ["string", "number", "boolean", "null"]} for name in SAID},
    "additionalProperties": False,
}


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


@api.get(
    "/activities/{activity_id}",
    summary="One activity",
    response_model=ActivityDocument,
    responses=UNCHANGED,
)
def activity(
    request: Request, session: DatabaseSession, athlete: Reader, activity_id: UUID
) -> Response:
    """Give one activity of the athlete; another's looks as if there were none."""
    found = views.activity(session, athlete.athlete_id, activity_id)
    return tagged(request, _document(found, athlete))


@api.patch(
    "/activities/{activity_id}",
    summary="Say what fields of an activity are",
    status_code=204,
    responses=refusals(
        {412: "It was changed since it was read.", 428: "It is not said of which state this is."}
    ),
)
def change_activity(
    request: Request,
    session: DatabaseSession,
    athlete: Writer,
    activity_id: UUID,
    said: Annotated[dict[str, Any], Body(json_schema_extra=SAID_SCHEMA)],
) -> Response:
    """Keep what the athlete says of fields; null takes a word back. All of it, or nothing.

    ``If-Match`` is the ETag of what was read, or ``*``; the answer has that of the new state.
    """
    lock(session, athlete.athlete_id, activity_id)
    tag = etag_of(_document(views.activity(session, athlete.athlete_id, activity_id), athlete))
    refuse_other_state(request, tag)
    wrong = [*map(_unknown, said.keys() - SAID.keys()), *_wrong_values(said)]
    if wrong:
        raise wrong_fields(sorted(wrong, key=lambda one: one.field))
    for name, value in said.items():
        annotate(session, athlete.athlete_id, activity_id, name, value)
    now = views.activity(session, athlete.athlete_id, activity_id)
    return Response(status_code=204, headers={"ETag": etag_of(_document(now, athlete))})


def _unknown(name: str) -> WrongField:
    return WrongField("body", name, unknown_among(list(SAID)))


def _wrong_values(said: Mapping[str, Any]) -> Iterator[WrongField]:
    for name, value in said.items():
        if isinstance(value, dict | list):
            yield WrongField("body", name, "This is no single value.")
            continue
        try:
            if name in SAID and value is not None:
                SAID[name].read(value)
        except FieldValueError as error:
            yield WrongField("body", name, f"{error.message} {error.next_step}")


def _document(one: ActivityView, athlete: AthleteView) -> ActivityDocument:
    own = athlete.time_zone
    told = vars(one) | {"day": one.day(own), "time_zone": one.clock_zone or own}
    return ActivityDocument.model_validate(told)
