"""Turning the weather of one's runs on; the page of connections turns it off."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete
from strideiq.connections import service
from strideiq.connections.errors import NotSetUpError
from strideiq.connections.registry import utc_now
from strideiq.connections.weather.service import NAME, configured
from strideiq.imports.public import wake_worker
from strideiq.platform.database import DatabaseSession
from strideiq.platform.language import gettext as _

router = APIRouter(prefix="/connections/weather", include_in_schema=False)


@router.post("/connect")
def connect(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Have the weather of this athlete's runs asked for from now on, past ones too.

    Raises:
        NotSetUpError: the operator has chosen no source.
    """
    runtime = request.app.state.runtime
    if not configured(runtime.settings):
        raise NotSetUpError(
            _("This server asks nobody about the weather."),
            next_step=_("ask whoever runs it to set STRIDEIQ_WEATHER"),
        )
    service.connect(session, athlete.athlete_id, NAME, runtime.keys, {}, now=utc_now())
    wake_worker(request)
    return RedirectResponse("/connections?told=weather", status_code=303)
