"""Connections of psycopg that are verified before the application gets them.

Instead of ``psycopg.connect``::

    from strongroom.integrations.psycopg import connect

For a pool of ``psycopg_pool``, ``ConnectionPool(address, configure=verify)``, and
``AsyncConnectionPool(address, configure=verify_async)``.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import psycopg

from strongroom.identity import OpenDatabase
from strongroom.integrations.opening import process_database
from strongroom.integrations.proving import prove_psycopg, prove_psycopg_async


def connect(conninfo: str = "", **options: Any) -> psycopg.Connection[Any]:  # noqa: ANN401  psycopg's own
    """Connect as ``psycopg.connect`` does, to the pinned database only.

    Raises:
        RefusedError: the address leads to another database.
    """
    connection = psycopg.connect(conninfo, **options)
    try:
        verify(connection)
    except BaseException:
        with suppress(Exception):
            connection.close()
        raise
    return connection


async def connect_async(conninfo: str = "", **options: Any) -> psycopg.AsyncConnection[Any]:  # noqa: ANN401  the same
    """Connect as ``psycopg.AsyncConnection.connect`` does, to the pinned database only.

    Raises:
        RefusedError: the address leads to another database.
    """
    connection = await psycopg.AsyncConnection.connect(conninfo, **options)
    try:
        await verify_async(connection)
    except BaseException:
        with suppress(Exception):
            await connection.close()
        raise
    return connection


def verify(connection: psycopg.Connection[Any], database: OpenDatabase | None = None) -> None:
    """Verify one new connection; by default against the configuration found from here.

    Raises:
        RefusedError: it leads to another database and must not be used.
    """
    prove_psycopg(database or process_database().open(), connection)


async def verify_async(
    connection: psycopg.AsyncConnection[Any], database: OpenDatabase | None = None
) -> None:
    """Verify one new asynchronous connection.

    Raises:
        RefusedError: it leads to another database and must not be used.
    """
    if database is None:  # judging in full blocks
        database = await asyncio.to_thread(process_database().open)
    await prove_psycopg_async(database, connection)
