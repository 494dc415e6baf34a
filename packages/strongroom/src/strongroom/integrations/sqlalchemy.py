"""SQLAlchemy engines whose every connection is verified before the application gets it.

An engine of one's own, by psycopg or asyncpg, blocking or not, takes one line:

guard(engine)

An application whose connections strongroom should make, too (of a supervised server, for each
role by its own password):

with strongroom.open_database(strongroom.find_configuration()) as database:
    engine = guarded_engine(database)
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from strongroom.identity import OpenDatabase, verify_engine
from strongroom.integrations.opening import ProcessDatabase, process_database
from strongroom.integrations.proving import prove_asyncpg, prove_dbapi, prove_psycopg_async
from strongroom.migrations.steering import is_steered

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_VERIFIED = "strongroom: verified a moment ago"

AnyEngine = TypeVar("AnyEngine", "Engine", "AsyncEngine")


def guarded_engine(
    database: OpenDatabase,
    role: Literal["application", "migrator", "backup"] = "application",
    **options: Any,  # noqa: ANN401  whatever create_engine takes
) -> Engine:
    """Make an engine for one role of the pinned database; ``options`` go to ``create_engine``.

    Each physical connection asks for its address anew, so that it finds a server that has
    been restarted or exchanged, and no password stays in the engine. A supervised server that
    has died is started again.
    """

    def connect() -> psycopg.Connection:
        try:
            return psycopg.connect(**database.conninfo(role))  # type: ignore[arg-type]  # libpq's names
        except psycopg.OperationalError:
            if not database.revive():
                raise
            return psycopg.connect(**database.conninfo(role))  # type: ignore[arg-type]  # the same

    return guard(create_engine("postgresql+psycopg://", creator=connect, **options), database)


def guard(engine: AnyEngine, database: OpenDatabase | ProcessDatabase | None = None) -> AnyEngine:
    """Verify every new physical connection of an engine, reconnects included.

    A connection to anything but the pinned database raises ``RefusedError`` where the
    application asked for it, before any statement of its own. Guard an engine where it is made:
    a connection that is in use at that moment stays as it is, and a ``connect`` listener that is
    inserted before ours afterwards comes before the proof.

    Args:
        engine: blocking or not; by psycopg, psycopg2 or asyncpg.
        database: by default the pinned database of the configuration that is found from here;
            it is judged in full when the engine makes its first connection.

    Raises:
        ConfigurationError: the engine does not lead to PostgreSQL, or there is no configuration.
    """
    blocking = engine if isinstance(engine, Engine) else engine.sync_engine
    verify_engine(blocking.dialect.name, blocking.dialect.driver)
    opening = database or process_database()
    # Connections made before were not verified. (Asynchronous ones cannot be closed from here.)
    blocking.dispose(close=not blocking.dialect.is_async)

    def verify(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        if is_steered():  # ``strongroom migrate`` leads it to its copy, and verifies that itself
            return
        try:
            prove(connection, opening, is_async=blocking.dialect.is_async)
        except BaseException:
            with suppress(Exception):  # what happened before is told
                connection.close()
            raise

    # First of all listeners, also of those that are told of the first connection alone, before
    # the others: the dialect's own would ask the unknown server questions.
    @event.listens_for(blocking, "first_connect", insert=True)
    def verify_first(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        verify(connection, entry)
        entry.info[_VERIFIED] = True

    @event.listens_for(blocking, "connect", insert=True)
    def verify_each(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if not entry.info.pop(_VERIFIED, False):
            verify(connection, entry)

    return engine


def prove(
    connection: DBAPIConnection, opening: OpenDatabase | ProcessDatabase, *, is_async: bool
) -> None:
    """Verify a connection as SQLAlchemy's pool has it.

    Raises:
        RefusedError: it leads to another database and must not be used.
    """
    if is_async:
        _prove_async(cast("AdaptedConnection", connection), opening)
    else:
        prove_dbapi(_opened(opening), connection)


def _opened(opening: OpenDatabase | ProcessDatabase) -> OpenDatabase:
    return opening.open() if isinstance(opening, ProcessDatabase) else opening


def _prove_async(adapted: AdaptedConnection, opening: OpenDatabase | ProcessDatabase) -> None:
    async def verify(driven: Any) -> None:  # noqa: ANN401  a connection of either driver
        database = opening
        if isinstance(database, ProcessDatabase):  # judging in full blocks
            database = await asyncio.to_thread(database.open)
        if isinstance(driven, psycopg.AsyncConnection):
            await prove_psycopg_async(database, driven)
        else:
            await prove_asyncpg(database, driven)

    adapted.run_async(verify)
