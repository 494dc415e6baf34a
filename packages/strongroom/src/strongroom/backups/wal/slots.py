"""The slot at the server that keeps the log for us until it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg

from strongroom.errors import LogBusyError, LogError
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.replication import Replication, position_of

FOUND = """
SELECT restart_lsn::text, wal_status, active_pid, slot_type
  FROM pg_catalog.pg_replication_slots WHERE slot_name = %s
"""
DROPPED = "SELECT pg_catalog.pg_drop_replication_slot(%s)"
LIMIT = "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size'"


@dataclass(frozen=True)
class Slot:
    """Our slot, ready to stream from."""

    name: str
    keeps_from: int
    """The server keeps its log from here on."""
    before: Literal["kept", "none", "lost"]
    """Whether it was there already; ``lost`` if the server had given it up."""
    limit_bytes: int | None
    """How much log the server keeps for it at most; None if its disk is the limit."""


def slot_name(database_id: str) -> str:
    """What our slot is called at the server of a database."""
    return f"strongroom_{database_id.replace('-', '_')}"


def ready_slot(
    conninfo: ConnectionInfo, stream: Replication, name: str, *, anew: bool = False
) -> Slot:
    """Find our slot; make it where there is none, and anew where the server gave it up.

    Args:
        conninfo: of the server.
        stream: where it is made.
        name: of our slot.
        anew: what it keeps from on is known to be gone.

    Raises:
        LogBusyError: another process is receiving with it.
        LogError: it is not ours.
        DatabaseError: the role may not do that.
    """
    with connect(conninfo, autocommit=True) as connection, database_errors("looking at our slot"):
        found = _found(connection, name)
        before: Literal["kept", "none", "lost"] = "none"
        if found is not None:
            _require_ours(name, found)
            whole = not anew and found[0] is not None and found[1] != "lost"
            before = "kept" if whole else "lost"
        if before == "lost":
            connection.execute(DROPPED, [name])
        if before != "kept":
            stream.create_slot(name)
            found = _found(connection, name)
        limit_mb = int(connection.execute(LIMIT).fetchall()[0][0])
    if found is None or found[0] is None:
        raise LogError(
            f"The server did not keep the slot {name} that was just made.",
            next_step="strongroom wal status",
        )
    limit_bytes = None if limit_mb < 0 else limit_mb * 2**20
    return Slot(name, position_of(str(found[0])), before, limit_bytes)


def _found(connection: psycopg.Connection, name: str) -> tuple[object, ...] | None:
    return connection.execute(FOUND, [name]).fetchone()


def _require_ours(name: str, found: tuple[object, ...]) -> None:
    _, _, process_id, kind = found
    if kind != "physical":
        raise LogError(
            f"The server has a slot {name} that is not one of ours.",
            next_step="find out who made it, and drop it there",
        )
    if process_id is not None:
        raise LogBusyError(
            f"Another process receives this log already (process {process_id} of the server "
            "serves it).",
            next_step="strongroom wal status; one receiver is enough",
        )
