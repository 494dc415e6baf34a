"""Look at a database without changing it, and say what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.identity.observation import (
    Expected,
    Identity,
    Inspector,
    Observation,
    Warned,
)
from strongroom.identity.schema import mark_from
from strongroom.identity.state import Mark
from strongroom.identity.verdicts import floor_limit, keep_of
from strongroom.postgres.catalogue import Table, user_rows_exist, user_tables
from strongroom.postgres.connections import connect, words_of
from strongroom.server.supervisor import RunningServer

COUNTED_ALWAYS_BYTES = 64 * 1024 * 1024
"""Tables up to this size are counted in any case: their count is quick."""

_CLUSTER = """
SELECT
    pg_is_in_recovery(),
    has_function_privilege('pg_control_system()', 'EXECUTE'),
    CASE WHEN NOT pg_is_in_recovery()
         THEN ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer END,
    to_regclass('strongroom.identity') IS NOT NULL AND to_regclass('strongroom.epoch') IS NOT NULL
"""
_IDENTITY = "SELECT database_id::text, environment, incarnation::text FROM strongroom.identity"
_MARKS = """
SELECT n, nonce::text, timeline, at FROM strongroom.epoch
WHERE n = ANY(%s) OR n = (SELECT max(last.n) FROM strongroom.epoch AS last)
ORDER BY n
"""
# Statistics never refuse anything. They only spare the count of a large table that they show
# far above its limit; after a crash they say 0, and the table is then counted.
_SIZES = """
SELECT t.oid::bigint, pg_relation_size(t.oid::oid), pg_stat_get_live_tuples(t.oid::oid)
FROM unnest(%s::bigint[]) AS t (oid)
"""
# PostgreSQL shows the unsigned number as a signed one.
_SYSTEM_IDENTIFIER = """
SELECT mod(system_identifier + 2::numeric ^ 64, 2::numeric ^ 64) FROM pg_control_system()
"""
_LIMIT_TIME = (
    "SELECT set_config('statement_timeout', %s, true), set_config('row_security', 'off', true)"
)
_DATABASES = """
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname
"""


def observe(
    connection: psycopg.Connection,
    expected: Expected | None,
    configuration: Configuration,
    *,
    where: str,
    inspect: Inspector | None = None,
) -> Observation:
    """See a database through one connection; one of ours is shown to the inspector too.

    Whatever the role may not read makes the observation a ``problem``: too few rights to judge
    is not a match.
    """
    try:
        with connection.transaction():
            found = _observation(connection, expected, configuration, where)
            if inspect is None or not is_ours(expected, found):
                return found
            return replace(found, warnings=_inspected(connection, configuration, inspect))
    except psycopg.Error as error:
        return Observation(
            where, holds="a PostgreSQL database", problem=f"{where}: {words_of(error)}."
        )


def is_ours(expected: Expected | None, found: Observation) -> bool:
    """Whether a database carries the pinned id, in whatever condition it is."""
    identity = found.identity
    return bool(expected and identity and identity.database_id == expected.pin.database_id)


def observe_cluster(
    server: RunningServer,
    expected: Expected | None,
    configuration: Configuration,
    *,
    where: str,
    inspect: Inspector | None = None,
) -> Observation:
    """See a cluster of ours, or a copy of an unknown one, as its administrator.

    Where our database is not in it or has nothing in it, the other databases tell whether the
    cluster is empty or somebody else's.
    """
    with connect(server.administrator()) as connection:
        databases = [row[0] for row in connection.execute(_DATABASES).fetchall()]
    if configuration.database in databases:
        with connect(server.administrator(configuration.database)) as connection:
            found = observe(connection, expected, configuration, where=where, inspect=inspect)
        if found.identity or found.user_rows or found.problem:
            return found
    used = [name for name in databases if _is_used(server, name)]
    holds = f"a PostgreSQL cluster with other databases ({', '.join(used)})"
    return Observation(
        where,
        holds=holds if used else "a PostgreSQL cluster with nothing in it",
        user_rows=bool(used),
    )


def _is_used(server: RunningServer, database: str) -> bool:
    with connect(server.administrator(database)) as connection:
        return user_rows_exist(connection)


def _observation(
    connection: psycopg.Connection,
    expected: Expected | None,
    configuration: Configuration,
    where: str,
) -> Observation:
    in_recovery, may_ask, timeline, has_schema = _only_row(connection, _CLUSTER)
    found = Observation(
        where,
        holds="a PostgreSQL database",
        in_recovery=in_recovery,
        timeline=timeline,
        system_identifier=int(_only_row(connection, _SYSTEM_IDENTIFIER)[0]) if may_ask else None,
        identity=_identity(connection) if has_schema else None,
    )
    if found.identity is None:
        return replace(found, user_rows=user_rows_exist(connection))
    if expected is None:
        return replace(found, marks=_marks(connection, ()))
    life = expected.life_of(found)
    return replace(
        found,
        marks=_marks(connection, life.marks),
        counts=_counts(connection, life.floors, configuration),
    )


def _inspected(
    connection: psycopg.Connection, configuration: Configuration, inspect: Inspector
) -> tuple[Warned, ...]:
    """Ask the inspector; one that fails is a warning too, for nobody has looked then."""
    try:
        with connection.transaction():
            return inspect(connection, configuration)
    except psycopg.Error as error:
        return (
            Warned("not_inspected", f"The database could not be inspected: {words_of(error)}."),
        )


def _identity(connection: psycopg.Connection) -> Identity | None:
    row = connection.execute(_IDENTITY).fetchone()
    return Identity(*row) if row else None


def _marks(connection: psycopg.Connection, remembered: Iterable[Mark]) -> tuple[Mark, ...]:
    numbers = [mark.n for mark in remembered]
    return tuple(mark_from(row) for row in connection.execute(_MARKS, (numbers,)).fetchall())


def _counts(
    connection: psycopg.Connection, floors: Mapping[str, int], configuration: Configuration
) -> dict[str, int | None]:
    policy = configuration.policy
    tables = {table.label: table for table in user_tables(connection) if table.label in floors}
    rows = connection.execute(_SIZES, ([table.oid for table in tables.values()],)).fetchall()
    sizes = {oid: (size_bytes, live_rows) for oid, size_bytes, live_rows in rows}
    counts: dict[str, int | None] = {}
    for label, floor in floors.items():
        limit = floor_limit(floor, keep_of(label, configuration.keep), policy.shrink_share)
        if label not in tables:
            counts[label] = 0
            continue
        size_bytes, live_rows = sizes[tables[label].oid]
        if limit and (size_bytes <= COUNTED_ALWAYS_BYTES or live_rows < limit):
            counts[label] = exact_count(connection, tables[label], policy.count_time_max_s)
    return counts


def exact_count(connection: psycopg.Connection, table: Table, time_max_s: float) -> int | None:
    """Count a table; None when that takes too long, or when row security hides rows."""
    query = sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(table.schema, table.name))
    try:
        with connection.transaction():
            connection.execute(_LIMIT_TIME, (str(round(time_max_s * 1000)),))
            row = connection.execute(query).fetchone()
    except (psycopg.errors.QueryCanceled, psycopg.errors.InsufficientPrivilege):
        return None
    return int(row[0]) if row else None


def _only_row(connection: psycopg.Connection, query: LiteralString) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return row or ()
