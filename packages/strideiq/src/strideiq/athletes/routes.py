"""Preferences; the other pages of accounts are beside this file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes import (
    door_routes,
    passkey_routes,
    people_routes,
    security_routes,
    service,
    token_routes,
)
from strideiq.athletes.arriving import remember_language
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import LANGUAGES
from strideiq.platform.pages import render
from strideiq.platform.zones import zone_names

router = APIRouter(include_in_schema=False)
for part in (door_routes, token_routes, security_routes, passkey_routes, people_routes):
    router.include_router(part.router)


@router.get("/preferences")
def preferences_page(request: Request, athlete: CurrentAthlete, *, saved: bool = False) -> Response:
    """Show name, units, time zone and language."""
    return _preferences(request, athlete, saved=saved)


@router.post("/preferences")
def preferences(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    name: Annotated[str, Form()] = "",
    units: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Change them."""
    wanted = language or None
    try:
        service.change_preferences(
            session,
            athlete.athlete_id,
            name=name,
            units=units,
            time_zone=time_zone,
            language=wanted,
        )
    except InvalidInputError as error:
        wrong = f"{error.message} {error.next_step.capitalize()}."
        typed = service.AthleteView(
            athlete.athlete_id, athlete.email, name, units, time_zone, wanted
        )
        return _preferences(request, typed, wrong=wrong, status_code=422)
    response = RedirectResponse("/preferences?saved=true", status_code=303)
    remember_language(response, wanted)
    return response


def _preferences(
    request: Request,
    typed: service.AthleteView,
    *,
    saved: bool = False,
    wrong: str | None = None,
    status_code: int = 200,
) -> Response:
    return render(
        request,
        "athletes/preferences.html",
        status_code=status_code,
        typed=typed,
        saved=saved,
        wrong=wrong,
        languages=LANGUAGES,
        time_zones=sorted(zone_names()),
    )
