"""A position in the log and a snapshot that show exactly the same rows.

A physical backup is a moment of the log; counts and digests are those of a snapshot. Between
the two lies the commit of a transaction: its record may be in the log while the snapshot does
not show it yet. Three ways exclude that, tried in this order:

*quiet*: the log did not move from before the snapshot until after it, and before it no
transaction that had written anything was open. This needs no rights and disturbs nobody.
*locks*: for a few milliseconds nobody may write to any table (``SHARE``).
*slot*: a logical replication slot waits for a moment that it can tell exactly, and exports it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

import psycopg
from psycopg import errors, sql

from strongroom.backups.manifest import SequenceRecord
from strongroom.errors import DatabaseError
from strongroom.postgres.catalogue import Table, sequences, user_tables
from strongroom.postgres.connections import database_errors
from strongroom.postgres.snapshots import ExportedSnapshot, held_snapshot

Method = Literal["quiet", "locks", "slot"]

QUIET_ATTEMPTS = 5
LOCK_ATTEMPTS = 60
LOCK_TIMEOUT_MS = 200
PAUSE_S = (0.02, 0.2)
LOCKED_AT_ONCE = 500

# Whoever has written holds a lock on its own transaction until all can see how it ended. One
# that is prepared (no process) stays open on both sides alike.
QUIETNESS = """
SELECT pg_catalog.pg_current_wal_insert_lsn()::text,
       EXISTS (SELECT FROM pg_catalog.pg_locks
                WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
                  AND pid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid())
"""
BLOCKERS = """
SELECT DISTINCT coalesce('process ' || l.pid, 'a prepared transaction')
  FROM pg_catalog.pg_locks l
 WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY(%s::oid[])
   AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock',
                  'ExclusiveLock', 'AccessExclusiveLock')
   AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
"""


@dataclass(frozen=True)
class ProofPoint:
    """One moment, as a snapshot and as a position in the log."""

    snapshot: ExportedSnapshot
    position: str
    method: Method
    sequences: tuple[SequenceRecord, ...]
    """Where they stood before it: they move outside transactions."""


class NoProofPointError(DatabaseError):
    """No moment could be found at which snapshot and log were sure to agree."""


class _Stillness(Protocol):
    """A way to make sure that nothing is committed between two moments."""

    method: Method

    def begin(self, tables: Sequence[Table]) -> None:
        """Called before the snapshot is taken."""

    def held(self, snapshot: ExportedSnapshot) -> bool:
        """Whether nothing was committed until after the snapshot; called at once after it."""

    def end(self) -> None:
        """Let everybody go on."""


class _Quiet:
    """Nothing happened, as it turned out."""

    method: Method = "quiet"

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self._position, self._writing = "", True

    def begin(self, _tables: Sequence[Table]) -> None:
        position, writing = self._conn.execute(QUIETNESS).fetchall()[0]
        self._position, self._writing = position, writing
        self._conn.rollback()

    def held(self, snapshot: ExportedSnapshot) -> bool:
        return not self._writing and snapshot.lsn == self._position

    def end(self) -> None:
        """Nobody was held up."""


class _Locks:
    """Nothing could happen."""

    method: Method = "locks"

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn

    def begin(self, tables: Sequence[Table]) -> None:
        timeout = sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT_MS))
        self._conn.execute(timeout)
        names = [
            sql.SQL("ONLY {}").format(sql.Identifier(one.schema, one.name))
            for one in tables
            if one.kind in {"r", "p"}
        ]
        for first in range(0, len(names), LOCKED_AT_ONCE):
            batch = sql.SQL(", ").join(names[first : first + LOCKED_AT_ONCE])
            self._conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(batch))

    def held(self, snapshot: ExportedSnapshot) -> bool:
        """A table that was made since the locks were taken would not be among them."""
        return tuple(user_tables(self._conn)) == snapshot.tables

    def end(self) -> None:
        self._conn.rollback()


@contextmanager
def proof_point(
    conn: psycopg.Connection, watcher: psycopg.Connection, tables: Sequence[Table]
) -> Iterator[ProofPoint]:
    """Find a moment at which snapshot and log agree, and hold its snapshot.

    Args:
        conn: exports the snapshot, whose transaction is open for as long as the context.
        watcher: another connection to the same database, free again at once.
        tables: those that are there, as far as is known.

    Raises:
        NoProofPointError: there is none; the message names who is in the way.
        TablesLockedError: a table is locked even against reading.
    """
    with ExitStack() as held:
        point = _found(_Quiet(watcher), conn, watcher, tables, held, QUIET_ATTEMPTS)
        point = point or _found(_Locks(watcher), conn, watcher, tables, held, LOCK_ATTEMPTS)
        if point is None:
            raise _in_the_way(watcher, tables)
        yield point


def _found(
    stillness: _Stillness,
    conn: psycopg.Connection,
    watcher: psycopg.Connection,
    tables: Sequence[Table],
    held: ExitStack,
    attempts: int,
) -> ProofPoint | None:
    for attempt in range(attempts):
        if attempt:
            time.sleep(random.uniform(*PAUSE_S))  # noqa: S311  not a secret: only out of step
        with ExitStack() as trying:
            trying.callback(stillness.end)
            before = _sequences(watcher)
            try:
                snapshot = trying.enter_context(
                    held_snapshot(
                        conn, tables, lock_timeout_ms=10_000, before_export=stillness.begin
                    )
                )
            except errors.LockNotAvailable:
                continue  # who holds the lock may be done in a moment
            except errors.InsufficientPrivilege:
                return None
            if stillness.held(snapshot):
                stillness.end()
                kept = trying.pop_all()
                held.push(kept.__exit__)
                return ProofPoint(snapshot, snapshot.lsn, stillness.method, before)
    return None


def _sequences(watcher: psycopg.Connection) -> tuple[SequenceRecord, ...]:
    with database_errors("reading the sequences"):
        found = sequences(watcher)
        watcher.rollback()
    return tuple(SequenceRecord(one.label, one.last_value, one.is_called) for one in found)


def _in_the_way(watcher: psycopg.Connection, tables: Sequence[Table]) -> NoProofPointError:
    rows = watcher.execute(BLOCKERS, [[one.oid for one in tables]]).fetchall()
    watcher.rollback()
    who = ", ".join(sorted(str(name) for (name,) in rows)) or "many short transactions"
    return NoProofPointError(
        "No moment was found at which the backup could be compared with the database: "
        f"{who} kept writing.",
        next_step="wait for that session to end, then strongroom backup",
    )
