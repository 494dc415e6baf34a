"""The page on which an athlete says what of their tracks is hidden."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import privacy
from strideiq.activities.starting_places import starting_places
from strideiq.athletes.public import AthleteView, CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import formats, render

PAGE = "/preferences/privacy"
RADII_M = (200, 400, 600, 1000, 2000)
LENGTHS_M = (0, 100, 200, 400, 800, 1600)

router = APIRouter(prefix=PAGE, include_in_schema=False)


@router.get("")
def privacy_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    *,
    saved: bool = False,
    undo: UUID | None = None,
) -> Response:
    """Show the zones, with an offer to hide where activities begin."""
    return _page(request, session, athlete, saved=saved, undo=undo)


@router.post("/zones")
@made_once
def add_zone(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    name: Annotated[str, Form()] = "",
    latitude: Annotated[str, Form()] = "",
    longitude: Annotated[str, Form()] = "",
    radius_m: Annotated[str, Form()] = "",
) -> Response:
    """Hide what is around a place."""
    typed = {"name": name, "latitude": latitude, "longitude": longitude, "radius_m": radius_m}
    try:
        privacy.add_zone(
            session,
            athlete.athlete_id,
            name=name,
            latitude_deg=_number(latitude),
            longitude_deg=_number(longitude),
            radius_m=_number(radius_m),
        )
    except InvalidInputError as error:
        return _page(request, session, athlete, wrong=error, typed=typed)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


@router.post("/zones/{zone_id}/remove")
def remove_zone(session: DatabaseSession, athlete: CurrentAthlete, zone_id: UUID) -> Response:
    """Take a zone away, and offer to bring it back."""
    privacy.set_zone_removed(session, athlete.athlete_id, zone_id, removed=True)
    return RedirectResponse(f"{PAGE}?undo={zone_id}", status_code=303)


@router.post("/zones/{zone_id}/restore")
def restore_zone(session: DatabaseSession, athlete: CurrentAthlete, zone_id: UUID) -> Response:
    """Bring a zone back."""
    privacy.set_zone_removed(session, athlete.athlete_id, zone_id, removed=False)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


@router.post("/ends")
def hide_ends(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    hide_start_m: Annotated[str, Form()] = "0",
    hide_end_m: Annotated[str, Form()] = "0",
) -> Response:
    """Hide this much of the start and the end of every track."""
    try:
        privacy.hide_ends(
            session,
            athlete.athlete_id,
            hide_start_m=_number(hide_start_m),
            hide_end_m=_number(hide_end_m),
        )
    except InvalidInputError as error:
        return _page(request, session, athlete, wrong=error)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


def _page(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    *,
    saved: bool = False,
    undo: UUID | None = None,
    wrong: InvalidInputError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    hides = privacy.privacy_of(session, athlete.athlete_id)
    return render(
        request,
        "activities/privacy.html",
        status_code=wrong.http_status if wrong else 200,
        hides=hides,
        starts=starting_places(session, athlete.athlete_id, hides.zones),
        radii=[(radius_m, _length(request, radius_m)) for radius_m in RADII_M],
        lengths=[(length_m, _length(request, length_m)) for length_m in LENGTHS_M],
        typed=typed or {"name": "", "latitude": "", "longitude": "", "radius_m": "400"},
        saved=saved,
        undo=undo,
        wrong=wrong,
    )


def _length(request: Request, length_m: float) -> str:
    if not length_m:
        return _("nothing")
    shown = formats(request)
    if shown.metric:
        return (
            f"{length_m:,.0f} m" if length_m < shown.long_distance_m else f"{length_m / 1000:g} km"
        )
    return f"{length_m / shown.long_distance_m:.2f} mi"


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise InvalidInputError(
            _("This is no number."), next_step=_("write it with digits, such as 47.0707")
        ) from None
