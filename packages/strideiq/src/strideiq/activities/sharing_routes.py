"""Making and ending links to an activity, and the page that a link shows to anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.activities import privacy, sharing, views
from strideiq.activities.activity_page import SPLITS_SHOWN_MIN, bars, course_data
from strideiq.activities.sharing import Shared
from strideiq.athletes.public import (
    AthleteView,
    CurrentAthlete,
    MaybeAthlete,
    made_once,
    name_of,
    time_zone_of,
)
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.pages import formats, render
from strideiq.platform.security import rate_limit

LASTS = {"7": timedelta(days=7), "30": timedelta(days=30), "365": timedelta(days=365), "": None}
QUARTER_HOUR_S = 15 * 60.0
OPENED_PER_ADDRESS_MAX = 300
"""How often one address may open links in a quarter of an hour: guessing is hopeless anyway."""

ALWAYS_SHOWN = ("time_s", "distance_m", "cadence_spm", "power_w")
WITH_TRACK = ("latitude_deg", "longitude_deg", "altitude_m")
"""A profile of heights tells a place as well as a track does."""

router = APIRouter(include_in_schema=False)


@router.get("/activities/{activity_id}/share")
def links_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, activity_id: UUID
) -> Response:
    """Show the activity's links, with the form that makes one."""
    return _links(request, session, athlete, activity_id)


@router.post("/activities/{activity_id}/share")
@made_once
def share(  # noqa: PLR0913  one parameter per choice of the form
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    lasts: Annotated[str, Form(max_length=4)] = "30",
    *,
    track: Annotated[bool, Form()] = False,
    heart: Annotated[bool, Form()] = False,
    name: Annotated[bool, Form()] = False,
) -> Response:
    """Make a link and show its address, this once."""
    try:
        token = sharing.share(
            session,
            athlete.athlete_id,
            activity_id,
            with_track=track,
            with_heart_rate=heart,
            with_name=name,
            lasts=LASTS.get(lasts, LASTS["30"]),
        )
    except InvalidInputError as error:
        return _links(request, session, athlete, activity_id, wrong=error)
    address = str(request.url_for("shared_activity", token=token))
    return _links(request, session, athlete, activity_id, fresh=address)


@router.post("/shared/links/{link_id}/end")
def end_link(session: DatabaseSession, athlete: CurrentAthlete, link_id: UUID) -> Response:
    """End a link at once."""
    activity_id = sharing.revoke(session, athlete.athlete_id, link_id)
    return RedirectResponse(f"/activities/{activity_id}/share", status_code=303)


@router.get("/shared/{token}", name="shared_activity")
def shared_page(
    request: Request, session: DatabaseSession, athlete: MaybeAthlete, token: str
) -> Response:
    """Show an activity to whoever holds the link, and no more of it than was chosen."""
    del athlete  # only so that the shell knows them
    limit = rate_limit(request, "shared", OPENED_PER_ADDRESS_MAX, QUARTER_HOUR_S)
    limit.attempt(request.client.host if request.client else "unknown")
    shared = sharing.shared_by(session, token)
    response = _shared(request, session, shared)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _shared(request: Request, session: Session, shared: Shared) -> Response:
    activity = views.activity(session, shared.athlete_id, shared.activity_id)
    shown, link = formats(request), shared.link
    streams = privacy.shown_streams(session, shared.athlete_id, shared.activity_id)
    kept = set(ALWAYS_SHOWN)
    kept |= set(WITH_TRACK) if link.with_track else set()
    kept |= {"heart_rate_bpm"} if link.with_heart_rate else set()
    channels = {name: values for name, values in streams.for_others.items() if name in kept}
    laps = views.splits(session, shared.athlete_id, shared.activity_id, "lap")
    splits = views.splits(session, shared.athlete_id, shared.activity_id, shown.split_kind)
    data = course_data(channels, activity.sport, shown, laps)
    return render(
        request,
        "activities/shared.html",
        activity=activity,
        link=link,
        zone=activity.clock_zone or time_zone_of(session, shared.athlete_id),
        data=data,
        has_track=data is not None and '"track":null' not in data,
        runner=name_of(session, shared.athlete_id) if link.with_name else None,
        splits=bars(splits) if len(splits) >= SPLITS_SHOWN_MIN else [],
    )


def _links(
    request: Request,
    session: Session,
    athlete: AthleteView,
    activity_id: UUID,
    *,
    fresh: str | None = None,
    wrong: InvalidInputError | None = None,
) -> Response:
    activity = views.activity(session, athlete.athlete_id, activity_id)
    return render(
        request,
        "activities/share.html",
        status_code=wrong.http_status if wrong else 200,
        activity=activity,
        links=sharing.links(session, athlete.athlete_id, activity_id),
        hides=privacy.privacy_of(session, athlete.athlete_id).hides,
        fresh=fresh,
        wrong=wrong,
    )
