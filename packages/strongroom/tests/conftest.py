"""What the tests of strongroom share: one real PostgreSQL server for each test process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from strongroom.postgres.connections import connect
from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer

TEMPLATE = "test_template"


@dataclass(frozen=True)
class Database:
    """A database of one test, empty at first and gone after it."""

    server: RunningServer
    name: str

    @property
    def conninfo(self) -> dict[str, str | int]:
        """How the administrator connects to it."""
        return self.server.administrator(self.name)

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection:
        return connect(self.conninfo, autocommit=autocommit)

    def execute(self, statement: str) -> None:
        """Run one or more statements, each committed by itself."""
        with self.connect(autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """PostgreSQL of the newest version at hand; each test process has its own."""
    parent: Path = tmp_path_factory.mktemp("server")
    with scratch_server(parent, settings={"max_connections": "60"}) as running:
        with connect(running.administrator(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        yield running


@pytest.fixture
def database(server: RunningServer) -> Iterator[Database]:
    """A database of this test's own, copied from a template in milliseconds."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with connect(server.administrator(), autocommit=True) as connection:
        connection.execute(made.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        yield Database(server, name)
        dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(dropped.format(sql.Identifier(name)))
