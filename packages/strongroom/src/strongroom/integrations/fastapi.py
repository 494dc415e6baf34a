"""FastAPI applications that serve only on their own database, and that say so.

Two lines::

    from strongroom.integrations.fastapi import guarded, health

    app = FastAPI(lifespan=guarded())      # or guarded(my_own_lifespan)
    app.include_router(health)             # GET /health/database

The engine is guarded beside it: ``strongroom.integrations.sqlalchemy.guard(engine)``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI, Request, Response, status

from strongroom.config import Configuration
from strongroom.errors import RefusedError
from strongroom.identity import OpenDatabase
from strongroom.integrations.opening import process_database
from strongroom.integrations.proving import prove_psycopg
from strongroom.postgres.connections import connect

_LOG = logging.getLogger("strongroom")

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
    """What was last found of each application's database, for as long as it is fresh."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._found: WeakKeyDictionary[FastAPI, tuple[float, dict[str, object]]]
        self._found = WeakKeyDictionary()

    def ask(self, app: FastAPI) -> dict[str, object]:
        with self._turn:
            now = time.monotonic()
            found = self._found.get(app)
            if found is None or now - found[0] > ASKED_AGAIN_AFTER_S:
                found = self._found[app] = (now, _ask(app))
            return found[1]


def _ask(app: FastAPI) -> dict[str, object]:
    """Verify a new connection; what strangers may read of the outcome."""
    try:
        database = getattr(app.state, "database", None)  # as ``guarded`` has opened it
        if not isinstance(database, OpenDatabase):
            database = process_database().open()
        with connect(database.conninfo()) as connection:
            prove_psycopg(database, connection)
    except RefusedError as error:
        return {"verdict": str(error.judgement["verdict"])}
    except Exception as error:  # noqa: BLE001  whatever it is, strangers learn no more
        _LOG.warning("The database could not be asked (%s).", type(error).__name__)
        return {"verdict": "unreachable"}
    return {
        "verdict": str(database.judgement.verdict),
        "environment": database.configuration.environment,
        "warnings": [warning.code for warning in database.judgement.warnings],
    }


health = APIRouter()
_health = _Health()


@health.get("/health/database")
def database_health(request: Request, response: Response) -> dict[str, object]:
    """Say whether this is still the expected database: 200 on match, else 503.

    Neither addresses nor identities are told: whoever can reach the page may read it.
    """
    found = _health.ask(request.app)
    if found["verdict"] != "match":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return found
