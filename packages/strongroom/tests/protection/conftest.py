"""A protected database for each test, copied from a template in milliseconds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from strongroom.config import Configuration, default_document, load
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.permits import Effect, Permit, ProvenBackup, issue
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.roles import (
    apply_privileges,
    create_database,
    create_roles,
    new_passwords,
    roles_of,
)
from strongroom.protection import install
from strongroom.server.supervisor import RunningServer
from strongroom.testing.settings import LOGICAL

TEMPLATE = "guarded_template"
ROLES = roles_of("guarded")
TABLES = """
CREATE TABLE run (id serial PRIMARY KEY, km int NOT NULL DEFAULT 1, note text);
INSERT INTO run (km) SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE lap (id int PRIMARY KEY, run int REFERENCES run ON DELETE CASCADE);
INSERT INTO lap SELECT n, n FROM generate_series(1, 1000) AS n;
CREATE TABLE "Odd name" (id int, told text);
INSERT INTO "Odd name" SELECT n, 'x' FROM generate_series(1, 100) AS n;
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small SELECT generate_series(1, 10);
CREATE TABLE job (id serial PRIMARY KEY);
INSERT INTO job SELECT generate_series(1, 500);
CREATE TABLE week (at date, km int) PARTITION BY RANGE (at);
CREATE TABLE week_1 PARTITION OF week FOR VALUES FROM ('2026-01-01') TO ('2026-01-08');
CREATE TABLE week_2 PARTITION OF week FOR VALUES FROM ('2026-01-08') TO ('2026-01-15');
INSERT INTO week SELECT '2026-01-01'::date + n % 14, n FROM generate_series(1, 200) AS n;
CREATE SCHEMA extra CREATE TABLE kept (id int);
INSERT INTO extra.kept VALUES (1);
CREATE TYPE pace AS (minutes int);
CREATE TABLE paced (id int, pace pace);
INSERT INTO paced VALUES (1, ROW(4));
CREATE SEQUENCE counting
"""


@dataclass(frozen=True)
class Guarded:
    """A protected database, and the ways to it."""

    server: RunningServer
    name: str
    passwords: dict[str, str]
    configuration: Configuration

    def owner(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Connect as migrator that has taken the owner's role."""
        connection = connect(self.conninfo(ROLES.migrator), autocommit=autocommit)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ROLES.owner)))
        connection.commit()
        return connection

    def application(self, *, autocommit: bool = False) -> psycopg.Connection:
        return connect(self.conninfo(ROLES.application), autocommit=autocommit)

    def administrator(self) -> psycopg.Connection:
        return connect(self.server.administrator(self.name), autocommit=True)

    def conninfo(self, role: str) -> dict[str, str | int]:
        return self.server.conninfo(role=role, database=self.name, password=self.passwords[role])

    def rows(self, table: str) -> int:
        with self.administrator() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])

    def configured(self, more: str) -> Configuration:
        """Protect it anew, with these lines at the end of the configuration."""
        path = self.configuration.path
        path.write_text(f"{path.read_text()}\n{more}\n")
        changed = load(path)
        with self.administrator() as connection:
            install(connection, changed)
        return changed

    def backup(self) -> ProvenBackup:
        with self.administrator() as connection:
            row = connection.execute("SELECT incarnation::text FROM strongroom.identity").fetchone()
        assert row
        return ProvenBackup("20260101T000000Z-000000", row[0], datetime.now(UTC))

    def grant(self, *effects: Effect, lasts: timedelta = timedelta(hours=1)) -> Permit:
        with self.administrator() as connection:
            return issue(
                connection,
                self.configuration,
                effects,
                self.backup(),
                expires_in=lasts,
                confirmed_by="test",
                reason="a test",
            )


def refused(connection: psycopg.Connection, statement: str) -> bool:
    """Whether a guard refuses this, with nothing of it done."""
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except InsufficientPrivilege as error:
        return "strongroom" in str(error)
    return False


@pytest.fixture(scope="session")
def guarded_passwords(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The template's making, once for each test process."""
    passwords = new_passwords(ROLES)
    configuration = _configuration(tmp_path_factory.mktemp("guarded"))
    with connect(server.administrator(), autocommit=True) as connection:
        create_roles(connection, ROLES, passwords)
        create_database(connection, TEMPLATE, ROLES)
    with connect(server.administrator(TEMPLATE), autocommit=True) as connection:
        apply_privileges(connection, ROLES)
        identity = Identity(str(uuid.uuid4()), "test", str(uuid.uuid4()))
        with connection.transaction():
            create_schema(connection, identity, readers=(ROLES.application, ROLES.migrator))
        connection.execute(f"GRANT CREATE ON DATABASE {TEMPLATE} TO {ROLES.owner}")
        connection.execute(f"SET ROLE {ROLES.owner}")
        connection.execute(TABLES.encode())
        connection.execute("RESET ROLE")
        install(connection, configuration)
        connection.execute("VACUUM ANALYZE")
    return passwords


@pytest.fixture
def guarded(
    server: RunningServer, guarded_passwords: dict[str, str], tmp_path: Path
) -> Iterator[Guarded]:
    """A protected database of this test's own, with rows in it."""
    with _made(server, guarded_passwords, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(
    server: RunningServer,
    guarded_passwords: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    """A protected database for tests that leave nothing behind."""
    with _made(server, guarded_passwords, tmp_path_factory.mktemp("shared")) as made:
        yield made


@contextmanager
def _made(server: RunningServer, passwords: dict[str, str], home: Path) -> Iterator[Guarded]:
    name = f"guarded_{uuid.uuid4().hex[:12]}"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
    with connect(server.administrator(), autocommit=True) as connection:
        connection.execute(
            made.format(sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(ROLES.owner))
        )
        connection.execute(f"GRANT CREATE ON DATABASE {name} TO {ROLES.owner}")
        yield Guarded(server, name, passwords, _configuration(home))
        with connect(server.administrator(name), autocommit=True) as inside:
            inside.execute("DROP SUBSCRIPTION IF EXISTS strongroom_guard")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _configuration(home: Path) -> Configuration:
    path = home / "strongroom.toml"
    path.write_text(
        default_document(application="guarded", environment="test", database="guarded")
        + LOGICAL
        + '\n[tables.keep]\njob = "none"\n'
    )
    return load(path)
