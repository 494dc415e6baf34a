"""What the rules believe about PostgreSQL, asked of PostgreSQL itself."""

from __future__ import annotations

from itertools import permutations
from typing import Any, Protocol

import psycopg
import pytest

from strongroom.migrations.lint.ordinary_functions import ORDINARY
from strongroom.migrations.lint.types import ColumnType, keeps_rows, narrows_values

TYPES = {
    "smallint": "1",
    "integer": "100000",
    "bigint": "10000000000",
    "numeric": "12345.678",
    "numeric(10,2)": "12345678.12",
    "numeric(12,2)": "1234567890.12",
    "numeric(12,4)": "12345678.1234",
    "text": "'x'",
    "character varying": "'x'",
    "character varying(10)": "'0123456789'",
    "character varying(20)": "'01234567890123456789'",
    "character(5)": "'01234'",
    "timestamp without time zone": "'2026-01-01 12:00'",
    "timestamp with time zone": "'2026-01-01 12:00+00'",
    "date": "'2026-01-01'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "cidr": "'10.0.0.0/8'",
    "inet": "'10.0.0.1'",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
}
# Volatile functions that only count, wait, look or settle the session.
VOLATILE_AND_ORDINARY = frozenset(
    """
    clock_timestamp currval gen_random_uuid lastval nextval pg_advisory_lock pg_advisory_unlock
    pg_advisory_unlock_all pg_advisory_xact_lock pg_blocking_pids pg_cancel_backend
    pg_current_wal_lsn pg_database_size pg_indexes_size pg_is_in_recovery pg_notify
    pg_partition_ancestors pg_partition_tree pg_relation_size pg_sleep pg_sleep_for pg_sleep_until
    pg_table_size pg_terminate_backend pg_total_relation_size pg_try_advisory_lock
    pg_try_advisory_xact_lock random set_config setval timeofday uuidv4 uuidv7
    """.split()  # noqa: SIM905
)


class Connects(Protocol):
    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]: ...


def test_postgresql_keeps_the_rows_exactly_where_the_rules_say_so(database: Connects) -> None:
    wrong = []
    with database.connect(autocommit=True) as connection:
        connection.execute("SET TimeZone = 'Europe/Vienna'")
        for old, new in permutations(TYPES, 2):
            kept = rows_kept(connection, old, new)
            believed = keeps_rows(ColumnType.of_text(old), ColumnType.of_text(new))
            if believed and not kept:
                wrong.append((old, new))
    assert wrong == []


def rows_kept(connection: psycopg.Connection[Any], old: str, new: str) -> bool | None:
    """Whether the change left the file alone; a cast that is not allowed keeps nothing."""
    connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (a {old})".encode())
    before = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
    try:
        connection.execute(f"ALTER TABLE t ALTER a TYPE {new}".encode())
    except psycopg.errors.DatatypeMismatch:
        return None
    return before == connection.execute("SELECT pg_relation_filenode('t')").fetchone()


def test_a_type_that_some_value_does_not_fit_is_called_narrower(
    connection: psycopg.Connection[Any],
) -> None:
    """The value given for the old type is refused by the new one, or comes back changed."""
    wrong = []
    for old, new in permutations(TYPES, 2):
        if not survives(connection, TYPES[old], old, new) and not is_text(new):
            narrower = narrows_values(ColumnType.of_text(old), ColumnType.of_text(new))
            wrong += [] if narrower else [(old, new)]
    assert wrong == []


def survives(connection: psycopg.Connection[Any], value: str, old: str, new: str) -> bool:
    query = f"SELECT ({value}::{old}::{new})::{old}::text = ({value}::{old})::text"
    try:
        return connection.execute(query.encode()).fetchone() == (True,)
    except psycopg.Error:
        return False


def is_text(name: str) -> bool:
    return name in {"text", "character varying"}


@pytest.fixture
def connection(server: Any) -> Any:
    with psycopg.connect(**server.administrator(), autocommit=True) as opened:
        yield opened


def test_functions_called_ordinary_change_nothing(connection: psycopg.Connection[Any]) -> None:
    volatile = connection.execute(
        "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v'"
        " AND pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (%s)",
        [sorted(ORDINARY)],
    ).fetchall()
    assert {name for (name,) in volatile} == VOLATILE_AND_ORDINARY


@pytest.mark.parametrize(
    ("addition", "reads_rows"),
    [
        ("b int CHECK (b > 0)", True),
        ("b int DEFAULT 1", False),
        ("b int REFERENCES p", False),
        ("b timestamptz NOT NULL DEFAULT now()", False),
    ],
)
def test_postgresql_reads_the_table_for_a_new_column_where_the_rules_say_so(
    database: Connects, addition: str, *, reads_rows: bool
) -> None:
    told: list[str] = []
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE t AS SELECT 1 AS a")
        connection.execute("SET client_min_messages = debug1")
        connection.add_notice_handler(lambda one: told.append(one.message_primary or ""))
        connection.execute(f"ALTER TABLE t ADD COLUMN {addition}".encode())
    assert ('verifying table "t"' in told) == reads_rows
