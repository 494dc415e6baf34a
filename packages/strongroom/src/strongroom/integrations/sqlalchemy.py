"""SQLAlchemy engines whose every connection is verified before the application gets it.

with strongroom.open_database(strongroom.find_configuration()) as database:
    engine = guarded_engine(database)
"""

from __future__ import annotations

from typing import Any, Literal

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from strongroom.identity import OpenDatabase, verify_engine


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


def guard(engine: Engine, database: OpenDatabase) -> Engine:
    """Verify every new physical connection of an engine, reconnects included.

    A connection to anything but the pinned database raises ``RefusedError`` where the
    application asked for it, before any statement of its own.

    Raises:
        ConfigurationError: the engine does not lead to PostgreSQL by psycopg.
    """
    verify_engine(engine.dialect.name, engine.dialect.driver)

    @event.listens_for(engine, "connect")
    def verify(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
        database.verify_connection(connection)

    return engine
