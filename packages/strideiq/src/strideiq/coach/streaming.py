"""A turn as its page hears of it: server-sent events with parts of the page, as they happen.

The pieces are read from the database, where each stands before anybody hears of it. So it does
not matter which process answers, and a page that was closed takes up where it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from strideiq.coach.reading import TurnView, turn_of
from strideiq.platform.runtime import Runtime

QUICK_S, QUICK_FOR_S = 0.04, 3.0
"""How often is looked at first, and for how long."""
SLOW_S = 0.25
QUIET_S_MAX = 10.0
"""After so long without an event a comment keeps the connection open."""
LISTEN_S_MAX = 300.0

Render = Callable[[str, TurnView], str]
"""Makes the part of the page of a name: a piece by its number, or the end."""


def event(name: str, text: str, number: int | None = None) -> str:
    """One event as a browser reads it."""
    lines = [] if number is None else [f"id: {number}"]
    lines.append(f"event: {name}")
    lines += [f"data: {line}" for line in text.splitlines() or [""]]
    return "\n".join(lines) + "\n\n"


def parts(turn: TurnView, after: int, render: Render) -> Iterator[str]:
    """The events of a turn that come after a piece, and the end where it has come."""
    for piece in turn.pieces:
        if piece.position > after:
            yield event("piece", render(str(piece.position), turn), piece.position)
    if turn.state != "answering":
        yield event("end", render("end", turn))


async def followed(
    runtime: Runtime, athlete_id: UUID, turn_id: UUID, after: int, render: Render
) -> AsyncIterator[str]:
    """Everything of a turn that comes after a piece, as it comes, until its end."""

    def look(seen: int) -> tuple[list[str], int, bool]:
        with runtime.sessions() as session:
            turn = turn_of(session, athlete_id, turn_id)
            if turn is None:
                return [], seen, True
            found = list(parts(turn, seen, render))
            last = max([seen, *(piece.position for piece in turn.pieces)])
            return found, last, turn.state != "answering"

    began = told = time.monotonic()
    while time.monotonic() - began < LISTEN_S_MAX:
        found, after, over = await run_in_threadpool(look, after)
        now = time.monotonic()
        if not found and now - told > QUIET_S_MAX:
            found = [": still here\n\n"]
        for each in found:
            told = now
            yield each
        if over:
            return
        await asyncio.sleep(QUICK_S if now - began < QUICK_FOR_S else SLOW_S)
