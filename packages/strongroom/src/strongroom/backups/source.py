"""How a backup reads its database: by which role, with which programs, all or nearly all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from strongroom.backups.dump import WITHOUT_LARGE_OBJECTS
from strongroom.identity.gate import OpenDatabase
from strongroom.postgres.catalogue import Table, user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.large_objects import count_large_objects, may_read_each
from strongroom.server.binaries import Binaries, find_binaries

LIBPQ_MAJOR = 10_000
"""libpq tells version 18.6 as 180006."""


@dataclass(frozen=True)
class Source:
    """A verified connection to the database, and all that others need to read the same."""

    conn: psycopg.Connection
    conninfo: dict[str, str | int]
    binaries: Binaries
    tables: list[Table]
    with_large_objects: bool

    @property
    def dump_arguments(self) -> list[str]:
        """What pg_dump has to be told about this source."""
        return [] if self.with_large_objects else [WITHOUT_LARGE_OBJECTS]


@contextmanager
def opened_source(database: OpenDatabase) -> Iterator[Source]:
    """Connect as the backup role; as administrator where large objects demand it and it can be.

    A role that may read all data may still not read large objects: only their owner may, those
    whom it lets, and superusers.

    Raises:
        RefusedError: the connection does not lead to the pinned database.
    """
    with connect(database.conninfo("backup")) as conn:
        database.verify_connection(conn)
        with database_errors("looking for large objects"):
            needs_more_rights = bool(count_large_objects(conn)) and not may_read_each(conn)
        conn.rollback()
        if not needs_more_rights or database.server is None:
            yield _source(database, conn, with_large_objects=not needs_more_rights)
            return
    with connect(database.administrator()) as conn:
        database.verify_connection(conn)
        yield _source(database, conn, with_large_objects=True)


def _source(
    database: OpenDatabase, conn: psycopg.Connection, *, with_large_objects: bool
) -> Source:
    with database_errors("listing the tables"):
        tables = user_tables(conn)
    conn.rollback()
    return Source(conn, as_connected(conn), programs_of(database, conn), tables, with_large_objects)


def programs_of(database: OpenDatabase, conn: psycopg.Connection) -> Binaries:
    """The programs of the version of the server that ``conn`` leads to.

    Raises:
        BinariesMissingError: they are not on this machine.
    """
    if database.server is not None:
        return database.server.binaries
    return find_binaries(conn.info.server_version // LIBPQ_MAJOR)


def as_connected(conn: psycopg.Connection) -> dict[str, str | int]:
    """How to get to where ``conn`` is, whatever told libpq: address, environment, password file.

    Of several hosts it is the one that was verified.
    """
    info = conn.info
    found: dict[str, str | int] = {name: str(it) for name, it in info.get_parameters().items()}
    found |= {"host": info.host, "port": info.port}
    return {**found, "password": info.password} if info.password else found
