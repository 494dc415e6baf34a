"""A database of others, as the tests of restores there share it: PostgreSQL 15 where it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import adopt
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.supervisor import RunningServer

PASSWORD = "only for these tests"

FILLED = """
CREATE TYPE public.mood AS ENUM ('good', 'bad');
CREATE TABLE public.item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, feels public.mood
);
INSERT INTO public.item (name, feels) SELECT 'item ' || n, 'good' FROM generate_series(1, 300) n;
CREATE TABLE public.line (item bigint REFERENCES public.item, n integer, PRIMARY KEY (item, n));
INSERT INTO public.line SELECT 1 + n % 300, n FROM generate_series(1, 900) AS n;
CREATE PUBLICATION followers FOR TABLE public.item;
"""


@dataclass(frozen=True)
class Others:
    """One database on a server that strongroom does not supervise, and its configuration."""

    server: RunningServer
    name: str
    role: str
    configuration: Configuration

    def connect(self, database: str | None = None, role: str | None = None) -> psycopg.Connection:
        """Connect as the application does, or as the server's administrator."""
        if role is None:
            return connect(self.server.administrator(database or self.name), autocommit=True)
        info = self.server.conninfo(role=role, database=database or self.name, password=PASSWORD)
        return connect(info, autocommit=True)

    def execute(self, statements: str, database: str | None = None) -> None:
        with self.connect(database) as connection:
            connection.execute(statements.encode())

    def one(self, query: str, database: str | None = None) -> object:
        with self.connect(database) as connection:
            return connection.execute(query.encode()).fetchall()[0][0]

    @property
    def databases(self) -> list[str]:
        """Every database that has to do with this one."""
        with self.connect("postgres") as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1",
                [self.name + "%"],
            ).fetchall()
        return [name for (name,) in rows]


@contextmanager
def database_of_others(
    server: RunningServer, home: Path, *, attributes: str = "CREATEDB", signals: bool = True
) -> Iterator[Others]:
    """A pinned database of an owner who is no superuser, with one backup."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    role = f"{name}_owner"
    with connect(server.administrator(), autocommit=True) as admin:
        made = sql.SQL("CREATE ROLE {} LOGIN " + attributes + " PASSWORD {}")
        admin.execute(made.format(sql.Identifier(role), sql.Literal(PASSWORD)))
        if signals:
            grant = sql.SQL("GRANT pg_signal_backend TO {}")
            admin.execute(grant.format(sql.Identifier(role)))
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        admin.execute(made.format(sql.Identifier(name), sql.Identifier(role)))
    url = f"postgresql://{role}@/{name}?host={server.socket_directory}&port={server.port}"
    path = home / CONFIGURATION_NAME
    path.write_text(
        default_document(application="shop", environment="test", database=name, url=url)
    )
    others = Others(server, name, role, load(path))
    with others.connect(role=role) as connection:
        connection.execute(FILLED.encode())
    adopt(others.configuration)
    take(others.configuration)
    try:
        yield others
    finally:
        for database in others.databases:
            with connect(server.administrator(), autocommit=True) as admin:
                allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true IS_TEMPLATE false")
                admin.execute(allowed.format(sql.Identifier(database)))
                dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                admin.execute(dropped.format(sql.Identifier(database)))
