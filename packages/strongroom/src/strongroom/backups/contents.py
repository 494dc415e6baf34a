"""What is in a database at the moment of its backup, besides the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from strongroom.backups.manifest import (
    LARGE_OBJECTS_GAP,
    UNREAD_LARGE_OBJECTS,
    ExtensionRecord,
    NotCovered,
    RoleRecord,
    SequenceRecord,
)
from strongroom.postgres import catalogue
from strongroom.postgres.connections import database_errors
from strongroom.postgres.digests import TableDigest
from strongroom.postgres.large_objects import count_large_objects

IDENTITY = """
SELECT database_id::text, incarnation::text, environment FROM strongroom.identity
"""

# Roles belong to the whole server, so that no dump of a database contains them.
ROLES = """
SELECT r.rolname,
       array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
                          CASE WHEN r.rolcanlogin THEN 'LOGIN' END,
                          CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
                          CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
                          CASE WHEN r.rolreplication THEN 'REPLICATION' END,
                          CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
                          CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END], NULL),
       ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m
               JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
              WHERE m.member = r.oid ORDER BY g.rolname)
  FROM pg_catalog.pg_roles r
 WHERE r.rolname !~ '^pg_'
 ORDER BY r.rolname
"""

ALEMBIC_TABLES = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num'
 WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND c.relpersistence <> 't'
"""

# Settings made by ALTER DATABASE … SET, also those for one role in this database.
DATABASE_SETTINGS = """
SELECT count(*) FROM pg_catalog.pg_db_role_setting s
  JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
 WHERE d.datname = pg_catalog.current_database()
"""

TABLE_SIZES = """
SELECT t.oid::bigint, coalesce(pg_catalog.pg_table_size(t.oid), 0)
  FROM unnest(%s::oid[]) AS t(oid)
"""


@dataclass(frozen=True)
class Contents:
    """The part of a manifest that the catalogue tells, and what steers the work."""

    database_id: str
    incarnation: str
    environment: str
    postgres_version: str
    database_size_bytes: int
    tables_size_bytes: int
    sequences: list[SequenceRecord]
    extensions: list[ExtensionRecord]
    roles: list[RoleRecord]
    alembic_revision: str | None
    large_objects: int
    database_settings: int
    largest_first: list[catalogue.Table]
    """Every table, in the order in which workers finish soonest."""

    @property
    def with_large_objects(self) -> list[catalogue.Table]:
        """The same, and the entry of the large objects where there are any."""
        objects = [catalogue.LARGE_OBJECTS] if self.large_objects else []
        return [*objects, *self.largest_first]

    def counts(self, digests: Iterable[TableDigest]) -> dict[str, int]:
        """Rows by entry; large objects count also where this backup cannot hold them."""
        found = {one.name: one.rows for one in digests}
        return {catalogue.LARGE_OBJECTS.label: self.large_objects, **found}


def read_contents(conn: psycopg.Connection, tables: tuple[catalogue.Table, ...]) -> Contents:
    """Read it all in the transaction of the snapshot.

    Raises:
        DatabaseError: PostgreSQL refused one of the questions.
    """
    with database_errors("reading what is to be backed up"):
        database_id, incarnation, environment = conn.execute(IDENTITY).fetchall()[0]
        sizes_bytes = _sizes_bytes(conn, tables)
        return Contents(
            database_id=database_id,
            incarnation=incarnation,
            environment=environment,
            postgres_version=str(_one(conn, "SHOW server_version")),
            database_size_bytes=catalogue.database_size_bytes(conn),
            tables_size_bytes=sum(sizes_bytes.values()),
            sequences=_sequences(conn),
            extensions=[ExtensionRecord(*found) for found in catalogue.extensions(conn)],
            roles=[RoleRecord(*row) for row in conn.execute(ROLES).fetchall()],
            alembic_revision=_alembic_revision(conn),
            large_objects=count_large_objects(conn),
            database_settings=int(str(_one(conn, DATABASE_SETTINGS))),
            largest_first=sorted(tables, key=lambda table: -sizes_bytes[table.oid]),
        )


def gaps(contents: Contents, *, with_large_objects: bool) -> list[NotCovered]:
    """What the backup does not hold, or holds without a digest, apart from tables."""
    found = []
    if contents.large_objects and not with_large_objects:
        what = f"{contents.large_objects}{LARGE_OBJECTS_GAP}"
        found.append(NotCovered(what, UNREAD_LARGE_OBJECTS))
    if contents.database_settings:
        found.append(
            NotCovered(
                f"{contents.database_settings} settings of the database (ALTER DATABASE … SET)",
                "they belong to the server and are not in the backup",
            )
        )
    return found


def _sizes_bytes(conn: psycopg.Connection, tables: tuple[catalogue.Table, ...]) -> dict[int, int]:
    oids = [table.oid for table in tables]
    return dict(conn.execute(TABLE_SIZES, [oids]).fetchall())


def _sequences(conn: psycopg.Connection) -> list[SequenceRecord]:
    return [
        SequenceRecord(sequence.label, sequence.last_value, sequence.is_called)
        for sequence in catalogue.sequences(conn)
    ]


def _alembic_revision(conn: psycopg.Connection) -> str | None:
    """All applied heads, separated by commas."""
    query = sql.SQL("SELECT version_num FROM {}")
    heads = [
        str(revision)
        for table in conn.execute(ALEMBIC_TABLES).fetchall()
        for (revision,) in conn.execute(query.format(sql.Identifier(*table))).fetchall()
    ]
    return ",".join(sorted(heads)) or None


def _one(conn: psycopg.Connection, query: str) -> object:
    return conn.execute(query.encode()).fetchall()[0][0]
