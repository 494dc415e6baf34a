"""Large objects are compared like the rows of a table, whoever reads them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import LARGE_OBJECTS
from strongroom.postgres.digests import TableDigest, digest_table, settle_session, sum_rows

Database = Any
"""``conftest.Database``; pytest loads that file under a name of its own."""

WHOLE = """
SELECT lo_from_bytea(4711, decode(repeat('ab', 5000) || repeat('00', 5000) || 'cd', 'hex'));
SELECT lo_from_bytea(4712, ''), lo_from_bytea(4713, '\\x0000')
"""
IN_PARTS = """
SELECT lo_create(4711), lo_create(4712), lo_from_bytea(4713, '\\x00'), lo_put(4713, 1, '\\x00');
SELECT lo_put(4711, 10000, '\\xcd'), lo_put(4711, 0, decode(repeat('ab', 5000), 'hex'))
"""
CHANGES = (
    "SELECT lo_put(4711, 9999, '\\x01')",
    "SELECT lo_put(4711, 10001, '\\x00')",
    "SELECT lo_put(4713, 0, '\\x01')",
    "SELECT lo_unlink(4712)",
    "SELECT lo_create(4714)",
    "GRANT SELECT ON LARGE OBJECT 4713 TO PUBLIC",
)


def digested(connection: psycopg.Connection) -> TableDigest:
    settle_session(connection)
    return digest_table(connection, LARGE_OBJECTS)


def test_pages_that_are_filled_otherwise_are_the_same_objects_and_every_change_is_seen(
    database: Database,
) -> None:
    with database.connect() as connection:
        connection.execute(WHOLE.encode())
        whole = digested(connection)
        connection.rollback()
        connection.execute(IN_PARTS.encode())
        assert digested(connection) == whole
        assert (whole.rows, whole.method) == (3, "large_objects")
        runs = [(0, 1), (1, None)]
        found = [sum_rows(connection, LARGE_OBJECTS, "large_objects", *run) for run in runs]
        assert (found[0] + found[1]).digest(LARGE_OBJECTS, "large_objects") == whole
        seen = {whole.digest}
        for change in CHANGES:
            connection.execute(change.encode())
            seen.add(digested(connection).digest)
        assert len(seen) == len(CHANGES) + 1


def test_who_may_open_each_sees_the_same_and_who_may_not_says_so(database: Database) -> None:
    role = sql.Identifier(f"reader_{database.name}")
    with database.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(WHOLE.encode())
        grant = sql.SQL("GRANT SELECT ON LARGE OBJECT 4711, 4712, 4713 TO {}").format(role)
        connection.execute(grant)
        whole = digested(connection)
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        assert digested(connection) == whole
        connection.execute("RESET ROLE")
        connection.execute("SELECT lo_create(4714)")
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        unread = digested(connection)
        assert (unread.rows, unread.method) == (4, "not_covered")
        assert "GRANT pg_read_all_data" in str(unread.reason)
        connection.rollback()
