from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from strongroom.backups.digesting import Digesting
from strongroom.errors import BinariesMissingError
from strongroom.postgres import TableDigest, digest_table, settle_session, user_tables
from strongroom.postgres import connect_as_configured as connect
from strongroom.postgres import digests as digests_module
from strongroom.postgres import pieces as pieces_module
from strongroom.postgres.digests import Method, RowMethod, sent_alike
from strongroom.postgres.pieces import pieces_of
from strongroom.server import find_binaries, scratch_server
from strongroom.testing.missing import missing


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


def test_rows_too_large_for_a_text_are_digested_by_column(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a function in place of the row's text that fails as PostgreSQL does beyond 1 GB."""
    monkeypatch.setattr(
        digests_module,
        "DIGEST_BY_ROWS",
        "SELECT 1, repeat((x.*)::text || repeat('x', 1024), 1048576), '' FROM ONLY {table} x",
    )
    columns = "a int, b bytea, c text"
    one = digest_of_rows(database, columns, "1, 'x', 'y'", "2, NULL, ''")
    assert (one.rows, one.method) == (2, "columns")
    assert one == digest_of_rows(database, columns, "2, NULL, ''", "1, 'x', 'y'")
    for other in ("1, 'x', 'z'", "1, 'y', 'x'", "1, 'x', NULL", "3, 'x', 'y'"):
        assert one.digest != digest_of_rows(database, columns, other, "2, NULL, ''").digest


@pytest.mark.skipif("STRONGROOM_SOAK" not in os.environ, reason="a quarter of a minute: make whole")
def test_a_value_of_half_a_gigabyte_is_digested(database: Any) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE t (a bytea STORAGE EXTERNAL)")
        connection.execute("INSERT INTO t VALUES (convert_to(repeat('x', 540000000), 'UTF8'))")
        (digest,) = digests(connection).values()
        connection.rollback()
    assert (digest.rows, digest.method) == (1, "columns")


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


OLDEST_SUPPORTED = 15
SOME_OF_EVERYTHING = """
    CREATE TYPE sport AS ENUM ('run', 'ride');
    CREATE DOMAIN km AS numeric CHECK (value >= 0);
    CREATE TABLE t (
        id int GENERATED ALWAYS AS IDENTITY, s sport, k km, f float8, r real, d date,
        ts timestamptz, i interval, b bytea, j jsonb, a text[], p point, u uuid, n numrange,
        x xml, m money, v tsvector, c cidr, bits varbit, g int GENERATED ALWAYS AS (1 + 1) STORED
    );
    INSERT INTO t (s, k, f, r, d, ts, i, b, j, a, p, u, n, m, v, c, bits) VALUES
        ('run', 42.195, 'NaN', 1e-7, 'infinity', '2024-02-29 12:00:00.123456+02',
         '-1 year 2 days 03:04:05.678', '\\x00ff', '{"b": [1, null], "a": 1.50}', '{a,NULL,"x,y"}',
         '(0.1,-2)', '00000000-0000-0000-0000-000000000001', '[1,2)', 12.5, 'a:1 fat:2',
         '10.0.0.0/8', B'101'),
        ('ride', 0, '-infinity', 3.4e38, '0044-03-15 BC', '-infinity', '0', '', '"é"', '{}',
         NULL, NULL, 'empty', -0.01, '', '::/0', B'');
    CREATE TABLE sent AS
        SELECT f, r, d, ts, i, b, j, a, p, u, n, m, v, c, bits, k::numeric, 'NaN'::numeric AS nan,
               '{"a": 1}'::json AS text, 'z'::char(3) AS fixed,
               '{[1,2),[4,5)}'::int4multirange AS many, '08:00:00+02'::timetz AS at FROM t;
"""


def test_digests_are_the_same_on_the_oldest_and_the_newest_version(
    database: Any, tmp_path: Path
) -> None:
    try:
        find_binaries(OLDEST_SUPPORTED)
    except BinariesMissingError:
        missing(f"PostgreSQL {OLDEST_SUPPORTED}")
    database.execute(SOME_OF_EVERYTHING)
    with database.connect() as connection:
        newest = digests(connection), sent(connection)
    with (
        scratch_server(tmp_path, major=OLDEST_SUPPORTED) as server,
        connect(server.administrator()) as connection,
    ):
        connection.execute(SOME_OF_EVERYTHING)
        oldest = digests(connection), sent(connection)
    assert oldest == newest
    assert oldest[0]["public.t"].method == "rows"
    assert [(one.name, one.rows) for one in oldest[1]] == [("public.sent", 2)]


def sent(connection: psycopg.Connection) -> list[TableDigest]:
    """The digests of those tables whose rows may be digested as they are sent."""
    tables = sorted(sent_alike(connection, user_tables(connection)), key=lambda one: one.label)
    return [digest_table(connection, table, "binary") for table in tables]


# Types whose binary form another copy would not have, or nobody: those made here, which have other
# numbers there; those that name an object by its number; one that is never sent.
NOT_ALIKE = ("mood", "mood[]", "few", "pair", "regclass", "regrole[]", "aclitem", "aclitem[]")


def test_only_rows_that_every_copy_sends_alike_are_digested_so(database: Any) -> None:
    database.execute("""
        CREATE TYPE mood AS ENUM ('good'); CREATE TYPE pair AS (a int, b int);
        CREATE DOMAIN few AS int;
        CREATE TABLE alike (a int, b text[], c jsonb, d int4range, e oid, gone mood);
        ALTER TABLE alike DROP COLUMN gone;
    """)
    for number, kind in enumerate(NOT_ALIKE):
        database.execute(f"CREATE TABLE t{number} (a int, b {kind})")
    with database.connect() as connection:
        tables = user_tables(connection)
        assert [one.label for one in sent_alike(connection, tables)] == ["public.alike"]
        connection.execute("SET client_encoding TO 'LATIN1'")
        assert not sent_alike(connection, tables), "texts would be sent in another encoding"


def test_rows_are_sent_alike_wherever_their_columns_came_from(database: Any) -> None:
    database.execute("""
        CREATE TABLE one (gone int, a int, b text);
        INSERT INTO one VALUES (1, 2, 'x'), (1, 3, NULL);
        ALTER TABLE one DROP COLUMN gone, ADD COLUMN late int DEFAULT 7;
        CREATE TABLE other (a int, b text, late int);
        INSERT INTO other VALUES (3, NULL, 7), (2, 'x', 7);
    """)
    with database.connect() as connection:
        one, other = (found.digest for found in digests(connection, "binary").values())
    assert one == other


@pytest.mark.parametrize("wanted", ["rows", "binary", "columns"])
def test_a_table_is_digested_as_the_one_it_is_compared_with(database: Any, wanted: Method) -> None:
    database.execute("CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE p (a regclass)")
    with database.connect() as connection:
        tables = user_tables(connection)
    methods = {one.label: wanted for one in tables}
    info = database.server.administrator(database.name)
    with Digesting(info, None, tables, methods=methods) as digesting:
        found = {one.name: one.method for one in digesting.result()}
    not_sent: Method = "rows" if wanted == "binary" else wanted
    assert found == {"public.t": wanted, "public.p": not_sent}


# What differs in how a row may be stored: dropped and added columns, values out of line, and types
# that anybody may make.
STORED = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE pair AS (a int, told text);
CREATE DOMAIN few AS int CHECK (VALUE < 10);
CREATE DOMAIN paired AS pair;
CREATE TABLE plain (id int PRIMARY KEY, gone int, told text, "x.y" numeric, at timestamptz);
INSERT INTO plain SELECT n, n, 'a "b", (c)', n / 3.0, to_timestamp(n) FROM generate_series(1, 9) n;
INSERT INTO plain VALUES (10, NULL, NULL, NULL, NULL), (11, 1, '', 'NaN', 'infinity');
ALTER TABLE plain DROP COLUMN gone, ADD COLUMN late int DEFAULT 7, ADD COLUMN mood mood;
CREATE TABLE made (f few, m mood[], p pair, o paired, r int4range, b bool, c char(5), i inet);
INSERT INTO made VALUES (3, '{good,NULL}', ROW(1, 'x, "y"'), ROW(NULL, ''), '[1,5)', true, 'z',
                         '10.0.0.1'), (NULL, '{}', ROW(NULL, NULL), NULL, 'empty', false, '', NULL);
INSERT INTO made DEFAULT VALUES;
CREATE TABLE wide AS SELECT n, repeat(md5(n::text), 5000) AS told FROM generate_series(1, 3) n;
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
CREATE TABLE up (a int) PARTITION BY LIST (a);
CREATE TABLE down PARTITION OF up DEFAULT;
INSERT INTO up VALUES (1);
"""


def test_digests_of_backups_from_before_stay_true(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and columns were once written by a cast, which a table's owner can make their own."""
    database.execute(STORED)
    before = digests_module.DIGEST_BY_ROWS.replace("ROW(x.*)", "(x.*)")
    assert before != digests_module.DIGEST_BY_ROWS
    texts = [digests_module.TEXT_COLUMN, digests_module.MADE_COLUMN]
    with database.connect() as connection:
        now = digests(connection)
        connection.rollback()
        monkeypatch.setattr(digests_module, "DIGEST_BY_ROWS", before)
        assert digests(connection) == now
        for name in ("m", "p", "o", "r"):
            assert len({_hashes(connection, text, name) for text in texts}) == 1, name


def _hashes(connection: psycopg.Connection, text: str, column: str) -> tuple[Any, ...]:
    query = f"SELECT {text.format(column=column)} FROM public.made AS x ORDER BY x.f"
    return tuple(connection.execute(query.encode()).fetchall())


def test_no_cast_of_an_owner_runs_with_the_rights_of_who_digests(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("""
        CREATE TABLE trap (id int, told text);
        CREATE TYPE mood AS ENUM ('good');
        CREATE TABLE kept (mood mood, moods mood[]);
        INSERT INTO trap VALUES (1, 'x');
        INSERT INTO kept VALUES ('good', '{good}');
        CREATE FUNCTION sprung(trap) RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'sprung'; END $$;
        CREATE FUNCTION sprung(mood) RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'sprung'; END $$;
        CREATE FUNCTION sprung(mood[]) RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'sprung'; END $$;
        CREATE CAST (trap AS text) WITH FUNCTION sprung(trap);
        CREATE CAST (mood AS text) WITH FUNCTION sprung(mood);
        CREATE CAST (mood[] AS text) WITH FUNCTION sprung(mood[]);
    """)
    with database.connect() as connection:
        assert {one.method for one in digests(connection).values()} == {"rows"}
        connection.rollback()
        # A row that is too large is digested column by column.
        too_large = "SELECT repeat('x', 2000000000) FROM {table}"
        monkeypatch.setattr(digests_module, "DIGEST_BY_ROWS", too_large)
        monkeypatch.setattr(digests_module, "TOO_LARGE", (psycopg.Error,))
        settle_session(connection)
        (kept,) = (one for one in user_tables(connection) if one.name == "kept")
        assert digest_table(connection, kept).method == "columns"


@pytest.mark.parametrize("method", ["rows", "binary", "columns"])
def test_a_large_table_is_digested_in_pieces_as_it_is_at_once(
    database: Any, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    """Pieces of one block here; with a row that has no text, all of it is digested by columns."""
    monkeypatch.setattr(pieces_module, "PIECE_BLOCKS", 1)
    by_row: RowMethod = "binary" if method == "binary" else "rows"
    if method == "columns":
        one_has_none = """
            (SELECT CASE WHEN to_jsonb(x)->>'a' = '900' THEN repeat(repeat('x', 1024), 1048576)
                         ELSE ROW(x.*)::text END AS written"""
        normal = digests_module.DIGEST_BY_ROWS
        broken = normal.replace("(SELECT ROW(x.*)::text AS written", one_has_none)
        assert broken != normal
        monkeypatch.setattr(digests_module, "DIGEST_BY_ROWS", broken)
    with database.connect() as connection:
        connection.execute("CREATE TABLE t (a int, b text)")
        connection.execute("INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 1000) i")
        connection.execute("UPDATE t SET b = 'x' WHERE a % 7 = 0")
        connection.execute("DELETE FROM t WHERE a % 11 = 0")
        connection.execute("CREATE TABLE kept (a int)")
        connection.commit()
        tables = user_tables(connection)
        assert len(pieces_of(connection, tables)) > 5
        at_once = digests(connection, by_row)
    info, methods = (
        database.server.administrator(database.name),
        {one.label: by_row for one in tables},
    )
    with Digesting(info, None, tables, methods=methods) as digesting:
        found = {one.name: one for one in digesting.result()}
    assert found == at_once
    assert found["public.t"].method == method
