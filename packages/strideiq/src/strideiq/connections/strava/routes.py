"""The way to Strava and back, and the address at which it tells what is new."""

from __future__ import annotations

import hmac
import json
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from strideiq.athletes.public import CurrentAthlete
from strideiq.connections import service
from strideiq.connections.errors import AccessRevokedError, NotSetUpError
from strideiq.connections.registry import Context
from strideiq.connections.routes import PAGE, context_of
from strideiq.connections.strava import webhook
from strideiq.connections.strava.client import NAME, granted, secrets_from
from strideiq.connections.strava.service import SERVICE
from strideiq.imports.public import wake_worker
from strideiq.platform.errors import ForgedRequestError, InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token, set_signed_cookie, signed_cookie

CONNECT = f"{PAGE}/strava/connect"
BACK = f"{PAGE}/strava/back"
SCOPES = ("read", "activity:read_all")
ENOUGH = frozenset({"activity:read", "activity:read_all"})
"""With one of these activities can be seen; with the second, also those for one's own eyes."""
STATE = "strava_state"
EVENT_MAX_BYTES = 16 * 2**10

router = APIRouter(include_in_schema=False)


@router.get(CONNECT)
def connect(request: Request, athlete: CurrentAthlete) -> Response:
    """Lead to Strava's page, with a state that only this browser of this athlete knows."""
    settings = request.app.state.runtime.settings
    if not SERVICE.configured(settings):
        raise NotSetUpError(
            _("This server is not registered with Strava."),
            next_step=_("whoever runs it finds the steps in the documentation"),
        )
    state = new_token()
    asked = {
        "client_id": settings.strava_client_id,
        "redirect_uri": _own_address(request) + BACK,
        "response_type": "code",
        "approval_prompt": "auto",
        "scope": ",".join(SCOPES),
        "state": state,
    }
    answer = RedirectResponse(
        f"{settings.strava_address}/oauth/authorize?{urlencode(asked)}", status_code=303
    )
    set_signed_cookie(request, answer, STATE, f"{athlete.athlete_id} {state}")
    return answer


@router.get(BACK)
async def back(
    request: Request,
    athlete: CurrentAthlete,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=500)] = "",
    scope: Annotated[str, Query(max_length=500)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take what Strava's page answered: a code for tokens, or that the athlete does not want."""
    expected = f"{athlete.athlete_id} {state}"
    known = signed_cookie(request, STATE) or ""
    if not state or not hmac.compare_digest(known.encode(), expected.encode()):
        raise ForgedRequestError(
            _("This does not come from the page that you left here for, so nothing was connected."),
            next_step=_("open the page of connections and begin again"),
        )
    told = "denied" if error or not code else None
    scopes = [one for one in scope.replace(" ", ",").split(",") if one]
    if told is None and not ENOUGH & set(scopes):
        told = "partly"
    if told is None:
        told = await run_in_threadpool(_connected, context_of(request), athlete, code, scopes)
        wake_worker(request)
    answer = RedirectResponse(f"{PAGE}?told={told}", status_code=303)
    set_signed_cookie(request, answer, STATE, "used")
    return answer


@router.get(webhook.PATH)
def validate(
    request: Request,
    token: str,
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=200)] = "",
    verify: Annotated[str, Query(alias="hub.verify_token", max_length=200)] = "",
    mode: Annotated[str, Query(alias="hub.mode", max_length=40)] = "",
) -> Response:
    """Answer Strava's question whether this address is ours."""
    keys = request.app.state.runtime.keys
    _refuse_others(request, token)
    if mode != "subscribe" or not _equal(verify, webhook.verify_token(keys)):
        raise NotFoundError(_("There is nothing here."), next_step=_("open your own pages"))
    return JSONResponse({"hub.challenge": challenge})


@router.post(webhook.PATH)
async def event(request: Request, token: str) -> Response:
    """Take an event: always answered at once, and believed in nothing."""
    _refuse_others(request, token)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > EVENT_MAX_BYTES:
            raise InvalidInputError(_("This is too large."), next_step=_("send less"))
    try:
        found = webhook.read_event(json.loads(bytes(body)))
    except (ValueError, RecursionError):
        found = None
    if found is not None and await run_in_threadpool(_hear, context_of(request), found):
        wake_worker(request)
    return JSONResponse({})


def _connected(context: Context, athlete: CurrentAthlete, code: str, scopes: list[str]) -> str:
    """Exchange the code and store the tokens; what to tell."""
    try:
        grant = granted(context, grant_type="authorization_code", code=code)
    except AccessRevokedError:
        return "denied"
    with context.sessions.begin() as session:
        service.connect(
            session,
            athlete.athlete_id,
            NAME,
            context.keys,
            secrets_from(grant),
            now=context.clock(),
            # The id alone: the athlete's name at Strava may not be kept either.
            account=str(grant.athlete["id"]) if "id" in grant.athlete else None,
            scopes=scopes,
            expire_at=grant.expires_at,
        )
    return "connected"


def _hear(context: Context, found: webhook.Event) -> bool:
    with context.sessions.begin() as session:
        return webhook.heard(session, context, found) > 0


def _refuse_others(request: Request, token: str) -> None:
    if not _equal(token, webhook.address_token(request.app.state.runtime.keys)):
        raise NotFoundError(_("There is nothing here."), next_step=_("open your own pages"))


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _own_address(request: Request) -> str:
    settings = request.app.state.runtime.settings
    return settings.public_address or str(request.base_url).rstrip("/")
