"""How an athlete agrees at a service, for every service that asks by OAuth: there and back.

A service brings its own protocol alone: the address of its page, and what a code is exchanged for.
The state that protects the way back, what the pages tell, and what is kept are the same for all.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete
from strideiq.connections import service
from strideiq.connections.errors import AccessRevokedError, AlreadyConnectedError, NotSetUpError
from strideiq.connections.registry import Context, Service
from strideiq.connections.routes import PAGE, context_of
from strideiq.imports.public import wake_worker
from strideiq.platform.errors import ForgedRequestError, InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token, set_signed_cookie, signed_cookie

Told = Literal["connected", "denied", "partly"]
"""What the page of connections tells afterwards; ``partly``: a box was left unticked."""


@dataclass(frozen=True)
class Leaving:
    """What an athlete is sent away with; only this browser knows ``state`` and ``verifier``."""

    state: str
    verifier: str
    callback: str
    """The whole address that the service leads back to."""


@dataclass(frozen=True)
class Brought:
    """What came back: the code, what was ticked where the service says so, and our verifier."""

    code: str
    scopes: tuple[str, ...]
    verifier: str
    callback: str


@dataclass(frozen=True)
class Granted:
    """What the service gave for a code; ``secrets`` are kept encrypted, ``expire_at`` is UTC."""

    secrets: Mapping[str, str]
    expire_at: datetime
    account: str | None
    """The service's own id of the athlete."""
    scopes: Sequence[str]


@dataclass(frozen=True)
class Protocol:
    """How one service asks an athlete, and what is its own in it.

    ``address`` gives its page. ``exchange`` takes what came back, and gives what is kept, or what
    is told where the athlete has not agreed to enough. It raises ``AccessRevokedError`` for a code
    that is not good, and other ``ServiceError`` for what went wrong.
    """

    service: Service
    back_path: str
    """Where its page leads back to."""
    not_set_up: str
    """What is told where this server is not registered with it, as a sentence to translate."""
    address: Callable[[Context, Leaving], str]
    exchange: Callable[[Context, Brought], Granted | Told]
    one_athlete_each: bool = False
    """Whether an account there may be connected by one athlete of this server only."""


def router_of(protocol: Protocol) -> APIRouter:
    """The routes by which an athlete leaves for a service and comes back."""
    router = APIRouter(include_in_schema=False)

    @router.get(protocol.service.connect_path)
    def connect(request: Request, athlete: CurrentAthlete) -> Response:
        """Lead to the page of the service."""
        return _left(request, protocol, athlete.athlete_id)

    @router.get(protocol.back_path)
    async def back(
        request: Request,
        athlete: CurrentAthlete,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=500)] = "",
        scope: Annotated[str, Query(max_length=500)] = "",
        error: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Take what its page answered: a code, or that the athlete does not want."""
        verifier = _verifier(request, protocol, athlete.athlete_id, state)
        told: Told = "denied"
        if code and not error:
            scopes = tuple(one for one in scope.replace(" ", ",").split(",") if one)
            brought = Brought(code, scopes, verifier, _callback(request, protocol))
            context = context_of(request)
            told = await run_in_threadpool(
                _connected, context, protocol, athlete.athlete_id, brought
            )
            wake_worker(request)
        answer = RedirectResponse(f"{PAGE}?told={told}", status_code=303)
        set_signed_cookie(request, answer, _cookie(protocol), "used")
        return answer

    return router


async def body_of(request: Request, size_max_bytes: int) -> Any:  # noqa: ANN401  whatever was sent
    """The JSON that a service sends to one of our addresses; None where it is none.

    Raises:
        InvalidInputError: it is larger than anything that the service would send.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > size_max_bytes:
            raise InvalidInputError(_("This is too large."), next_step=_("send less"))
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        return None


def nothing_here() -> NotFoundError:
    """What somebody gets who does not know the word in one of our addresses."""
    return NotFoundError(_("There is nothing here."), next_step=_("open your own pages"))


def _left(request: Request, protocol: Protocol, athlete_id: UUID) -> Response:
    context = context_of(request)
    if not protocol.service.configured(context.settings):
        raise NotSetUpError(
            _(protocol.not_set_up),
            next_step=_("whoever runs it finds the steps in the documentation"),
        )
    leaving = Leaving(new_token(), new_token(), _callback(request, protocol))
    answer = RedirectResponse(protocol.address(context, leaving), status_code=303)
    kept = f"{athlete_id} {leaving.state} {leaving.verifier}"
    set_signed_cookie(request, answer, _cookie(protocol), kept)
    return answer


def _verifier(request: Request, protocol: Protocol, athlete_id: UUID, state: str) -> str:
    """The verifier that this browser left with; the state is good for one way back.

    Raises:
        ForgedRequestError: this browser did not leave with this state.
    """
    known, _blank, verifier = (signed_cookie(request, _cookie(protocol)) or "").rpartition(" ")
    if not state or not hmac.compare_digest(known.encode(), f"{athlete_id} {state}".encode()):
        raise ForgedRequestError(
            _("This does not come from the page that you left here for, so nothing was connected."),
            next_step=_("open the page of connections and begin again"),
        )
    return verifier


def _connected(context: Context, protocol: Protocol, athlete_id: UUID, brought: Brought) -> Told:
    """Exchange the code and keep what it gives; what to tell."""
    try:
        granted = protocol.exchange(context, brought)
    except AccessRevokedError:
        return "denied"
    if not isinstance(granted, Granted):
        return granted
    name = protocol.service.name
    with context.sessions.begin() as session:
        if protocol.one_athlete_each and granted.account is not None:
            others = service.athletes_of(session, name, granted.account)
            if others - {athlete_id}:
                raise AlreadyConnectedError
        service.connect(
            session,
            athlete_id,
            name,
            context.keys,
            granted.secrets,
            now=context.clock(),
            account=granted.account,
            scopes=granted.scopes,
            expire_at=granted.expire_at,
        )
    return "connected"


def _callback(request: Request, protocol: Protocol) -> str:
    public = request.app.state.runtime.settings.public_address
    return (public or str(request.base_url).rstrip("/")) + protocol.back_path


def _cookie(protocol: Protocol) -> str:
    return f"{protocol.service.name}_state"
