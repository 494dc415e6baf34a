"""Look at a database without changing it, and say what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.identity.observation import (
    Expected,
    Inspector,
    Observation,
    Warned,
)
from strongroom.identity.questions import questions
from strongroom.identity.verdicts import floor_limit, keep_of
from strongroom.postgres.catalogue import (
    LARGE_OBJECTS,
    STRONGROOM_SCHEMA,
    Table,
    countable_tables,
    user_rows_exist,
)
from strongroom.postgres.connections import connect, words_of
from strongroom.server.supervisor import RunningServer

COUNTED_ALWAYS_BYTES = 64 * 1024 * 1024
"""Tables up to this size are counted in any case: their count is quick."""

# Statistics never refuse anything. They only spare the count of a large table that they show
# far above its limit; after a crash they say 0, and the table is then counted.
_SIZES = """
SELECT t.oid::bigint, pg_relation_size(t.oid::oid), pg_stat_get_live_tuples(t.oid::oid),
    has_table_privilege(t.oid::oid, 'SELECT') AND NOT row_security_active(t.oid::oid)
FROM unnest(%s::bigint[]) AS t (oid)
"""
_LIMIT_TIME = (
    "SELECT set_config('statement_timeout', %s, true), set_config('row_security', 'off', true)"
)
_DATABASES = """
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname
"""
_RIGHTS = """
SELECT has_function_privilege('strongroom.append_epoch()', 'EXECUTE'),
       format('%I', current_user),
       current_setting('default_transaction_read_only')::boolean AND NOT pg_is_in_recovery()
"""
_CLOSED = "SELECT datname FROM pg_database WHERE datname = %s AND NOT datallowconn"


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
            seen = _inspected(connection, configuration, inspect)
            return replace(found, warnings=(*found.warnings, *seen))
    except psycopg.errors.InsufficientPrivilege as error:
        role = connection.info.user
        return Observation(
            where,
            holds="a PostgreSQL database",
            problem=f"{where}: role {role} has too few rights: {words_of(error)}.",
            problem_next=f"give role {role} that right, then strongroom check",
        )
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
        closed = connection.execute(_CLOSED, (configuration.database,)).fetchone()
    if closed is not None:
        return Observation(
            where,
            holds="a database that lets nobody in",
            problem=f"The database {configuration.database} lets nobody in: it was frozen.",
            problem_next="strongroom freeze --thaw",
        )
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
        return user_rows_exist(connection, with_strongroom=True)  # also one that is pinned


def _observation(
    connection: psycopg.Connection,
    expected: Expected | None,
    configuration: Configuration,
    where: str,
) -> Observation:
    asked = questions(expected, where=where)
    try:
        statement = next(asked)
        while True:
            cursor = connection.execute(statement.text.encode(), statement.parameters)
            statement = asked.send(cursor.fetchall())
    except StopIteration as end:
        found: Observation = end.value
    if expected is None or found.identity is None:
        return found
    life = expected.life_of(found)
    tables = countable_tables(connection)
    counts, unread = _counts(connection, tables, life.expected_rows, configuration)
    warnings = (*_kept_in_vain(tables, configuration), *_rights(connection, configuration))
    return replace(found, counts=counts, unread=unread, warnings=warnings)


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


def _rights(connection: psycopg.Connection, configuration: Configuration) -> Iterator[Warned]:
    """Tell of what would keep the application itself from starting on its own database."""
    if configuration.server is not None:  # the application has a role of its own there
        return
    may_append, role, read_only = connection.execute(_RIGHTS).fetchall()[0]
    if not may_append:
        yield Warned(
            "cannot_append",
            f"Role {role} may not append an epoch, so that the application cannot start. As its "
            f"administrator: GRANT EXECUTE ON FUNCTION strongroom.append_epoch() TO {role}",
        )
    if read_only:
        yield Warned(
            "read_only_role",
            f"Sessions of role {role} are read-only, so that the application can only start with "
            "read_only=True.",
        )


def _kept_in_vain(tables: Mapping[str, Table], configuration: Configuration) -> Iterator[Warned]:
    """Tell of a rule for a table that is not there: a mistyped name keeps nothing."""
    own = {STRONGROOM_SCHEMA, LARGE_OBJECTS.schema}
    if all(table.schema in own for table in tables.values()):
        return  # a schema that is not made yet lacks every table
    for name in configuration.keep:
        if name not in tables and f"public.{name}" not in tables:
            yield Warned(
                "keep_unknown",
                f"tables.keep in {configuration.path} names {name}, and there is no such table.",
            )


def _counts(
    connection: psycopg.Connection,
    all_tables: Mapping[str, Table],
    floors: Mapping[str, int],
    configuration: Configuration,
) -> tuple[dict[str, int | None], frozenset[str]]:
    """Count what has a floor; also name the tables that this role may not read, or not wholly."""
    policy = configuration.policy
    tables = {label: table for label, table in all_tables.items() if label in floors}
    rows = connection.execute(_SIZES, ([table.oid for table in tables.values()],)).fetchall()
    facts = {oid: known for oid, *known in rows}
    counts: dict[str, int | None] = {}
    unread = set()
    for label, floor in floors.items():
        limit = floor_limit(floor, keep_of(label, configuration.keep), policy.shrink_share)
        if label not in tables:
            counts[label] = 0
            continue
        size_bytes, live_rows, may_read = facts[tables[label].oid]
        if limit and not may_read:
            counts[label] = None
            unread.add(label)
        elif limit and (size_bytes <= COUNTED_ALWAYS_BYTES or live_rows < limit):
            counts[label] = exact_count(connection, tables[label], policy.count_time_max_s)
    return counts, frozenset(unread)


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
