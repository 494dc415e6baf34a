from __future__ import annotations

from typing import Any

import psycopg
import pytest

from strongroom.postgres import connect_as_configured as connect
from strongroom.postgres.digests import RowMethod

from .digested import BY_ROW, digest_of_rows, digests


@pytest.mark.parametrize("method", BY_ROW)
def test_the_order_of_rows_does_not_matter(database: Any, method: RowMethod) -> None:
    three = ("1, 'x'", "2, 'y'", "3, NULL")
    there = digest_of_rows(database, "a int, b text", *three, method=method)
    back = digest_of_rows(database, "a int, b text", *reversed(three), method=method)
    assert there == back
    assert (there.rows, there.method) == (3, method)


@pytest.mark.parametrize("method", BY_ROW)
def test_pairs_of_equal_rows_do_not_cancel_each_other(database: Any, method: RowMethod) -> None:
    kept = digest_of_rows(database, "a text", "'lost'", "'lost'", "'keep'", method=method)
    forged = digest_of_rows(database, "a text", "'forged'", "'forged'", "'keep'", method=method)
    assert kept.digest != forged.digest


@pytest.mark.parametrize("method", BY_ROW)
def test_rows_that_exchange_a_value_are_other_rows(database: Any, method: RowMethod) -> None:
    """A sum over the hashes of single columns would not see it."""
    before = digest_of_rows(database, "a int, b text", "1, 'x'", "2, 'y'", method=method)
    after = digest_of_rows(database, "a int, b text", "1, 'y'", "2, 'x'", method=method)
    assert before.digest != after.digest


@pytest.mark.parametrize("method", BY_ROW)
def test_the_two_sums_are_independent_of_each_other(database: Any, method: RowMethod) -> None:
    first, second = digest_of_rows(database, "a text", "'x'", method=method).digest.split(":")
    assert first != second, "two equal sums would be as weak as one"


# Each pair differs in one value only, in a way that some simpler digest would not see.
DIFFERENCES = {
    "null and empty": ("a text", "NULL", "''"),
    "null and its name": ("a text", "NULL", "'NULL'"),
    "scale of a number": ("a numeric", "1.0", "1.00"),
    "not a number": ("a float8", "'NaN'", "'infinity'"),
    "signs of infinity": ("a float8", "'infinity'", "'-infinity'"),
    "last bit of a float": ("a float8", "0.1", "0.10000000000000002"),
    "negative zero": ("a float8", "0", "'-0'"),
    "infinite dates": ("a date", "'infinity'", "'-infinity'"),
    "microseconds": ("a timestamptz", "'2024-01-01 00:00:00Z'", "'2024-01-01 00:00:00.000001Z'"),
    "months and days": ("a interval", "'1 month'", "'30 days'"),
    "elements of an array": ("a text[]", "'{a,b}'", "ARRAY['a,b']"),
    "bounds of an array": ("a int[]", "'{1,2}'", "'[0:1]={1,2}'"),
    "a null in an array": ("a text[]", "'{NULL}'", "ARRAY['NULL']"),
    "jsonb": ("a jsonb", "'{\"a\": 1}'", '\'{"a": "1"}\''),
    "text of json": ("a json", "'{\"a\":1}'", "'{\"a\": 1}'"),
    "bytes": ("a bytea", "'\\x00ff'", "'\\x00fe'"),
    "columns exchanged": ("a text, b text", "'x', 'y'", "'y', 'x'"),
    "a value in the next column": ("a text, b text", "'x', NULL", "NULL, 'x'"),
    "decomposed letters": ("a text", "U&'\\00FC'", "U&'u\\0308'"),
    "points": ("a point", "'(1,2)'", "'(2,1)'"),
}


@pytest.mark.parametrize("method", BY_ROW)
@pytest.mark.parametrize("name", DIFFERENCES)
def test_one_different_value_makes_another_digest(
    database: Any, name: str, method: RowMethod
) -> None:
    columns, one, other = DIFFERENCES[name]
    first = digest_of_rows(database, columns, one, method=method)
    second = digest_of_rows(database, columns, other, method=method)
    assert first.method == second.method == method
    assert first.digest != second.digest


@pytest.mark.parametrize("column", ["t", "x", "public", "T", "Größe", 'quo"te', "select"])
def test_all_columns_count_whatever_they_are_called(database: Any, column: str) -> None:
    quoted = column.replace('"', '""')
    columns = f'"{quoted}" int, other int'
    assert (
        digest_of_rows(database, columns, "1, 2").digest
        != digest_of_rows(database, columns, "1, 3").digest
    )


