"""Digests of one table agree however they are made, wherever, and in whatever pieces."""

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

from .digested import digest_of_rows, digests


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
