"""The page of gear, and choosing it for an activity."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView, CurrentAthlete, made_once
from strideiq.gear import service, views
from strideiq.gear.errors import GearError
from strideiq.platform.database import DatabaseSession
from strideiq.platform.formats import METRES_PER_KILOMETRE, METRES_PER_MILE
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import formats, render

PAGE = "/gear"
SPORTS = ("running", "walking", "hiking", "cycling")

router = APIRouter(prefix=PAGE, include_in_schema=False)


class GearForm(BaseModel):
    """What the form says of a piece of gear; lengths are in the athlete's units."""

    name: str = ""
    kind: str = "shoes"
    before: str = ""
    limit: str = ""
    notes: str = ""
    sport: str = ""


@router.get("")
def gear_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, *, saved: bool = False
) -> Response:
    """Show every piece of gear with how far it has come."""
    return _page(request, session, athlete, saved=saved)


@router.post("")
@made_once
def add(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    form: Annotated[GearForm, Form()],
) -> Response:
    """Add a piece of gear, and use it for a sport from now on when one is given."""
    try:
        gear_id = service.add(
            session,
            athlete.athlete_id,
            form.name,
            form.kind,
            before_m=_length_m(athlete, form.before) or 0.0,
            limit_m=_length_m(athlete, form.limit),
            notes=form.notes,
        )
    except GearError as error:
        return _page(request, session, athlete, wrong=error, typed=form.model_dump())
    if form.sport in SPORTS:
        service.set_default(session, athlete.athlete_id, form.sport, gear_id)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


@router.get("/{gear_id}")
def one_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, gear_id: UUID
) -> Response:
    """Show one piece of gear with the form that changes it."""
    return _one(request, session, athlete, gear_id)


@router.post("/{gear_id}")
def change(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    gear_id: UUID,
    form: Annotated[GearForm, Form()],
) -> Response:
    """Change what is said of a piece of gear."""
    try:
        service.change(
            session,
            athlete.athlete_id,
            gear_id,
            name=form.name,
            kind=form.kind,
            before_m=_length_m(athlete, form.before) or 0.0,
            limit_m=_length_m(athlete, form.limit),
            notes=form.notes,
        )
    except GearError as error:
        return _one(request, session, athlete, gear_id, wrong=error)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


@router.post("/{gear_id}/retire")
def retire(session: DatabaseSession, athlete: CurrentAthlete, gear_id: UUID) -> Response:
    """Put a piece of gear away; what was done with it stays."""
    service.set_retired(session, athlete.athlete_id, gear_id, retired=True)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{gear_id}/return")
def bring_back(session: DatabaseSession, athlete: CurrentAthlete, gear_id: UUID) -> Response:
    """Use a piece of gear again."""
    service.set_retired(session, athlete.athlete_id, gear_id, retired=False)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{gear_id}/default")
def use_for(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    gear_id: UUID,
    sport: Annotated[str, Form(max_length=40)] = "running",
    *,
    always: Annotated[bool, Form()] = False,
) -> Response:
    """Use this gear for a sport from now on; ``always`` for all that was ever done, too."""
    since = service.ALWAYS if always else None
    service.set_default(session, athlete.athlete_id, sport, gear_id, since)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


@router.post("/of/{activity_id}")
def choose(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    gear_id: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Say which gear an activity was done with; nothing leaves it to the default."""
    try:
        chosen = UUID(gear_id) if gear_id else None
    except ValueError:
        raise GearError(
            _("There is no such gear."), next_step=_("choose one from the list of gear")
        ) from None
    service.choose(session, athlete.athlete_id, activity_id, chosen)
    return RedirectResponse(f"/activities/{activity_id}#gear", status_code=303)


def _page(
    request: Request,
    session: Session,
    athlete: AthleteView,
    *,
    saved: bool = False,
    wrong: GearError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    gear = views.all_gear(session, athlete.athlete_id)
    defaults = service.current_defaults(session, athlete.athlete_id)
    return render(
        request,
        "gear/gear.html",
        status_code=wrong.http_status if wrong else 200,
        in_use=[one for one in gear if one.retired_at is None],
        retired=[one for one in gear if one.retired_at is not None],
        used_for={
            one.gear_id: [sport for sport, used in defaults.items() if used == one.gear_id]
            for one in gear
        },
        kinds=service.KINDS,
        sports=SPORTS,
        typed=typed or {"name": "", "kind": "shoes", "before": "", "limit": "", "notes": ""},
        saved=saved,
        wrong=wrong,
    )


def _one(
    request: Request,
    session: Session,
    athlete: AthleteView,
    gear_id: UUID,
    *,
    wrong: GearError | None = None,
) -> Response:
    gear = views.one_gear(session, athlete.athlete_id, gear_id)
    long_m = formats(request).long_distance_m
    defaults = service.current_defaults(session, athlete.athlete_id)
    return render(
        request,
        "gear/one.html",
        status_code=wrong.http_status if wrong else 200,
        gear=gear,
        typed={
            "name": gear.name,
            "kind": gear.kind,
            "before": f"{gear.before_m / long_m:g}" if gear.before_m else "",
            "limit": f"{gear.limit_m / long_m:g}" if gear.limit_m else "",
            "notes": gear.notes,
        },
        kinds=service.KINDS,
        sports=SPORTS,
        used_for=[sport for sport, used in defaults.items() if used == gear_id],
        wrong=wrong,
    )


def _length_m(athlete: AthleteView, text: str) -> float | None:
    if not text.strip():
        return None
    unit_m = METRES_PER_MILE if athlete.units == "imperial" else METRES_PER_KILOMETRE
    try:
        return float(text.strip().replace(",", ".")) * unit_m
    except ValueError:
        raise GearError(
            _("This is no distance."), next_step=_("write it with digits, such as 700")
        ) from None
