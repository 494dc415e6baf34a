"""``protect``: the guards for the pinned database, and only for that one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.identity.address import connection_of
from strongroom.identity.files import write_whole
from strongroom.identity.gate import OpenDatabase, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.progress import SILENT, Progress
from strongroom.protection import ownership
from strongroom.protection.inspecting import Weakness, inspect_protection
from strongroom.protection.installing import counted, install, is_installed, note_floors, remove

MARKER_NAME = "protection.json"


@dataclass(frozen=True)
class Protected:
    """What ``protect`` found, and what is left."""

    changed: bool
    """False for a dry run, and where everything was in order already."""
    before: tuple[Weakness, ...]
    after: tuple[Weakness, ...]
    """What could not be done with the administrator's rights."""
    tables: int
    moved: tuple[str, ...] = ()
    """How ownership was moved."""

    def as_dict(self) -> dict[str, Any]:
        """The outcome as shown by ``--json``."""
        return {
            "changed": self.changed,
            "before": [one.as_dict() for one in self.before],
            "after": [one.as_dict() for one in self.after],
            "tables": self.tables,
        }


def protect(
    configuration: Configuration,
    *,
    administrator: ConnectionInfo | None = None,
    dry_run: bool = False,
    move_ownership: bool = False,
    progress: Progress = SILENT,
) -> Protected:
    """Put the guards into the pinned database, or mend them.

    Args:
        configuration: whose database; its ``[protection]`` sets the limits.
        administrator: how to connect with the rights to do it, on a server of others; a
            supervised server has its own.
        dry_run: only say what is missing.
        move_ownership: consent to give what login roles own to the application's owner.
        progress: told of the steps.

    Raises:
        RefusedError: the verdict is not ``match``, or the administrator's connection leads to
            another database.
        DatabaseError: its role may not; nothing was changed.
    """
    with (
        open_database(configuration, progress=progress) as database,
        administered(configuration, administrator, database=database) as connection,
    ):
        works_as = _works_as(configuration)
        before = inspect_protection(connection, configuration, works_as=works_as)
        moved: tuple[str, ...] = ()
        if not dry_run and before:
            install(connection, configuration)
            progress.step("protect.installed")
            if move_ownership:
                moved = ownership.move_ownership(connection, configuration)
            with database_errors("counting the tables"), connection.transaction():
                note_floors(connection, counted(connection))
            _remember(configuration, protected=True)
            ledger_of(configuration).record("protect", mended=[one.name for one in before][:50])
        after = (
            before if dry_run else inspect_protection(connection, configuration, works_as=works_as)
        )
        return Protected(
            changed=bool(before) and not dry_run,
            before=before,
            after=after,
            tables=_tables(connection),
            moved=moved,
        )


def unprotect(
    configuration: Configuration,
    *,
    confirmed_by: str,
    administrator: ConnectionInfo | None = None,
    progress: Progress = SILENT,
) -> None:
    """Take the guards out; ``confirmed_by`` names the person or token, for the ledger.

    Raises:
        RefusedError: the verdict is not ``match``.
        DatabaseError: the role may not; nothing was changed.
    """
    with administered(configuration, administrator, progress=progress) as connection:
        remove(connection)
        _remember(configuration, protected=False)
        ledger_of(configuration).record("unprotect", confirmed_by=confirmed_by)


def is_protected(configuration: Configuration) -> bool:
    """Whether this database was protected, and nobody has taken that back.

    Known outside the database, so that one that takes its place is protected as well.
    """
    return bool(_remembered(configuration))


def should_be_protected(target: Configuration, *, source: Configuration) -> bool:
    """Whether a copy of the source is to be protected in the target's place.

    What was decided for the target holds; where nothing was, it is protected as its source is.
    """
    decided = _remembered(target)
    return is_protected(source) if decided is None else decided


def _remembered(configuration: Configuration) -> bool | None:
    try:
        document = json.loads((configuration.state_cache / MARKER_NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return bool(document.get("protected"))


def remember_protected(configuration: Configuration) -> None:
    """Note that a database which takes this one's place has its guards already."""
    _remember(configuration, protected=True)


@contextmanager
def administered(
    configuration: Configuration,
    administrator: ConnectionInfo | None = None,
    *,
    database: OpenDatabase | None = None,
    progress: Progress = SILENT,
) -> Iterator[psycopg.Connection]:
    """Connect to the verified database with an administrator's rights, in autocommit."""
    if database is None:
        with (
            open_database(configuration, progress=progress) as opened,
            administered(configuration, administrator, database=opened) as connection,
        ):
            yield connection
        return
    given = administrator or database.administrator()
    with connect(given, autocommit=True) as connection:
        database.verify_connection(connection)
        yield connection


def note_counts(database: OpenDatabase, floors: Mapping[str, int]) -> None:
    """Tell the guards what the newest backup has counted, where an administrator is known.

    It only makes them stricter for small tables, so that a backup never fails by it.
    """
    if not database.has_administrator or not is_protected(database.configuration):
        return
    with (
        suppress(StrongroomError, psycopg.Error),
        administered(database.configuration, database=database) as connection,
        connection.transaction(),
    ):
        if is_installed(connection):
            note_floors(connection, floors)


def _remember(configuration: Configuration, *, protected: bool) -> None:
    document = {"protected": protected, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_whole(configuration.state_cache / MARKER_NAME, json.dumps(document).encode())


def plan_move(
    configuration: Configuration, administrator: ConnectionInfo | None = None
) -> tuple[str, ...]:
    """Say which statements would move the ownership of tables; nothing is changed."""
    with administered(configuration, administrator) as connection:
        return ownership.plan_ownership(connection, configuration)


def _works_as(configuration: Configuration) -> str | None:
    """The role of the application on a server of others, which is not the administrator's."""
    user = connection_of(configuration).get("user") if configuration.url else None
    return str(user) if user else None


def _tables(connection: psycopg.Connection) -> int:
    if not is_installed(connection):
        return 0
    row = connection.execute("SELECT count(*) FROM strongroom_guard.guarded_table").fetchone()
    return int(row[0]) if row else 0
