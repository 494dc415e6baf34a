"""The address at which agents reach the coach's tools by streamable HTTP."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send

from strideiq.athletes.public import AthleteView, recognised, token_athlete
from strideiq.coach.mcp.desk import SCOPE, Desk, Sessions
from strideiq.coach.mcp.errors import require_protocol
from strideiq.platform.api import api_router
from strideiq.platform.security import MCP_PATH

router: APIRouter = api_router()

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

Agent = Annotated[AthleteView, token_athlete(SCOPE)]


@router.post(MCP_PATH, name="mcp", summary="The coach's tools, over the Model Context Protocol")
async def mcp(request: Request, athlete: Agent) -> Response:
    """Answer one message of an agent.

    Each request stands by itself and sends its token. What tools gave is remembered by token for
    half an hour, so that ``check_answer`` can judge by it.
    """
    require_protocol()
    token = request.headers["Authorization"].partition(" ")[2].strip()
    state = request.app.state
    if not hasattr(state, "mcp_sessions"):
        state.mcp_sessions = Sessions()
    name = f"{athlete.athlete_id} {sha256(token.encode()).hexdigest()}"

    def recognise(session: Session) -> AthleteView:
        return recognised(session, token, SCOPE)

    return _Spoken(Desk(state.runtime.sessions, recognise, state.mcp_sessions.of(name)))


class _Spoken(Response):
    """An answer that the protocol's library writes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the library; nothing of it is kept for the next one."""
        manager = await run_in_threadpool(_manager_of, self._desk)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _manager_of(desk: Desk) -> StreamableHTTPSessionManager:
    """The library costs seconds the first time, which neither start nor event loop should pay."""
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415

    from strideiq.coach.mcp.protocol import server_of  # noqa: PLC0415

    return StreamableHTTPSessionManager(server_of(desk), stateless=True, json_response=True)
