"""A position in the log and snapshots that show exactly the same rows.

A physical backup is a moment of the log; counts and digests are those of snapshots. Between
the two lies the commit of a transaction: its record may be in the log while a snapshot does
not show it yet. Three ways exclude that, tried in this order:

*quiet*: the log did not move from before the snapshots until after them, and before them no
transaction that had written anything was open. This needs no rights and disturbs nobody.
*slot*: a logical replication slot waits for a moment that it can tell exactly, and exports it.
It disturbs nobody either, is of one database only, and needs ``wal_level = logical``.
*locks*: for a few milliseconds nobody may write to any table (``SHARE``), in any database.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import errors

from strongroom.backups.manifest import SequenceRecord
from strongroom.backups.physical.rights import remedies, rights_over_tables
from strongroom.backups.physical.sides import Side, held_moment
from strongroom.backups.physical.slot import slot_moment
from strongroom.backups.physical.stillness import Locks, Method, Quiet, Stillness
from strongroom.errors import NoProofPointError
from strongroom.postgres.catalogue import sequences
from strongroom.postgres.connections import database_errors
from strongroom.postgres.snapshots import ExportedSnapshot

QUIET_ATTEMPTS = 5
SLOT_ATTEMPTS = 2
LOCK_ATTEMPTS = 60
PAUSE_S = (0.02, 0.2)

BLOCKERS = """
SELECT DISTINCT coalesce('process ' || l.pid,
                         'the prepared transaction ' || quote_literal(p.gid),
                         'a prepared transaction')
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_locks x
    ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
   AND x.virtualtransaction = l.virtualtransaction
  LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
 WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY(%s::oid[])
   AND l.database = (SELECT oid FROM pg_catalog.pg_database
                      WHERE datname = pg_catalog.current_database())
   AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock',
                  'ExclusiveLock', 'AccessExclusiveLock')
   AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
"""


@dataclass(frozen=True)
class ProofPoint:
    """One moment, as a position in the log and as a snapshot of each database."""

    position: str
    method: Method
    snapshots: tuple[ExportedSnapshot, ...]
    """In the order of the sides."""
    sequences: tuple[tuple[SequenceRecord, ...], ...]
    """Where they stood before the moment: they move outside transactions, and a copy may be
    ahead of what was read, never behind it."""


@contextmanager
def proof_point(sides: Sequence[Side], *, with_slot: bool = False) -> Iterator[ProofPoint]:
    """Find a moment at which snapshots and log agree, and hold the snapshots.

    Args:
        sides: the databases to look at; each one's transaction is open as long as the context.
        with_slot: the server can decode its log.

    Raises:
        NoProofPointError: there is none; the message names who is in the way.
        TablesLockedError: a table is locked even against reading.
    """
    with ExitStack() as held:
        for side in sides:
            held.callback(side.let_go)
        point = _found(Quiet(), sides, QUIET_ATTEMPTS)
        if point is None and with_slot and len(sides) == 1:
            point = _by_slot(sides[0])
        point = point or _found(Locks(), sides, LOCK_ATTEMPTS)
        if point is None:
            raise _in_the_way(sides)
        yield point


def _found(stillness: Stillness, sides: Sequence[Side], attempts: int) -> ProofPoint | None:
    for attempt in range(attempts):
        if attempt:
            time.sleep(random.uniform(*PAUSE_S))  # noqa: S311  not a secret: only out of step
        before = tuple(_sequences(side.watcher) for side in sides)
        try:
            snapshots = _attempted(stillness, sides)
        except errors.LockNotAvailable:
            snapshots = None  # who holds the lock may be done in a moment
        except errors.InsufficientPrivilege:
            _let_go(sides)
            raise _not_allowed(sides) from None
        finally:
            stillness.end()
        if snapshots is not None:
            return ProofPoint(snapshots[-1].lsn, stillness.method, tuple(snapshots), before)
        _let_go(sides)
    return None


def _attempted(stillness: Stillness, sides: Sequence[Side]) -> list[ExportedSnapshot] | None:
    """All tables are held before the first snapshot: what waits, waits before anybody else does."""
    for side in sides:
        side.hold()
    stillness.begin(sides)
    snapshots = held_moment(sides)
    return snapshots if snapshots and stillness.held(sides, snapshots) else None


def _by_slot(side: Side) -> ProofPoint | None:
    for _ in range(SLOT_ATTEMPTS):
        before = _sequences(side.watcher)
        if (snapshot := slot_moment(side)) is not None:
            return ProofPoint(snapshot.lsn, "slot", (snapshot,), (before,))
        _let_go([side])
    return None


def _let_go(sides: Sequence[Side]) -> None:
    for side in sides:
        side.let_go()


def _sequences(watcher: psycopg.Connection) -> tuple[SequenceRecord, ...]:
    with database_errors("reading the sequences"):
        found = sequences(watcher)
        watcher.rollback()
    return tuple(SequenceRecord(one.label, one.last_value, one.is_called) for one in found)


def _in_the_way(sides: Sequence[Side]) -> NoProofPointError:
    found: set[str] = set()
    for side in sides:
        rows = side.watcher.execute(BLOCKERS, [[one.oid for one in side.tables]]).fetchall()
        side.watcher.rollback()
        found.update(str(name) for (name,) in rows)
    who = ", ".join(sorted(found)) or "many short transactions"
    return NoProofPointError(
        "No moment was found at which the backup could be compared with the database: "
        f"{who} kept writing.",
        next_step="wait for that session to end, then strongroom backup",
    )


def _not_allowed(sides: Sequence[Side]) -> NoProofPointError:
    missing = [one for side in sides for one in rights_over_tables(side.watcher)]
    return NoProofPointError(
        "No moment was found at which the backup could be compared with the database: somebody "
        f"always wrote, and {missing[0].what if missing else 'no lock may be taken'}.",
        next_step=remedies(missing) or "strongroom backup --method logical",
    )
