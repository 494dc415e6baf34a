"""The databases of one cluster that a physical backup is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from strongroom.backups.physical.rights import remedies, rights_over_tables
from strongroom.errors import ServerError
from strongroom.postgres.catalogue import Table, user_tables
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.snapshots import (
    ExportedSnapshot,
    export_snapshot,
    hold_tables,
    let_go,
)

LOCK_TIMEOUT_MS = 10_000
QUIET_PLACES = ("postgres",)
"""Databases that are there by themselves, and are left out while nobody has a table in them."""


@dataclass
class Side:
    """One database: a connection that holds its moment, and one that judges it."""

    name: str
    conninfo: ConnectionInfo
    conn: psycopg.Connection
    """Exports the snapshot, whose transaction is open until the digests are made."""
    watcher: psycopg.Connection
    """Free again at once."""
    tables: list[Table]
    """Those that are there, as far as is known."""

    def hold(self) -> None:
        """Keep the tables from being emptied; no snapshot is taken yet."""
        hold_tables(self.conn, self.tables, lock_timeout_ms=LOCK_TIMEOUT_MS)

    def export(self) -> ExportedSnapshot | None:
        """Take the snapshot; none where it shows other tables than are held."""
        snapshot = export_snapshot(self.conn)
        held, self.tables = self.tables, list(snapshot.tables)
        return snapshot if snapshot.is_of(held) else None

    def let_go(self) -> None:
        """End whatever is held."""
        let_go(self.conn)
        if not self.watcher.closed:
            self.watcher.rollback()


@dataclass(frozen=True)
class Sides:
    """All of them, the pinned database first, and why others of the cluster are left out."""

    covered: list[Side]
    left_out: dict[str, str] = field(default_factory=dict)


def opened_sides(
    stack: ExitStack,
    name: str,
    conninfo: ConnectionInfo,
    conn: psycopg.Connection,
    others: Sequence[str],
) -> Sides:
    """Connect to each database of the cluster that this role may read and hold still.

    Args:
        stack: closes the connections.
        name: of the pinned database.
        conninfo: leads to it.
        conn: is open on it already.
        others: of the same cluster.
    """
    watcher = stack.enter_context(connect(conninfo))
    sides = Sides([Side(name, conninfo, conn, watcher, _tables(conn))])
    for other in others:
        opened = stack.enter_context(ExitStack())
        info = {**conninfo, "dbname": other}
        try:
            there = opened.enter_context(connect(info))
            tables = _tables(there)
            if not tables and other in QUIET_PLACES:
                opened.close()
                continue
            if missing := rights_over_tables(there):
                sides.left_out[other] = f"{missing[0].what}: {remedies(missing)}"
                opened.close()
                continue
            watching = opened.enter_context(connect(info))
        except ServerError as error:
            sides.left_out[other] = error.message.rstrip(".")
            opened.close()
            continue
        sides.covered.append(Side(other, info, there, watching, tables))
    return sides


def held_moment(sides: Sequence[Side]) -> list[ExportedSnapshot] | None:
    """Take the snapshots of all sides, one after the other; none where one does not fit."""
    found = [side.export() for side in sides]
    snapshots = [one for one in found if one is not None]
    return snapshots if len(snapshots) == len(found) else None


def _tables(conn: psycopg.Connection) -> list[Table]:
    with database_errors("listing the tables"):
        tables = user_tables(conn)
    conn.rollback()
    return tables
