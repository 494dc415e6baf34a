"""FastAPI applications that serve only on their own database, and that say so.

Two lines::

    from strongroom.integrations.fastapi import guarded, health

    app = FastAPI(lifespan=guarded())      # or guarded(my_own_lifespan)
    app.include_router(health)             # GET /health/database

The engine is guarded beside it: ``strongroom.integrations.sqlalchemy.guard(engine)``.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Response, status

from strongroom.config import Configuration
from strongroom.errors import RefusedError, StrongroomError
from strongroom.identity import OpenDatabase
from strongroom.integrations.opening import ProcessDatabase, process_database
from strongroom.integrations.proving import prove_psycopg
from strongroom.postgres.connections import connect

ASKED_AGAIN_AFTER_S = 2.0
"""However often the page is asked for, the database is asked no more often than this."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]


def guarded(
    lifespan: Lifespan | None = None, *, configuration: Configuration | None = None
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]:
    """A lifespan that judges the database in full before the first request is served.

    Args:
        lifespan: the application's own, which runs inside and finds ``app.state.database``.
        configuration: by default the one that is found from here.

    Raises:
        ConfigurationError: there is no configuration, or several could be meant.
    """
    database = process_database(configuration)

    @asynccontextmanager
    async def guarding(app: FastAPI) -> AsyncIterator[Mapping[str, Any] | None]:
        app.state.database = await asyncio.to_thread(database.open)
        async with AsyncExitStack() as own:
            state = await own.enter_async_context(lifespan(app)) if lifespan else None
            yield state

    return guarding


class _Health:
    """What was last found, for as long as it is fresh."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._found: tuple[float, dict[str, object]] | None = None

    def ask(self, database: OpenDatabase | ProcessDatabase) -> dict[str, object]:
        with self._turn:
            now = time.monotonic()
            if self._found is None or now - self._found[0] > ASKED_AGAIN_AFTER_S:
                self._found = (now, _ask(database))
            return self._found[1]


def _ask(opening: OpenDatabase | ProcessDatabase) -> dict[str, object]:
    """Verify a new connection; what strangers may read of the outcome."""
    try:
        database = opening.open() if isinstance(opening, ProcessDatabase) else opening
        with connect(database.conninfo()) as connection:
            prove_psycopg(database, connection)
    except RefusedError as error:
        return {"verdict": str(error.judgement["verdict"])}
    except StrongroomError:
        return {"verdict": "unreachable"}
    return {
        "verdict": str(database.judgement.verdict),
        "environment": database.configuration.environment,
        "warnings": [warning.code for warning in database.judgement.warnings],
    }


health = APIRouter()
_health = _Health()


@health.get("/health/database")
def database_health(response: Response) -> dict[str, object]:
    """Say whether this is still the expected database: 200 on match, else 503.

    Neither addresses nor identities are told: whoever can reach the page may read it.
    """
    found = _health.ask(process_database())
    if found["verdict"] != "match":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return found
