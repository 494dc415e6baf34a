"""The epoch chain of a running process: append inside the database, then tell the state.

The order matters: the mark is committed first and only then becomes what the state expects. A
kill between the two leaves the state one mark behind, which the database still contains.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from strongroom.identity import schema
from strongroom.identity.state import Mark, State
from strongroom.identity.state_store import StateStore
from strongroom.postgres.connections import database_errors

# The mark must outlive the server that takes it: also where standbys are synchronous.
_DURABLE = """
SELECT set_config('synchronous_commit',
    CASE WHEN current_setting('synchronous_standby_names') = '' THEN 'on' ELSE 'remote_apply' END,
    true)
"""
# Moves with every transaction that writes, and not with the server's own housekeeping.
_NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


class Chain:
    """Appends epochs of one incarnation for one process."""

    def __init__(self, store: StateStore, incarnation: str, last: Mark | None) -> None:
        self._store = store
        self._quiet_at: str | None = None
        self.incarnation = incarnation
        self.last = last
        """The newest mark that this process knows to be in the database."""

    def append(self, connection: psycopg.Connection) -> None:
        """Append one epoch, unless another process is doing it at this moment.

        The connection must have been verified: to append is to write.
        """
        with database_errors("appending an epoch"):
            with connection.transaction():
                connection.execute(_DURABLE)
                mark = schema.append(connection)
            self._quiet_at = _next_transaction(connection)
        if mark is not None:
            self.last = mark
            self._store.advance(self._with(mark), required=False)

    def append_if_moved(self, connection: psycopg.Connection) -> None:
        """Append one epoch if anything was written since the last one of this process."""
        with database_errors("looking for new transactions"):
            moved = _next_transaction(connection) != self._quiet_at
            connection.rollback()
        if moved:
            self.append(connection)

    def _with(self, mark: Mark) -> Callable[[State], State]:
        def change(state: State) -> State:
            life = state.incarnation(self.incarnation)
            return state.with_incarnation(life.seen(mark)) if life else state

        return change


def _next_transaction(connection: psycopg.Connection) -> str:
    row = connection.execute(_NEXT_TRANSACTION).fetchone()
    return str(row[0]) if row else ""
