"""Let the guards count what they guard: without that, every deletion would fail."""

from __future__ import annotations

import psycopg
from psycopg import errors, sql

from strongroom.errors import DatabaseError

# What a superuser may give, or an administrator who was given it; and, table by table, what
# whoever owns a table may give of it: also of those that its owner makes later.
_WHOLE = ("ALTER ROLE {} BYPASSRLS", "GRANT pg_read_all_data TO {}")
_READER = """
SELECT r.rolname FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
WHERE p.oid = to_regprocedure('strongroom_guard.rows_up_to(oid,bigint)')
"""
_ONE_BY_ONE = """
SELECT format('GRANT USAGE ON SCHEMA %%I TO %%I', n.nspname, %(reader)s::text)
FROM pg_namespace AS n WHERE n.oid IN (
    SELECT c.relnamespace FROM strongroom_guard.unreadable_table AS u
    JOIN pg_class AS c ON c.oid = u.relation)
UNION ALL
SELECT format('GRANT SELECT ON %%s TO %%I', u.label, %(reader)s::text)
FROM strongroom_guard.unreadable_table AS u
UNION ALL
SELECT DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE %%I GRANT %%s TO %%I', o.rolname, g.given,
                       %(reader)s::text)
FROM strongroom_guard.guarded_table AS t JOIN pg_class AS c ON c.oid = t.relation
JOIN pg_roles AS o ON o.oid = c.relowner
CROSS JOIN (VALUES ('SELECT ON TABLES'), ('USAGE ON SCHEMAS')) AS g (given)
"""
_UNREADABLE = "SELECT label FROM strongroom_guard.unreadable_table ORDER BY 1"
_TABLES = "SELECT relation FROM strongroom_guard.guarded_table"
_TRY = "SELECT strongroom_guard.rows_up_to(%s, 1)"
_NAMED = 3


def let_guards_read(connection: psycopg.Connection) -> None:
    """Give the owner of the guards what it needs to count all rows, in the caller's transaction.

    Raises:
        DatabaseError: some table it may still not read, or not all rows of it. The caller's
            transaction is rolled back by it: guards that cannot count refuse every deletion.
    """
    reader = connection.execute(_READER).fetchall()[0][0]
    for statement in _WHOLE:
        _attempt(connection, sql.SQL(statement).format(sql.Identifier(reader)))
    if unreadable(connection):
        given = connection.execute(_ONE_BY_ONE, {"reader": reader}).fetchall()
        for (statement,) in given:
            _attempt(connection, sql.SQL(statement))
    if left := unreadable(connection):
        raise _cannot_read(left)
    _try_each(connection, reader)


def unreadable(connection: psycopg.Connection) -> list[str]:
    """Tables that the guards cannot count."""
    return [label for (label,) in connection.execute(_UNREADABLE).fetchall()]


def _try_each(connection: psycopg.Connection, reader: str) -> None:
    """Count one row of each table as the guards do."""
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(reader)))
    for (relation,) in connection.execute(_TABLES).fetchall():
        try:
            connection.execute(_TRY, (relation,))
        except psycopg.Error as error:
            name = sql.Literal(relation)
            raise _cannot_read([f"number {name.as_string(connection)}"]) from error
    connection.execute("RESET ROLE")


def _attempt(connection: psycopg.Connection, statement: sql.SQL | sql.Composed) -> None:
    """Run a grant that this role may not be able to give."""
    try:
        with connection.transaction():
            connection.execute(statement)
    except (errors.InsufficientPrivilege, errors.UndefinedObject):
        return


def _cannot_read(tables: list[str]) -> DatabaseError:
    told = ", ".join(tables[:_NAMED]) + (" and others" if len(tables) > _NAMED else "")
    return DatabaseError(
        f"The guards could not count {told}: whoever owns them must let this role grant reading, "
        "and row security wants a role that may pass it. Nothing was changed.",
        next_step="strongroom protect as a superuser, or as a member of the roles that own the "
        "tables",
    )
