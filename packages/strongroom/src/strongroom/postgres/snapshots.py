"""One moment of a database, shared by several sessions.

The locks come first, the snapshot after. TRUNCATE does not obey snapshots: were a table
truncated after the snapshot and before its lock, dump and digest would both find it empty and
agree with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel, errors, sql

from strongroom.errors import DatabaseError, TablesLockedError
from strongroom.postgres.catalogue import Table, user_tables

ATTEMPTS = 10
LOCKABLE = frozenset("rp")
LOCKED_AT_ONCE = 500

# The first statement of the transaction that takes a snapshot.
EXPORT = """
SELECT pg_catalog.pg_export_snapshot(),
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_insert_lsn() END::text
"""


@dataclass(frozen=True)
class ExportedSnapshot:
    """A moment that other sessions can adopt while its owner's transaction is open."""

    id: str
    lsn: str
    tables: tuple[Table, ...]
    """The tables of this very moment; all that can be locked are."""

    def is_of(self, locked: Sequence[Table]) -> bool:
        """Whether the moment shows just the tables that were locked before it."""
        return _lockable(self.tables) == _lockable(locked)


@contextmanager
def held_snapshot(
    conn: psycopg.Connection,
    tables: Sequence[Table],
    *,
    lock_timeout_ms: int,
    before_export: Callable[[Sequence[Table]], None] = lambda _: None,
) -> Iterator[ExportedSnapshot]:
    """Lock ``tables`` against everything that snapshots do not cover, then export a snapshot.

    If the snapshot shows other tables than those locked, it begins again with those.
    ``before_export`` is told of the tables when they are locked and no snapshot has been taken
    yet. The connection must not be in autocommit or in a transaction; its transaction ends with the
    context.

    Raises:
        TablesLockedError: a lock was not free in time.
        DatabaseError: the tables kept changing.
    """
    wanted = list(tables)
    try:
        for _ in range(ATTEMPTS):
            hold_tables(conn, wanted, lock_timeout_ms=lock_timeout_ms)
            before_export(wanted)
            snapshot = export_snapshot(conn)
            if snapshot.is_of(wanted):
                yield snapshot
                return
            conn.rollback()
            wanted = list(snapshot.tables)
    finally:
        let_go(conn)
    raise DatabaseError(
        f"The database's tables changed during {ATTEMPTS} attempts to hold them still.",
        next_step="wait until migrations are finished, then run the same command again",
    )


def hold_tables(conn: psycopg.Connection, tables: Sequence[Table], *, lock_timeout_ms: int) -> None:
    """Begin a transaction that keeps ``tables`` from being emptied, and takes no snapshot yet.

    Raises:
        TablesLockedError: a lock was not free in time.
    """
    conn.isolation_level, conn.read_only = IsolationLevel.REPEATABLE_READ, True
    _lock(conn, tables, lock_timeout_ms)


def export_snapshot(conn: psycopg.Connection) -> ExportedSnapshot:
    """Export the snapshot of a transaction that holds its tables; whether all, it does not ask."""
    identifier, lsn = conn.execute(EXPORT).fetchall()[0]
    return ExportedSnapshot(identifier, lsn, tuple(user_tables(conn)))


def let_go(conn: psycopg.Connection) -> None:
    """End the transaction that held tables and snapshot."""
    if not conn.closed:
        conn.rollback()
        conn.isolation_level = conn.read_only = None


def adopt_snapshot(
    conn: psycopg.Connection,
    snapshot_id: str,
    *,
    tables: Sequence[Table] = (),
    lock_timeout_ms: int = 10_000,
) -> None:
    """Open a transaction on ``conn`` that sees exactly the exported moment.

    It locks ``tables`` at once, and never waits longer than ``lock_timeout_ms`` for any: a
    TRUNCATE that waits for the holder's lock makes every later reader wait behind itself, so
    that holder and reader would wait for each other without PostgreSQL noticing.

    Raises:
        TablesLockedError: a lock was not free in time; the holder has to begin again.
    """
    conn.isolation_level, conn.read_only = IsolationLevel.REPEATABLE_READ, True
    _lock(conn, tables, lock_timeout_ms)
    conn.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot_id)))


def _lockable(tables: Sequence[Table]) -> set[Table]:
    return {table for table in tables if table.kind in LOCKABLE}


def _lock(conn: psycopg.Connection, tables: Sequence[Table], lock_timeout_ms: int) -> None:
    """Take the locks by statements that take no snapshot themselves."""
    conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(lock_timeout_ms)))
    names = [sql.Identifier(table.schema, table.name) for table in _lockable(tables)]
    try:
        for first in range(0, len(names), LOCKED_AT_ONCE):
            batch = names[first : first + LOCKED_AT_ONCE]
            listed = sql.SQL(", ").join(sql.SQL("ONLY {}").format(name) for name in batch)
            conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(listed))
    except errors.LockNotAvailable as error:
        raise TablesLockedError(
            f"A table stayed locked by another session for more than {lock_timeout_ms} ms.",
            next_step="wait until that session (a migration?) is finished, then try again",
        ) from error
