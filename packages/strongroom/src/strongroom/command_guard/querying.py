"""Read from the pinned database, and nothing but read: for agents that want to look at data.

Four things stand behind each other: one statement that is a SELECT, read through a cursor, in a
transaction that is read only, as the role that may only read. Time and rows are limited.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.errors import GuardError
from strongroom.identity import open_database
from strongroom.postgres.connections import connect_as_configured, database_errors
from strongroom.sql import parse_script, walk

ROWS_MAX, TIMEOUT_MAX_S = 1_000, 60
_CHANGING = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "IntoClause"})


def query(
    configuration: Configuration, text: str, *, rows_max: int = 100, timeout_s: int = 10
) -> dict[str, Any]:
    """Run one SELECT and return its first rows.

    Args:
        configuration: whose database; only the pinned one is opened.
        text: one statement.
        rows_max: how many rows at most, up to ``ROWS_MAX``.
        timeout_s: how long it may run, up to ``TIMEOUT_MAX_S``.

    Raises:
        GuardError: it is not exactly one SELECT, or the limits are none.
        RefusedError: the database is not the pinned one.
        DatabaseError: PostgreSQL refused it, or time ran out.
    """
    if not (1 <= rows_max <= ROWS_MAX and 1 <= timeout_s <= TIMEOUT_MAX_S):
        raise GuardError(
            f"Rows are limited to {ROWS_MAX}, and time to {TIMEOUT_MAX_S} s.",
            next_step="ask for less",
        )
    statement = single_select(text)
    with (
        open_database(configuration, read_only=True) as database,
        connect_as_configured(database.conninfo("backup")) as connection,
        database_errors("reading"),
    ):
        connection.read_only = True
        connection.execute(
            sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(timeout_s * 1000))
        )
        return _rows(connection, statement, rows_max)


def _rows(connection: psycopg.Connection, statement: str, rows_max: int) -> dict[str, Any]:
    with connection.cursor(name="strongroom_query") as cursor:
        cursor.execute(statement.encode())
        rows = cursor.fetchmany(rows_max + 1)
        columns = [one.name for one in cursor.description or ()]
    return {
        "columns": columns,
        "rows": [list(row) for row in rows[:rows_max]],
        "more": len(rows) > rows_max,
    }


def single_select(text: str) -> str:
    """The one SELECT that a text is.

    Raises:
        GuardError: it is something else, or more.
    """
    statements = parse_script(text)
    if len(statements) != 1 or statements[0].kind != "SelectStmt":
        raise GuardError(
            "Only one SELECT can be run here.",
            next_step="write one SELECT, or use a shell, where the guard judges what it would lose",
        )
    found = {type(node).__name__ for node in walk(statements[0].node)}
    if found & _CHANGING:
        raise GuardError("The SELECT changes data.", next_step="write one that only reads")
    return statements[0].text.rstrip().removesuffix(";")
