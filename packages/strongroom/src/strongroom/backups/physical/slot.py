"""A moment that the server itself tells exactly: a logical slot and its exported snapshot.

The slot waits until everybody has ended who was writing when it began, and disturbs nobody. It
is of one database, and needs ``wal_level = logical``.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from strongroom.backups.physical.sides import LOCK_TIMEOUT_MS, Side
from strongroom.errors import DatabaseError, ServerError
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.replication import replication, text_of
from strongroom.postgres.snapshots import ExportedSnapshot, adopt_snapshot, export_snapshot

SLOT_WAIT_MS = 3_000
"""How long each of those who are writing is waited for."""

# Emptied between the snapshot and our lock, a table has other files than the snapshot shows.
REPLACED = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
                WHERE c.oid = ANY (%s::oid[]) AND c.relkind = 'r'
                  AND c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid))
"""


def slot_moment(side: Side) -> ExportedSnapshot | None:
    """Hold the moment of a slot; none where somebody goes on writing, or a table was replaced.

    The slot is gone when this returns. The snapshot's position is the one that recovery has to
    stop before.

    Raises:
        TablesLockedError: a table is locked even against reading.
    """
    patience = f"{side.conninfo.get('options', '')} -c lock_timeout={SLOT_WAIT_MS}".strip()
    with (
        suppress(ServerError, DatabaseError),
        replication({**side.conninfo, "options": patience}, database=True) as stream,
    ):
        name, position = stream.export_snapshot()
        adopt_snapshot(side.conn, name, tables=side.tables, lock_timeout_ms=LOCK_TIMEOUT_MS)
        return _checked(side, text_of(position))
    return None


def _checked(side: Side, position: str) -> ExportedSnapshot | None:
    snapshot = replace(export_snapshot(side.conn), lsn=position)
    locked = side.tables
    fits = snapshot.is_of(locked)
    oids = [one.oid for one in snapshot.tables]
    fits = fits and not side.conn.execute(REPLACED, [oids]).fetchall()[0][0]
    if not fits:
        side.tables = user_tables(side.watcher)
        side.watcher.rollback()
    return snapshot if fits else None
