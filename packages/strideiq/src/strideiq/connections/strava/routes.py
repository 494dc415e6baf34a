"""The way to Strava and back, and the address at which it tells what is new."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from strideiq.connections.agreeing import (
    Brought,
    Granted,
    Leaving,
    Protocol,
    Told,
    body_of,
    nothing_here,
    router_of,
)
from strideiq.connections.registry import Context
from strideiq.connections.routes import PAGE, context_of
from strideiq.connections.strava import webhook
from strideiq.connections.strava.client import granted, secrets_from
from strideiq.connections.strava.service import SERVICE
from strideiq.imports.public import wake_worker
from strideiq.platform.language import marked

SCOPES = ("read", "activity:read_all")
ENOUGH = frozenset({"activity:read", "activity:read_all"})
"""With one of these activities can be seen; with the second, also those for one's own eyes."""
EVENT_MAX_BYTES = 16 * 2**10


def _address(context: Context, leaving: Leaving) -> str:
    asked = {
        "client_id": context.settings.strava_client_id,
        "redirect_uri": leaving.callback,
        "response_type": "code",
        "approval_prompt": "auto",
        "scope": ",".join(SCOPES),
        "state": leaving.state,
    }
    return f"{context.settings.strava_address}/oauth/authorize?{urlencode(asked)}"


def _exchange(context: Context, brought: Brought) -> Granted | Told:
    if not ENOUGH & set(brought.scopes):
        return "partly"
    grant = granted(context, grant_type="authorization_code", code=brought.code)
    # The id alone: the athlete's name at Strava may not be kept either.
    account = str(grant.athlete["id"]) if "id" in grant.athlete else None
    return Granted(secrets_from(grant), grant.expires_at, account, brought.scopes)


router = APIRouter(include_in_schema=False)
router.include_router(
    router_of(
        Protocol(
            service=SERVICE,
            back_path=f"{PAGE}/strava/back",
            not_set_up=marked("This server is not registered with Strava."),
            address=_address,
            exchange=_exchange,
        )
    )
)


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
        raise nothing_here()
    return JSONResponse({"hub.challenge": challenge})


@router.post(webhook.PATH)
async def event(request: Request, token: str) -> Response:
    """Take an event: always answered at once, and believed in nothing."""
    _refuse_others(request, token)
    found = webhook.read_event(await body_of(request, EVENT_MAX_BYTES))
    if found is not None and await run_in_threadpool(_hear, context_of(request), found):
        wake_worker(request)
    return JSONResponse({})


def _hear(context: Context, found: webhook.Event) -> bool:
    with context.sessions.begin() as session:
        return webhook.heard(session, context, found) > 0


def _refuse_others(request: Request, token: str) -> None:
    if not _equal(token, webhook.address_token(request.app.state.runtime.keys)):
        raise nothing_here()


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
