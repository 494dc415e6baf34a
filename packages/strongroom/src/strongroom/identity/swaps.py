"""What other rooms tell the state: new floors after a backup, and the course of a swap.

A swap is announced before anything moves and finished after everything has: in between, both
the old and the new incarnation are known, so that a kill at any moment locks nobody out.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import psycopg

from strongroom.config import Configuration
from strongroom.identity import lives, schema
from strongroom.identity.state import Incarnation, State
from strongroom.identity.state_store import pinned_state_store
from strongroom.postgres.catalogue import STRONGROOM_SCHEMA


def restamp(connection: psycopg.Connection, *, environment: str) -> str:
    """Make a restored database a new incarnation of its own, before anybody may connect.

    Its first epoch is appended with it. The connection's role must be allowed to write schema
    ``strongroom``.

    Returns:
        The id of the new incarnation.
    """
    incarnation = str(uuid.uuid4())
    with connection.transaction():
        schema.stamp(connection, incarnation=incarnation, environment=environment)
    return incarnation


def push_floors(
    configuration: Configuration,
    floors: Mapping[str, int],
    *,
    backup_id: str,
    at: datetime,
    incarnation: str | None = None,
) -> None:
    """Take the exact row counts of a new backup as floors.

    Args:
        configuration: whose database.
        floors: rows by table label; strongroom's own tables are left out.
        backup_id: the backup that they were counted in.
        at: when that was.
        incarnation: of which the backup was taken; the current one by default.

    Raises:
        StateError: the state could not be moved forward.
    """
    counted = _of_users(floors)

    def change(state: State) -> State:
        return lives.with_floors(
            state,
            counted,
            backup_id=backup_id,
            at=at.isoformat(),
            incarnation=incarnation,
            now=datetime.now(UTC),
        )

    pinned_state_store(configuration).advance(change)


def begin_swap(
    configuration: Configuration,
    *,
    incarnation: str,
    system_identifier: int | None = None,
    floors: Mapping[str, int] | None = None,
    backup_id: str | None = None,
) -> None:
    """Announce an incarnation that is about to take the place of the current one.

    A new one (from ``restamp``) comes with its cluster and its row counts; one that is coming
    back (``undo``) is judged by what was known of it, and all that is given beside is ignored.

    Raises:
        StateError: the state could not be moved forward; nothing may move then.
    """
    new = Incarnation(
        id=incarnation,
        status="pending",
        origin=backup_id or "restore",
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        clusters=(system_identifier,) if system_identifier else (),
        floors=_of_users(floors or {}),
        floors_from=backup_id,
    )

    pinned_state_store(configuration).advance(lambda state: lives.announced(state, new))


def finish_swap(configuration: Configuration) -> None:
    """Say that the announced incarnation is in place: it is current, the other one retired."""
    pinned_state_store(configuration).advance(lives.arrived)


def abandon_swap(configuration: Configuration) -> None:
    """Take the announcement back: nothing was moved."""
    pinned_state_store(configuration).advance(lives.withdrawn)


def current_incarnation(configuration: Configuration, system_identifier: int | None) -> str | None:
    """The id of the current incarnation if this cluster may hold it; None for any other cluster."""
    current = pinned_state_store(configuration).load().state.current
    return current.id if system_identifier in current.clusters else None


def _of_users(floors: Mapping[str, int]) -> dict[str, int]:
    own = f"{STRONGROOM_SCHEMA}."
    return {table: rows for table, rows in floors.items() if not table.startswith(own)}
