"""Databases for tests, each copied from a template that was migrated once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    import psycopg

    from strongroom.postgres.connections import ConnectionInfo

PREFIX = "strongroom_test_"
Administrator = Callable[[str], "ConnectionInfo"]
Migrations = Callable[["FreshDatabase"], object]


@dataclass(frozen=True)
class FreshDatabase:
    """A database of one test, worker or run; gone after it."""

    name: str
    conninfo: ConnectionInfo
    """Keyword arguments of ``psycopg.connect``."""

    @property
    def url(self) -> str:
        """Its address for libpq, psycopg, psycopg2 and asyncpg."""
        return self.address("postgresql")

    def address(self, scheme: str = "postgresql+psycopg") -> str:
        """Its address in the form of SQLAlchemy, Django and others: ``postgresql+asyncpg``."""
        given = {key: str(value) for key, value in self.conninfo.items()}
        user, password = quote(given["user"], safe=""), given.get("password")
        login = f"{user}:{quote(password, safe='')}" if password else user
        place = [(key, given[key]) for key in ("host", "port") if key in given]
        return f"{scheme}://{login}@/{quote(self.name, safe='')}?{urlencode(place)}"

    def connect(self) -> psycopg.Connection:
        """Connect with psycopg, each statement committed by itself."""
        from strongroom.postgres.connections import connect_as_configured  # noqa: PLC0415  a driver

        return connect_as_configured(self.conninfo, autocommit=True)


class FreshServer:
    """A server on which databases for tests may be made."""

    def __init__(self, administrator: Administrator) -> None:
        self._administrator = administrator

    def create(self, purpose: str = "", *, template: FreshDatabase | None = None) -> FreshDatabase:
        """Make a database: an empty one, or a copy of a template."""
        name = f"{PREFIX}{purpose}{secrets.token_hex(6)}"
        source = template.name if template else "template0"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY {STRATEGY}')
        return FreshDatabase(name, self._administrator(name))

    def drop(self, database: FreshDatabase) -> None:
        """Remove a database that this made, whoever is still connected to it.

        Raises:
            ValueError: its name is none that this gives.
        """
        if not database.name.startswith(PREFIX):
            raise ValueError(database.name)
        self._execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    @contextmanager
    def database(
        self, purpose: str = "", *, template: FreshDatabase | None = None
    ) -> Iterator[FreshDatabase]:
        """Make a database that is gone after a ``with`` block."""
        made = self.create(purpose, template=template)
        try:
            yield made
        finally:
            self.drop(made)

    def _execute(self, statement: str) -> None:
        from strongroom.postgres.connections import connect  # noqa: PLC0415  a driver

        with connect(self._administrator("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


STRATEGY = "file_copy"
"""The server loses nothing by it: nothing on a server for tests has to survive a power cut."""


@contextmanager
def fresh_server(parent: Path) -> Iterator[FreshServer]:
    """Start a server of our own below ``parent``; it is gone afterwards."""
    from strongroom.server.scratch import scratch_server  # noqa: PLC0415  not for every run

    with scratch_server(parent) as running:
        yield FreshServer(running.administrator)
