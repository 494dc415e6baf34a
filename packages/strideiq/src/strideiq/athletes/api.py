"""Who the athlete is, for programs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel

from strideiq.athletes.access import token_athlete
from strideiq.athletes.service import AthleteView
from strideiq.platform.api import UNCHANGED, api_router, tagged

api = api_router()


class AthleteDocument(BaseModel):
    """The athlete whose token was sent."""

    athlete_id: UUID
    name: str
    units: str
    time_zone: str


@api.get(
    "/athlete",
    summary="Who the token belongs to",
    response_model=AthleteDocument,
    responses=UNCHANGED,
)
def athlete(
    request: Request, athlete: Annotated[AthleteView, token_athlete("profile:read")]
) -> Response:
    """Give name, units and time zone; never the address that signs in."""
    document = AthleteDocument(
        athlete_id=athlete.athlete_id,
        name=athlete.name,
        units=athlete.units,
        time_zone=athlete.time_zone,
    )
    return tagged(request, document)
