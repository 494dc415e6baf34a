"""Protection put in by an administrator who is no superuser, on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from strongroom.config import Configuration, default_document, load
from strongroom.errors import DatabaseError
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.postgres.connections import connect_as_configured
from strongroom.protection import inspect_protection, install
from strongroom.server.scratch import scratch_server
from strongroom.testing.settings import LOGICAL

IDENTITY = Identity(
    "7c8f6c0e-54a5-4b7a-9b0f-0c8b4d6f3a11", "test", "0d9a3f6e-3c3f-4f57-8a7c-2f3f1f0c9e22"
)
SERVER = (
    "CREATE ROLE dba LOGIN CREATEROLE CREATEDB",
    "CREATE ROLE web LOGIN",
    "GRANT web TO dba",
    "CREATE DATABASE runs OWNER dba",
)
DATABASE = """
GRANT ALL ON SCHEMA public TO web, dba;
SET SESSION AUTHORIZATION web;
CREATE TABLE run (id int PRIMARY KEY, km int);
INSERT INTO run SELECT n, n FROM generate_series(1, 1000) AS n
"""


@contextmanager
def acting_as(connection: psycopg.Connection, role: str) -> Iterator[None]:
    connection.execute(f"SET SESSION AUTHORIZATION {role}".encode())
    try:
        yield
    finally:
        connection.execute("RESET SESSION AUTHORIZATION")


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    path = tmp_path / "strongroom.toml"
    path.write_text(
        default_document(application="runs", environment="test", database="runs") + LOGICAL
    )
    return load(path)


def test_guards_that_could_not_count_are_not_put_in_and_others_let_the_application_work(
    tmp_path_factory: pytest.TempPathFactory, configuration: Configuration
) -> None:
    with scratch_server(tmp_path_factory.mktemp("own")) as server:
        with connect_as_configured(server.administrator(), autocommit=True) as connection:
            for statement in SERVER:
                connection.execute(statement)
        with connect_as_configured(server.administrator("runs"), autocommit=True) as connection:
            connection.execute(DATABASE)
            with acting_as(connection, "dba"), connection.transaction():
                create_schema(connection, IDENTITY, readers=("web",))
            _refused_where_policies_hide_rows(connection, configuration)
            with acting_as(connection, "dba"):
                install(connection, configuration)
            with acting_as(connection, "web"):
                _work(connection)
                connection.execute("CREATE TABLE later AS SELECT generate_series(1, 100) AS id")
            with acting_as(connection, "dba"):
                install(connection, configuration)
            with acting_as(connection, "web"):
                connection.execute("DELETE FROM later WHERE id = 1")
                connection.execute("REVOKE ALL ON run FROM strongroom")
            found = {one.name for one in inspect_protection(connection, configuration)}
            assert "rows of public.run" in found


def _work(connection: psycopg.Connection) -> None:
    connection.execute("DELETE FROM run WHERE id <= 3")
    connection.execute("UPDATE run SET km = 0 WHERE id < 100")
    for loss in ("UPDATE run SET km = 0", "DELETE FROM run", "TRUNCATE run"):
        with pytest.raises(InsufficientPrivilege, match="strongroom"):
            connection.execute(loss.encode())


def _refused_where_policies_hide_rows(
    connection: psycopg.Connection, configuration: Configuration
) -> None:
    """Row security shows its rows to nobody but the table's owner, and whoever may pass it."""
    with acting_as(connection, "web"):
        connection.execute("CREATE TABLE hidden AS SELECT 1 AS id")
        connection.execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY")
    with acting_as(connection, "dba"), pytest.raises(DatabaseError, match=r"public\.hidden"):
        install(connection, configuration)
    with acting_as(connection, "web"):
        assert connection.execute("DELETE FROM hidden").rowcount == 1
        connection.execute("DROP TABLE hidden")
