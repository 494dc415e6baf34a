"""The way to Garmin and back, and the address at which it tells what is new."""

from __future__ import annotations

import hmac
import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.connections import service
from strideiq.connections.errors import (
    AccessRevokedError,
    AlreadyConnectedError,
    NotSetUpError,
    ServiceTroubleError,
)
from strideiq.connections.garmin import notifications
from strideiq.connections.garmin.access import NAME
from strideiq.connections.garmin.client import Garmin, KeyRefusedError
from strideiq.connections.garmin.service import SERVICE
from strideiq.connections.registry import Context
from strideiq.connections.routes import PAGE, context_of
from strideiq.imports.public import wake_worker
from strideiq.platform.errors import ForgedRequestError, InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token, set_signed_cookie, signed_cookie

CONNECT = SERVICE.connect_path
BACK = f"{PAGE}/garmin/callback"
STATE = "garmin_state"
NOTIFICATION_MAX_BYTES = 32 * 2**20
"""Garmin wants at least 10 MB to be taken."""

router = APIRouter(include_in_schema=False)


@router.get(CONNECT)
def connect(request: Request, athlete: CurrentAthlete) -> Response:
    """Lead to Garmin's page, with a state and a verifier that only this browser knows.

    Raises:
        NotSetUpError: this server is not registered with Garmin.
    """
    context = context_of(request)
    if not SERVICE.configured(context.settings):
        raise NotSetUpError(
            _("This server is not registered with Garmin."),
            next_step=_("whoever runs it finds the steps in the documentation"),
        )
    state, verifier = new_token(), new_token()
    address = Garmin(context.settings).confirm_address(state, verifier, _callback(context))
    answer = RedirectResponse(address, status_code=303)
    set_signed_cookie(request, answer, STATE, f"{athlete.athlete_id} {state} {verifier}")
    return answer


@router.get(BACK)
async def back(
    request: Request,
    athlete: CurrentAthlete,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=500)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take what Garmin's page answered: a code for keys, or that the athlete does not want."""
    known, _blank, verifier = (signed_cookie(request, STATE) or "").rpartition(" ")
    expected = f"{athlete.athlete_id} {state}"
    if not state or not hmac.compare_digest(known.encode(), expected.encode()):
        raise ForgedRequestError(
            _("This does not come from the page that you left here for, so nothing was connected."),
            next_step=_("open the page of connections and begin again"),
        )
    told = "denied"
    if code and not error:
        told = await run_in_threadpool(_connected, context_of(request), athlete, code, verifier)
        wake_worker(request)
    answer = RedirectResponse(f"{PAGE}?told={told}", status_code=303)
    set_signed_cookie(request, answer, STATE, "used")
    return answer


@router.post(notifications.PATH)
async def notification(request: Request, token: str) -> Response:
    """Take a notification: answered at once, and what it tells of is done later."""
    context = context_of(request)
    if not notifications.is_word(context.keys, context.settings.garmin_client_id, token):
        raise NotFoundError(_("There is nothing here."), next_step=_("open your own pages"))
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > NOTIFICATION_MAX_BYTES:
            raise InvalidInputError(_("This is too large."), next_step=_("send less"))
    try:
        document = json.loads(bytes(body))
    except (ValueError, RecursionError):
        document = None
    heard = await run_in_threadpool(notifications.hear, context, document)
    if heard.taken:
        wake_worker(request)
    return JSONResponse({})


def _connected(context: Context, athlete: AthleteView, code: str, verifier: str) -> str:
    """Exchange the code, ask who that is and what is allowed, and keep the keys; what to tell."""
    garmin = Garmin(context.settings, context.clock)
    try:
        keys = garmin.exchange(code, verifier, _callback(context))
        account = garmin.account(keys.access)
        allowed = garmin.permissions(keys.access)
    except AccessRevokedError:
        return "denied"
    except KeyRefusedError as error:
        raise ServiceTroubleError from error
    if notifications.ACTIVITY_EXPORT not in allowed:
        return "partly"
    with context.sessions.begin() as session:
        others = service.athletes_of(session, NAME, account)
        if others - {athlete.athlete_id}:
            raise AlreadyConnectedError
        service.connect(
            session,
            athlete.athlete_id,
            NAME,
            context.keys,
            keys.secrets(),
            now=context.clock(),
            account=account,
            scopes=allowed,
            expire_at=keys.expire_at,
        )
    return "connected"


def _callback(context: Context) -> str:
    return context.settings.public_address + BACK
