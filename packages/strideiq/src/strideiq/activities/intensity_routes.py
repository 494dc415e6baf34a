"""The page of an athlete's zones: what they say of their limits, and what follows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities.intensity import Intensity, Said, intensity, set_intensity
from strideiq.activities.zone_rows import pace_text, rows_of_heart_rate, rows_of_pace
from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.formats import METRES_PER_KILOMETRE
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import formats, render

PAGE = "/preferences/zones"

router = APIRouter(prefix=PAGE, include_in_schema=False)


@router.get("")
def zones_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, *, saved: bool = False
) -> Response:
    """Show the zones of heart rate and pace, and what they rest on."""
    return _page(request, athlete, intensity(session, athlete.athlete_id), saved=saved)


@router.post("")
def set_zones(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    max_heart_rate: Annotated[str, Form()] = "",
    threshold_heart_rate: Annotated[str, Form()] = "",
    threshold_pace: Annotated[str, Form()] = "",
) -> Response:
    """Keep what the athlete says; an empty field follows from the runs again."""
    typed = {
        "max_heart_rate": max_heart_rate,
        "threshold_heart_rate": threshold_heart_rate,
        "threshold_pace": threshold_pace,
    }
    long_m = formats(request).long_distance_m
    try:
        pace_s = _pace(threshold_pace)
        said = Said(
            max_heart_rate_bpm=_number(max_heart_rate),
            threshold_heart_rate_bpm=_number(threshold_heart_rate),
            threshold_pace_s_per_km=None
            if pace_s is None
            else pace_s * METRES_PER_KILOMETRE / long_m,
        )
        set_intensity(session, athlete.athlete_id, said)
    except InvalidInputError as error:
        shown = intensity(session, athlete.athlete_id)
        return _page(request, athlete, shown, wrong=error, typed=typed)
    return RedirectResponse(f"{PAGE}?saved=true", status_code=303)


def _page(
    request: Request,
    athlete: AthleteView,
    zones: Intensity,
    *,
    saved: bool = False,
    wrong: InvalidInputError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    del athlete  # the shell knows who is signed in
    shown = formats(request)
    said = zones.said
    return render(
        request,
        "activities/zones.html",
        status_code=wrong.http_status if wrong else 200,
        zones=zones,
        heart_rows=rows_of_heart_rate(zones.heart_rate),
        pace_rows=rows_of_pace(zones.speed, "running", shown) if zones.speed else [],
        pace_unit=f"/{shown.long_unit}",
        anchor_pace=pace_text(zones.speed.anchor_value, shown) if zones.speed else "",
        typed=typed
        or {
            "max_heart_rate": _whole(said.max_heart_rate_bpm),
            "threshold_heart_rate": _whole(said.threshold_heart_rate_bpm),
            "threshold_pace": ""
            if said.threshold_pace_s_per_km is None
            else pace_text(said.threshold_pace_s_per_km, shown),
        },
        saved=saved,
        wrong=wrong,
    )


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise InvalidInputError(
            _("This is no number."), next_step=_("write it with digits, such as 187")
        ) from None


def _pace(text: str) -> float | None:
    """Seconds of a pace such as ``4:35``; None for nothing."""
    if not text.strip():
        return None
    minutes, colon, seconds = text.strip().partition(":")
    parts = (minutes, seconds if colon else "0")
    if not all(part.isdecimal() and len(part) <= 2 for part in parts):  # noqa: PLR2004  digits of a pace
        raise InvalidInputError(
            _("This is no pace."), next_step=_("write minutes and seconds, such as 4:35")
        )
    return int(parts[0]) * 60.0 + int(parts[1])
