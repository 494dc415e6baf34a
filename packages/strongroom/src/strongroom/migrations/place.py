"""The real database as a migration sees it: with which roles, limits and lock it is changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from strongroom.identity import OpenDatabase
from strongroom.migrations.settings import MigrationSettings
from strongroom.migrations.steering import Target
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.roles import roles_of
from strongroom.progress import Progress
from strongroom.protection import owner_to_become

MIGRATION_LOCK = 7_203_441_908_866_512
"""Number of the advisory lock by which one process migrates and the others wait."""
WAIT_S = 0.5


@dataclass(frozen=True)
class Place:
    """The database that is going to be migrated, and a connection that reads of it."""

    database: OpenDatabase
    reader: psycopg.Connection
    """As administrator where one is known, else as the migrating role; in autocommit."""
    settings: MigrationSettings

    def target(self) -> Target:
        """Lead Alembic to this database, with every connection verified."""
        return Target(
            lambda: self.database.conninfo("migrator"),
            (*self.settings.session(), *self._owner_statements()),
            self._verify,
        )

    def session_on_copy(self) -> tuple[str, ...]:
        """What gives a connection to a copy the rights of the real one.

        On the server of others the roles are theirs; there the copy is migrated as its
        administrator.
        """
        if self.database.server is None:
            return self.settings.session()
        roles = roles_of(self.database.configuration.application)
        become = sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(roles.migrator))
        return (become.as_string(), *self.settings.session(), *_set_role(roles.owner))

    def holds_rows(self, *, without: str) -> bool:
        """Whether there is anything to lose, the version table aside."""
        for table in user_tables(self.reader, with_strongroom=False):
            if table.kind != "r" or table.label == without or table.schema.startswith("strongroom"):
                continue
            found = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {})")
            name = sql.Identifier(table.schema, table.name)
            if self.reader.execute(found.format(name)).fetchall()[0][0]:
                return True
        return False

    def is_protected(self) -> bool:
        """Whether guards inside the database want to see permits."""
        row = self.reader.execute(
            "SELECT to_regprocedure('strongroom_guard.open_permit(text)') IS NOT NULL"
        ).fetchone()
        return bool(row and row[0])

    def _owner_statements(self) -> tuple[str, ...]:
        owner = owner_to_become(self.database, self.reader)
        return _set_role(owner) if owner else ()

    def _verify(self, connection: Any, paramstyle: Any) -> None:  # noqa: ANN401  any driver's
        def run(query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
            cursor = connection.cursor()
            try:
                cursor.execute(query, tuple(parameters))
                return [tuple(row) for row in cursor.fetchall()]
            finally:
                cursor.close()
                connection.rollback()

        self.database.verification().verify(run, paramstyle=paramstyle, errors=Exception)


@contextmanager
def migrating_place(
    database: OpenDatabase, settings: MigrationSettings, progress: Progress
) -> Iterator[Place]:
    """Hold the one migration that a database has at a time."""
    info = database.administrator() if database.has_administrator else database.conninfo("migrator")
    with connect(info, autocommit=True) as reader, database_errors("preparing a migration"):
        database.verify_connection(reader)
        waiting = False
        while not reader.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchall()[0][
            0
        ]:
            if not waiting:
                progress.step("migrate.waiting_for_turn")
            waiting = True
            time.sleep(WAIT_S)
        yield Place(database, reader, settings)


def _set_role(role: str) -> tuple[str, ...]:
    return (sql.SQL("SET ROLE {}").format(sql.Identifier(role)).as_string(),)
