"""Ask one database what it is and what is in it, without running anything of its own.

A database that was found is a stranger's until it is known better: a view, a rule or a trigger that
fires at log-in would run with the rights of whoever looks. So only plain tables are read.
"""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from psycopg import sql

from strongroom.discovery.candidates import DatabaseSeen
from strongroom.identity.observe import exact_count
from strongroom.postgres.catalogue import Table, database_size_bytes, user_tables
from strongroom.postgres.connections import ConnectionInfo, connect, words_of

LOGIN_TRIGGERS_SINCE = 17
COUNT_MAX_S = 5.0
TABLES_MAX = 500
_CHEAP_BYTES = 64 * 1024 * 1024
_DATABASES = """
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname
"""
_HAS_IDENTITY = """
SELECT count(*) = 2 AND bool_and(has_table_privilege(c.oid, 'SELECT')
                                 AND has_schema_privilege(n.oid, 'USAGE'))
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'strongroom' AND c.relname IN ('identity', 'epoch') AND c.relkind = 'r'
"""
_IDENTITY = """
SELECT i.database_id::text, i.environment, i.incarnation::text,
       (SELECT max(e.n) FROM ONLY strongroom.epoch AS e)
FROM ONLY strongroom.identity AS i
"""
_TIMES = """
SELECT a.attrelid::bigint, a.attname FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = 'pg_catalog.timestamptz'::regtype AND pg_relation_size(a.attrelid) <= %s
"""


def databases_of(connection: psycopg.Connection) -> list[str]:
    """The databases of a server that let somebody in, without the templates."""
    return [str(row[0]) for row in connection.execute(_DATABASES).fetchall()]


def without_triggers(conninfo: ConnectionInfo, major: int | None) -> ConnectionInfo:
    """The same connection, on which no trigger of the database fires when it logs in."""
    if major is not None and major >= LOGIN_TRIGGERS_SINCE:
        return {**conninfo, "options": "-c event_triggers=off"}
    return conninfo


def seen_in(conninfo: ConnectionInfo, name: str) -> DatabaseSeen:
    """Look into one database: identity, exact rows per table, the newest time where it is cheap.

    Raises:
        ServerError: it does not let this role in.
        psycopg.Error: it refuses what is asked.
    """
    with connect({**conninfo, "dbname": name}) as connection:
        connection.read_only = True
        seen = DatabaseSeen(name, size_bytes=database_size_bytes(connection))
        has_identity = connection.execute(_HAS_IDENTITY).fetchone()
        if has_identity and has_identity[0]:
            row = connection.execute(_IDENTITY).fetchone()
            if row:
                seen.database_id, seen.environment, seen.incarnation, seen.newest_mark = row
        tables = [one for one in user_tables(connection, with_strongroom=False) if one.kind == "r"]
        seen.tables = {
            one.label: exact_count(connection, one, COUNT_MAX_S) if number < TABLES_MAX else None
            for number, one in enumerate(tables)
        }
        seen.newest_at = _newest(connection, tables[:TABLES_MAX])
    return seen


def _newest(connection: psycopg.Connection, tables: list[Table]) -> datetime | None:
    by_oid = {one.oid: one for one in tables}
    columns = connection.execute(_TIMES, (list(by_oid), _CHEAP_BYTES)).fetchall()
    moments = [_latest(connection, by_oid[oid], column) for oid, column in columns]
    return max((one for one in moments if one is not None), default=None)


def _latest(connection: psycopg.Connection, table: Table, column: str) -> datetime | None:
    query = sql.SQL("SELECT max({}) FROM ONLY {} WHERE isfinite({})").format(
        sql.Identifier(column),
        sql.Identifier(table.schema, table.name),
        sql.Identifier(column),
    )
    try:
        with connection.transaction():
            row = connection.execute(query).fetchone()
    except (psycopg.Error, ValueError):  # a time that no calendar of ours has
        return None
    return row[0].astimezone(UTC) if row and row[0] else None


def said(error: Exception) -> str:
    """What went wrong, without any value of a row."""
    return words_of(error) if isinstance(error, psycopg.Error) else str(error)
