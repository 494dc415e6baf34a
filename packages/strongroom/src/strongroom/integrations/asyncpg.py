"""Connections and pools of asyncpg that are verified before the application gets them.

Instead of ``asyncpg.connect`` and ``asyncpg.create_pool``::

    from strongroom.integrations.asyncpg import connect, create_pool
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from strongroom.identity import OpenDatabase
from strongroom.integrations.opening import process_database
from strongroom.integrations.proving import prove_asyncpg


async def connect(*arguments: Any, **options: Any) -> asyncpg.Connection:  # noqa: ANN401  asyncpg's own
    """Connect as ``asyncpg.connect`` does, to the pinned database only.

    Raises:
        RefusedError: the address leads to another database.
    """
    connection = await asyncpg.connect(*arguments, **options)
    try:
        await verify(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


def create_pool(*arguments: Any, **options: Any) -> asyncpg.Pool:  # noqa: ANN401  asyncpg's own
    """Make a pool as ``asyncpg.create_pool`` does; every connection that it makes is verified."""
    make = options.pop("connect", asyncpg.connect)

    async def connect_verified(*given: Any, **more: Any) -> asyncpg.Connection:  # noqa: ANN401  the same
        connection = await make(*given, **more)
        try:
            await verify(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    return asyncpg.create_pool(*arguments, connect=connect_verified, **options)


async def verify(connection: asyncpg.Connection, database: OpenDatabase | None = None) -> None:
    """Verify one new connection; by default against the configuration found from here.

    Raises:
        RefusedError: it leads to another database and must not be used.
    """
    if database is None:  # judging in full blocks
        database = await asyncio.to_thread(process_database().open)
    await prove_asyncpg(database, connection)
