"""Digests of all tables of a database, and of one that is made for it."""

from __future__ import annotations

from typing import Any

import psycopg

from strongroom.postgres import TableDigest, digest_table, settle_session, user_tables
from strongroom.postgres.digests import RowMethod


def digests(connection: psycopg.Connection, method: RowMethod = "rows") -> dict[str, TableDigest]:
    settle_session(connection)
    return {
        table.label: digest_table(connection, table, method) for table in user_tables(connection)
    }


def digest_of_rows(
    database: Any, columns: str, *rows: str, method: RowMethod = "rows"
) -> TableDigest:
    """The digest of a table ``t`` with these columns, filled with these rows in this order."""
    with database.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        for row in rows:
            connection.execute(f"INSERT INTO t VALUES ({row})")
        digest = digests(connection, method)["public.t"]
        connection.rollback()
    return digest


BY_ROW: list[RowMethod] = ["rows", "binary"]
