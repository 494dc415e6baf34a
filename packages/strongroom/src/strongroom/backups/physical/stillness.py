"""Ways to make sure that nothing is committed between two moments, in any database looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import psycopg
from psycopg import sql

from strongroom.backups.physical.rights import MAY_HOLD_STILL
from strongroom.backups.physical.sides import Side
from strongroom.postgres.catalogue import (
    LARGE_OBJECT_LIST,
    LARGE_OBJECTS,
    Table,
    user_tables,
)
from strongroom.postgres.snapshots import ExportedSnapshot

Method = Literal["quiet", "locks", "slot", "none"]

LOCK_TIMEOUT_MS = 200
LOCKED_AT_ONCE = 500

# Whoever has written holds a lock on its own transaction until all can see how it ended. One
# that is prepared (no process) stays open on both sides alike.
QUIETNESS = """
SELECT pg_catalog.pg_current_wal_insert_lsn()::text,
       EXISTS (SELECT FROM pg_catalog.pg_locks
                WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
                  AND pid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid())
"""
BY_FUNCTION = """
SELECT NOT rolsuper AND MAY_HOLD_STILL
  FROM pg_catalog.pg_roles WHERE rolname = current_user
""".replace("MAY_HOLD_STILL", MAY_HOLD_STILL)


# Whoever deletes a large object, or makes an empty one, lets go of the lock before the end of the
# transaction; so nobody may have one open that has written anything, where there are any.
OBJECTS_IN_FLUX = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AND (
    EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts
             WHERE database = pg_catalog.current_database())
    OR EXISTS (
        SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
           AND a.datname = pg_catalog.current_database() AND l.pid <> pg_catalog.pg_backend_pid()))
"""
# Without any of them, the right to lock their catalogues is not asked for.
LOCKS_OBJECTS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
       OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
"""


class Stillness(Protocol):
    """A way to make sure that nothing is committed between two moments."""

    method: Method

    def begin(self, sides: Sequence[Side]) -> None:
        """Called before the snapshots are taken."""

    def held(self, sides: Sequence[Side], snapshots: Sequence[ExportedSnapshot]) -> bool:
        """Whether nothing was committed until after the last; called at once after it."""

    def end(self) -> None:
        """Let everybody go on."""


class Quiet:
    """Nothing happened, as it turned out."""

    method: Method = "quiet"

    def __init__(self) -> None:
        self._position, self._writing = "", True

    def begin(self, sides: Sequence[Side]) -> None:
        """See where the log stands, and whether anybody has written and not committed yet."""
        conn = sides[0].watcher
        self._position, self._writing = conn.execute(QUIETNESS).fetchall()[0]
        conn.rollback()

    def held(self, _sides: Sequence[Side], snapshots: Sequence[ExportedSnapshot]) -> bool:
        """The log stands where it stood."""
        return not self._writing and {one.lsn for one in snapshots} == {self._position}

    def end(self) -> None:
        """Nobody was held up."""


class Locks:
    """Nothing could happen: nobody may write to any table for a moment."""

    method: Method = "locks"

    def __init__(self) -> None:
        self._held: list[psycopg.Connection] = []
        self._in_flux = False

    def begin(self, sides: Sequence[Side]) -> None:
        """Take the locks of all databases, before the first snapshot."""
        timeout = sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT_MS))
        for side in sides:
            self._held.append(side.watcher)
            side.watcher.execute(timeout)
            tables = [one for one in side.tables if one.kind in {"r", "p"}]
            _lock(side.watcher, [*tables, *_object_catalogues(side.watcher)])
        self._in_flux = any(_answer(side.watcher, OBJECTS_IN_FLUX) for side in sides)

    def held(self, sides: Sequence[Side], snapshots: Sequence[ExportedSnapshot]) -> bool:
        """A table that was made since the locks were taken would not be among them."""
        pairs = zip(sides, snapshots, strict=True)
        same = all(tuple(user_tables(side.watcher)) == one.tables for side, one in pairs)
        return same and not self._in_flux

    def end(self) -> None:
        """Let writers go on."""
        while self._held:
            self._held.pop().rollback()


def _object_catalogues(conn: psycopg.Connection) -> list[Table]:
    """What holds large objects: one their bytes, the other one the list of them."""
    return [LARGE_OBJECTS, LARGE_OBJECT_LIST] if _answer(conn, LOCKS_OBJECTS) else []


def _answer(conn: psycopg.Connection, query: str) -> bool:
    return bool(conn.execute(query.encode()).fetchall()[0][0])


def _lock(conn: psycopg.Connection, tables: Sequence[Table]) -> None:
    if _answer(conn, BY_FUNCTION):
        relations = [one.oid for one in tables]
        conn.execute("SELECT strongroom_backup.hold_still(%s::oid[])", [relations])
        return
    names = [sql.SQL("ONLY {}").format(sql.Identifier(one.schema, one.name)) for one in tables]
    for first in range(0, len(names), LOCKED_AT_ONCE):
        batch = sql.SQL(", ").join(names[first : first + LOCKED_AT_ONCE])
        conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(batch))
