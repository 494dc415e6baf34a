"""The way to Garmin and back, and the address at which it tells what is new."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
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
from strideiq.connections.errors import ServiceTroubleError
from strideiq.connections.garmin import notifications
from strideiq.connections.garmin.client import Garmin, KeyRefusedError
from strideiq.connections.garmin.service import SERVICE
from strideiq.connections.registry import Context
from strideiq.connections.routes import PAGE, context_of
from strideiq.imports.public import wake_worker
from strideiq.platform.language import marked

NOTIFICATION_MAX_BYTES = 32 * 2**20
"""Garmin wants at least 10 MB to be taken."""


def _address(context: Context, leaving: Leaving) -> str:
    garmin = Garmin(context.settings)
    return garmin.confirm_address(leaving.state, leaving.verifier, leaving.callback)


def _exchange(context: Context, brought: Brought) -> Granted | Told:
    """Exchange the code, and ask who that is and what is allowed."""
    garmin = Garmin(context.settings, context.clock)
    try:
        keys = garmin.exchange(brought.code, brought.verifier, brought.callback)
        account = garmin.account(keys.access)
        allowed = garmin.permissions(keys.access)
    except KeyRefusedError as error:
        raise ServiceTroubleError from error
    if notifications.ACTIVITY_EXPORT not in allowed:
        return "partly"
    return Granted(keys.secrets(), keys.expire_at, account, allowed)


router = APIRouter(include_in_schema=False)
router.include_router(
    router_of(
        Protocol(
            service=SERVICE,
            back_path=f"{PAGE}/garmin/callback",
            not_set_up=marked("This server is not registered with Garmin."),
            address=_address,
            exchange=_exchange,
            one_athlete_each=True,
        )
    )
)


@router.post(notifications.PATH)
async def notification(request: Request, token: str) -> Response:
    """Take a notification: answered at once, and what it tells of is done later."""
    context = context_of(request)
    if not notifications.is_word(context.keys, context.settings.garmin_client_id, token):
        raise nothing_here()
    document = await body_of(request, NOTIFICATION_MAX_BYTES)
    heard = await run_in_threadpool(notifications.hear, context, document)
    if heard.taken:
        wake_worker(request)
    return JSONResponse({})
