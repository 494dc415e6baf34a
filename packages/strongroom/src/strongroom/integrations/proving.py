"""Have a new connection prove whose database it leads to, driver by driver.

The questions are those of ``strongroom.identity``; here they travel through the very connection
that the application is going to use, in autocommit, and leave it as it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from strongroom.identity import OpenDatabase
from strongroom.identity.verification import Verification

if TYPE_CHECKING:
    import asyncpg

IDLE = TransactionStatus.IDLE
"""The same number in psycopg and psycopg2: it is libpq's."""

Rows = Sequence[Sequence[Any]]


def prove_psycopg(database: OpenDatabase, connection: psycopg.Connection[Any]) -> None:
    """Verify a connection of psycopg.

    Raises:
        RefusedError: it leads somewhere else and must not be used.
    """

    def run(query: str, parameters: Sequence[Any]) -> Rows:
        with connection.cursor(row_factory=tuple_row) as cursor:  # whatever rows its owner likes
            return _texts(cursor.execute(query.encode(), parameters).fetchall())

    with _autocommit(connection):
        _verification(database, connection.info).verify(
            run, paramstyle="pyformat", errors=psycopg.Error
        )


def prove_dbapi(database: OpenDatabase, connection: Any) -> None:  # noqa: ANN401  any of two drivers
    """Verify a connection of psycopg or psycopg2.

    Raises:
        RefusedError: it leads somewhere else and must not be used.
    """
    if isinstance(connection, psycopg.Connection):
        prove_psycopg(database, connection)
        return
    import psycopg2.extensions  # noqa: PLC0415  only where a connection of it exists

    def run(query: str, parameters: Sequence[Any]) -> Rows:
        with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute(query, parameters)
            rows: Rows = cursor.fetchall()
            return rows

    with _autocommit(connection):
        _verification(database, connection.info).verify(
            run, paramstyle="pyformat", errors=psycopg2.Error
        )


async def prove_psycopg_async(
    database: OpenDatabase, connection: psycopg.AsyncConnection[Any]
) -> None:
    """Verify an asynchronous connection of psycopg.

    Raises:
        RefusedError: it leads somewhere else and must not be used.
    """

    async def run(query: str, parameters: Sequence[Any]) -> Rows:
        async with connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            return _texts(await cursor.fetchall())

    async with _autocommit_async(connection):
        await _verification(database, connection.info).verify_async(
            run, paramstyle="pyformat", errors=psycopg.Error
        )


async def prove_asyncpg(database: OpenDatabase, connection: asyncpg.Connection) -> None:
    """Verify a connection of asyncpg.

    Raises:
        RefusedError: it leads somewhere else and must not be used.
    """
    import asyncpg  # noqa: PLC0415  only where a connection of it exists

    async def run(query: str, parameters: Sequence[Any]) -> Rows:
        return [tuple(record) for record in await connection.fetch(query, *parameters)]

    verification = replace(database.verification(), where=_where_asyncpg(connection))
    await verification.verify_async(run, paramstyle="numeric", errors=asyncpg.PostgresError)


def _texts(rows: Rows) -> Rows:
    """Names as text: psycopg gives bytes where the database is in SQL_ASCII."""
    return [
        tuple(one.decode(errors="replace") if isinstance(one, bytes) else one for one in row)
        for row in rows
    ]


def _verification(database: OpenDatabase, info: Any) -> Verification:  # noqa: ANN401  of two drivers
    """What is to be proved, telling of the address that this connection really has."""
    where = f"the database {info.dbname} on {info.host}"
    return replace(database.verification(), where=where)


def _where_asyncpg(connection: asyncpg.Connection) -> str:
    """Only words for a person; asyncpg has no public ones for where a connection leads."""
    address = getattr(connection, "_addr", None)
    name = getattr(getattr(connection, "_params", None), "database", None)
    host = address[0] if isinstance(address, tuple) else address
    return f"the database {name} on {host}" if name and host else "the database that asyncpg found"


@contextmanager
def _autocommit(connection: Any) -> Iterator[None]:  # noqa: ANN401  a connection of either driver
    """Without it a BEGIN and a ROLLBACK would travel too. An open transaction is left open."""
    if connection.info.transaction_status != IDLE:
        yield
        return
    before = connection.autocommit
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = before


@asynccontextmanager
async def _autocommit_async(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[None]:
    if connection.info.transaction_status != IDLE:
        yield
        return
    before = connection.autocommit
    await connection.set_autocommit(True)
    try:
        yield
    finally:
        if not connection.closed:
            await connection.set_autocommit(before)