def test_names_in_any_script_are_digested(database: Any) -> None:
    database.execute("""
        CREATE SCHEMA "données ""é"" b";
        CREATE TABLE "données ""é"" b"."跑步 记录" ("größe" int);
        INSERT INTO "données ""é"" b"."跑步 记录" VALUES (1);
    """)
    with database.connect() as connection:
        (digest,) = digests(connection).values()
    assert (digest.rows, digest.method) == (1, "rows")


def test_generated_and_identity_columns_are_digested(database: Any) -> None:
    columns = (
        "id int GENERATED ALWAYS AS IDENTITY, m int, km int GENERATED ALWAYS AS (m / 7) STORED"
    )
    with database.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        connection.execute("INSERT INTO t (m) VALUES (7), (14)")
        before = digests(connection)["public.t"]
        connection.execute("ALTER TABLE public.t ALTER COLUMN km DROP EXPRESSION")
        assert digests(connection)["public.t"] == before
        connection.execute("UPDATE public.t SET km = 3 WHERE m = 14")
        assert digests(connection)["public.t"].digest != before.digest


def test_partitions_are_digested_one_by_one_and_never_twice(database: Any) -> None:
    database.execute("""
        CREATE TABLE run (at int) PARTITION BY RANGE (at);
        CREATE TABLE run_old PARTITION OF run FOR VALUES FROM (0) TO (10);
        CREATE TABLE run_new PARTITION OF run FOR VALUES FROM (10) TO (20);
        INSERT INTO run VALUES (1), (11), (12);
        CREATE TABLE parent (a int);
        CREATE TABLE child () INHERITS (parent);
        INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2), (3);
    """)
    with database.connect() as connection:
        rows = {name: digest.rows for name, digest in digests(connection).items()}
    assert rows == {
        "public.child": 2,
        "public.parent": 1,
        "public.run": 0,
        "public.run_new": 2,
        "public.run_old": 1,
    }


def test_row_security_hides_no_row_and_never_passes_silently(database: Any) -> None:
    database.execute("""
        CREATE TABLE secret (a int);
        INSERT INTO secret VALUES (1), (2);
        ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
        CREATE POLICY one_only ON secret USING (a = 1);
    """)
    role = f"reader_{database.name}"
    with database.connect() as connection:
        connection.execute(f"CREATE ROLE {role}")
        connection.execute(f"GRANT pg_read_all_data TO {role}")
        assert digests(connection)["public.secret"].rows == 2
        connection.execute(f"SET LOCAL ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            digests(connection)


def test_a_digest_ignores_the_settings_of_database_and_role(database: Any) -> None:
    database.execute("""
        CREATE TABLE t (a timestamptz, b interval, c bytea, d float8, e date, f money, g regclass);
        INSERT INTO t VALUES ('2024-03-01Z', '1 month 2 days', 'x', 0.1, '2024-03-01', 12.5, 't');
    """)
    with database.connect() as connection:
        before = digests(connection)
    for setting in (
        "timezone = 'Asia/Kathmandu'",
        "datestyle = 'German'",
        "intervalstyle = 'iso_8601'",
        "bytea_output = 'escape'",
        "extra_float_digits = -15",
        "quote_all_identifiers = on",
        "search_path = pg_temp",
    ):
        database.execute(f"ALTER DATABASE {database.name} SET {setting}")
    with database.connect() as connection:
        assert digests(connection) == before


def test_views_and_tables_of_extensions_are_listed_as_not_covered(database: Any) -> None:
    database.execute("""
        CREATE MATERIALIZED VIEW summary AS SELECT 1 AS one WITH NO DATA;
        CREATE EXTENSION pg_stat_statements;
        CREATE TABLE own AS SELECT 1 AS one;
        ALTER EXTENSION pg_stat_statements ADD TABLE own;
    """)
    with database.connect() as connection:
        found = digests(connection)
    assert {digest.method for digest in found.values()} == {"not_covered"}
    assert all(digest.reason for digest in found.values())
    assert found["public.own"].rows == 1


def test_a_table_without_columns_has_a_digest(database: Any) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE t ()")
        connection.execute("INSERT INTO t DEFAULT VALUES")
        (digest,) = digests(connection).values()
    assert (digest.rows, digest.method) == (1, "rows")


def test_the_digest_is_the_same_within_a_transaction_and_in_autocommit(database: Any) -> None:
    database.execute("CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n")
    with database.connect() as one, connect(database.conninfo, autocommit=True) as other:
        assert digests(one) == digests(other)
