"""Ways around the guards that somebody who may change the schema could think of."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import EventTriggerProtocolViolated, InsufficientPrivilege

from strongroom.protection.installing import note_floors

from .conftest import Guarded

EVASIONS = {
    "a guard tied to an extension": [
        "CREATE EXTENSION citext",
        "ALTER TRIGGER strongroom_delete ON lap DEPENDS ON EXTENSION citext",
        "DROP EXTENSION citext",
    ],
    "a table given to an extension": [
        "CREATE EXTENSION citext",
        "ALTER EXTENSION citext ADD TABLE lap",
        "ALTER TABLE lap DISABLE TRIGGER strongroom_delete",
    ],
    "a table that goes with an extension": [
        "CREATE EXTENSION citext",
        "ALTER EXTENSION citext ADD TABLE lap",
        "DROP EXTENSION citext",
    ],
    "a part of a type that a table holds": ["ALTER TYPE pace DROP ATTRIBUTE minutes"],
    "a part of a type inside an array of it": [
        "CREATE TABLE course (paces pace[])",
        "INSERT INTO course VALUES (ARRAY[ROW(4)::pace])",
        "ALTER TYPE pace DROP ATTRIBUTE minutes",
    ],
    "a column of an empty table whose row type another one holds": [
        "CREATE TABLE shape (x int, y int)",
        "CREATE TABLE shaped (shape shape)",
        "INSERT INTO shaped VALUES (ROW(1, 2)::shape)",
        "ALTER TABLE shape DROP COLUMN y",
    ],
    "operators and functions of one's own": [
        "CREATE TEMP TABLE old_rows (id int)",
        "CREATE FUNCTION never(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
        "CREATE OPERATOR > (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = never)",
        "SET search_path = public, pg_catalog",
        "UPDATE run SET km = 0",
    ],
    "two deletions in one statement": [
        (
            "WITH a AS (DELETE FROM lap WHERE id <= 150 RETURNING 1), "
            "b AS (DELETE FROM lap WHERE id > 850 RETURNING 1) SELECT count(*) FROM a, b"
        )
    ],
    "a rule": [
        "CREATE RULE more AS ON INSERT TO small DO ALSO DELETE FROM lap",
        "INSERT INTO small VALUES (99)",
    ],
    "a cursor": [
        (
            "DO $$ DECLARE c CURSOR FOR SELECT FROM lap; BEGIN FOR r IN c LOOP "
            "DELETE FROM lap WHERE CURRENT OF c; END LOOP; END $$"
        )
    ],
    "a view": ["CREATE VIEW laps AS SELECT * FROM lap", "DELETE FROM laps"],
    "another name": ["ALTER TABLE lap RENAME TO old_lap", "DROP TABLE old_lap"],
    "another schema": ["ALTER TABLE lap SET SCHEMA extra", "DROP SCHEMA extra CASCADE"],
    "a partition taken out": ["ALTER TABLE week DETACH PARTITION week_1", "DROP TABLE week_1"],
    "an older sequence tied to a new table": [
        "CREATE TABLE made (id int)",
        "ALTER SEQUENCE counting OWNED BY made.id",
        "DROP TABLE made",
    ],
    "an older table in a new schema": [
        "CREATE SCHEMA made",
        "ALTER TABLE lap SET SCHEMA made",
        "DROP SCHEMA made CASCADE",
    ],
    "an older table as a part of a new one": [
        "CREATE TABLE made (id int, run int)",
        "ALTER TABLE lap INHERIT made",
        "DELETE FROM made",
    ],
    "a type of one's own": [
        "CREATE DOMAIN public.text AS pg_catalog.text CHECK (false)",
        "SET search_path = public, pg_catalog",
        "UPDATE run SET km = 0",
    ],
    "questions of the guards": ["SELECT strongroom_guard.rows_up_to('run'::regclass, 10)"],
    "limits of the guards": ["SELECT strongroom_guard.update_limit('run'::regclass, 1000)"],
    "answers of the guards": ["SELECT strongroom_guard.in_flight('run'::regclass, 1000)"],
}


@pytest.mark.parametrize("statements", EVASIONS.values(), ids=EVASIONS)
def test_a_way_around_the_guards_is_closed(shared: Guarded, statements: list[str]) -> None:
    *before, last = statements
    with shared.owner() as connection:
        for statement in before:
            connection.execute(statement.encode())
        with pytest.raises(InsufficientPrivilege):
            connection.execute(last.encode())
    assert shared.rows("lap") == 1000


# What the transaction that made a table may do anyway, or what takes several.
LATER_EVASIONS = {
    "a cast that runs with the rights of the guards": [
        "CREATE TYPE pair AS (a int, b int)",
        (
            "CREATE FUNCTION disarm(pair) RETURNS text LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM strongroom_guard.setting; RETURN 'same'; END $$"
        ),
        "CREATE CAST (pair AS text) WITH FUNCTION disarm(pair)",
        "CREATE TABLE paired (id int PRIMARY KEY, pair pair)",
        "INSERT INTO paired SELECT n, ROW(n, n)::pair FROM generate_series(1, 100) AS n",
        "UPDATE paired SET pair = ROW(0, 0)::pair",
    ],
    "values that are empty in part": [
        "CREATE TYPE pair AS (a int, b int)",
        "CREATE TABLE paired (id int PRIMARY KEY, pair pair)",
        "INSERT INTO paired SELECT n, ROW(n, NULL)::pair FROM generate_series(1, 100) AS n",
        "UPDATE paired SET pair = NULL",
    ],
    "numbers written with fewer digits": [
        "CREATE TABLE fix (id int PRIMARY KEY, lat float8)",
        "INSERT INTO fix SELECT n, 52.5 + n / 1e4 FROM generate_series(1, 4000) AS n",
        "SET extra_float_digits = -15",
        "UPDATE fix SET lat = 50",
    ],
    "a parent with the name of a free table": [
        "CREATE TABLE django_session (id int, run int)",
        "ALTER TABLE lap INHERIT django_session",
        "DELETE FROM django_session",
    ],
    "an update by way of such a parent": [
        "CREATE TABLE django_session (id int, run int)",
        "ALTER TABLE lap INHERIT django_session",
        "UPDATE django_session SET run = NULL",
    ],
    "a partition of a table with such a name": [
        "CREATE TABLE django_session (id int, run int) PARTITION BY RANGE (id)",
        "CREATE TABLE kept AS SELECT n AS id, n AS run FROM generate_series(1, 1000) AS n",
        "ALTER TABLE django_session ATTACH PARTITION kept FOR VALUES FROM (0) TO (5000)",
        "DELETE FROM django_session",
    ],
    "another parent for each window": [
        "CREATE TABLE one (id int, run int)",
        "CREATE TABLE two (id int, run int)",
        "ALTER TABLE lap INHERIT one",
        "DELETE FROM one WHERE id <= 200",
        "ALTER TABLE lap NO INHERIT one",
        "ALTER TABLE lap INHERIT two",
    ],
    "two parents at once": [
        "CREATE TABLE one (id int, run int)",
        "CREATE TABLE two (id int, run int)",
        "ALTER TABLE lap INHERIT one",
        "ALTER TABLE lap INHERIT two",
    ],
    "a parent of a parent": [
        "CREATE TABLE one (id int, run int)",
        "CREATE TABLE two (id int, run int)",
        "ALTER TABLE lap INHERIT one",
        "ALTER TABLE one INHERIT two",
        "DELETE FROM two WHERE id <= 200",
        "DELETE FROM one WHERE id <= 300",
    ],
    "the name of a free table": [
        "ALTER TABLE lap RENAME TO django_session",
        "TRUNCATE django_session",
    ],
    "a free table under another name": [
        "ALTER TABLE job RENAME TO no_job",
        "TRUNCATE no_job",
    ],
    "a table that EXPLAIN made": [
        "EXPLAIN ANALYZE CREATE TABLE ex AS SELECT generate_series(1, 100) AS id",
        "ALTER TABLE ex ADD told text",
        "TRUNCATE ex",
    ],
}


@pytest.mark.parametrize("statements", LATER_EVASIONS.values(), ids=LATER_EVASIONS)
def test_a_way_of_several_transactions_is_closed(guarded: Guarded, statements: list[str]) -> None:
    *before, last = statements
    with guarded.owner(autocommit=True) as connection:
        for statement in before:
            connection.execute(statement.encode())
        with pytest.raises(InsufficientPrivilege, match="strongroom"):
            connection.execute(last.encode())


KEPT = [
    ["DELETE FROM week WHERE km = 1"],
    ["DELETE FROM week_1 WHERE km < 20"],
    ["ALTER TABLE lap RENAME TO x", "DELETE FROM x WHERE id = 1"],
    [
        "ALTER TABLE lap RENAME TO x",
        "ALTER TABLE small RENAME TO lap",
        "DELETE FROM lap WHERE id = 1",
    ],
    [
        "CREATE TABLE week_3 (at date, km int)",
        "INSERT INTO week_3 VALUES ('2026-01-20', 1), ('2026-01-20', 2)",
        "ALTER TABLE week ATTACH PARTITION week_3 FOR VALUES FROM ('2026-01-15') TO ('2026-01-22')",
        "DELETE FROM week_3 WHERE km = 1",
    ],
]


@pytest.mark.parametrize("statements", KEPT, ids=[one[-1] for one in KEPT])
def test_a_table_that_keeps_all_its_rows_keeps_them_under_any_name_and_in_parts(
    guarded: Guarded, statements: list[str]
) -> None:
    guarded.configured('week = "all"\nlap = "all"')
    *before, last = statements
    with guarded.owner(autocommit=True) as connection:
        for statement in before:
            connection.execute(statement.encode())
        with pytest.raises(InsufficientPrivilege, match="keeps all its rows"):
            connection.execute(last.encode())


def test_a_free_table_may_have_parts_that_are_as_free(guarded: Guarded) -> None:
    guarded.configured('week = "none"')
    with guarded.owner(autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE week_3 PARTITION OF week FOR VALUES FROM ('2026-01-15') TO ('2026-01-22')"
        )
        connection.execute("INSERT INTO week SELECT '2026-01-20', n FROM generate_series(1, 99) n")
        connection.execute("DELETE FROM week")
        connection.execute("TRUNCATE week")


def test_images_are_kept_of_parts_by_whatever_name_and_with_all_digits(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("ALTER TABLE week ADD far float8")
        connection.execute("UPDATE week SET far = 13.404954 WHERE km IN (1, 2)")
    guarded.configured('[protection]\nbefore_images = ["week"]')
    with guarded.application(autocommit=True) as connection:
        connection.execute("SET extra_float_digits = -15")
        connection.execute("DELETE FROM week WHERE km = 1")
        connection.execute("DELETE FROM week_1 WHERE km = 14")
        connection.execute("UPDATE week_2 SET far = 0 WHERE km = 21")
        connection.execute("UPDATE week SET far = 0 WHERE km = 2")
    with guarded.administrator() as connection:
        images = connection.execute(
            "SELECT image ->> 'km', image ->> 'far' FROM strongroom.before_image ORDER BY n"
        ).fetchall()
    assert images == [("1", "13.404954"), ("14", None), ("21", None), ("2", "13.404954")]


def test_an_old_table_is_not_noted_as_new(shared: Guarded) -> None:
    with shared.owner() as connection:
        connection.execute("GRANT SELECT (tableoid) ON lap TO PUBLIC")
        with pytest.raises(EventTriggerProtocolViolated), connection.transaction():
            connection.execute("SELECT strongroom_guard.note_made('lap'::regclass)")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("DROP TABLE lap")


@pytest.mark.parametrize("loss", ["DELETE FROM job", "TRUNCATE job"])
def test_a_table_that_takes_the_name_of_a_free_one_stays_guarded(
    guarded: Guarded, loss: str
) -> None:
    with guarded.administrator() as administrator:
        note_floors(administrator, {"public.lap": 1000, "public.job": 500})
    with guarded.owner(autocommit=True) as connection:
        connection.execute("DELETE FROM job")
        connection.execute("ALTER TABLE job RENAME TO old_job")
        connection.execute("ALTER TABLE lap RENAME TO job")
        with pytest.raises(InsufficientPrivilege):
            connection.execute(loss.encode())


def test_no_image_is_written_with_a_cast_of_somebody_else(guarded: Guarded) -> None:
    with guarded.administrator() as administrator:
        administrator.execute(
            "INSERT INTO strongroom_guard.rule (schema, name, before_images) "
            "VALUES ('public', 'paced', true)"
        )
        administrator.execute("SELECT strongroom_guard.bind('paced'::regclass)")
        administrator.execute("SELECT strongroom_guard.cover('paced'::regclass)")
    with guarded.owner(autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION disarm(pace) RETURNS json LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM strongroom_guard.setting; RETURN '1'; END $$"
        )
        connection.execute("CREATE CAST (pace AS json) WITH FUNCTION disarm(pace)")
        with pytest.raises(InsufficientPrivilege, match="before-image"):
            connection.execute("UPDATE paced SET id = 2")


def test_an_update_leaves_the_search_path_as_it_was(shared: Guarded) -> None:
    with shared.owner() as connection:
        connection.execute("SET search_path = extra, public")
        connection.execute("UPDATE run SET note = 'filled'")
        row = connection.execute("SELECT current_setting('search_path')").fetchone()
    assert row == ("extra, public",)


def test_an_open_transaction_keeps_nobody_from_opening_a_window(guarded: Guarded) -> None:
    with guarded.application() as idle, guarded.application(autocommit=True) as connection:
        idle.execute("DELETE FROM run WHERE id = 1000")
        lost = 0
        for number in range(1, 1000):
            try:
                connection.execute("DELETE FROM run WHERE id = %s", (number,))
            except InsufficientPrivilege:
                break
            lost += 1
    assert lost == 200


def test_transactions_that_are_open_at_once_share_what_may_be_deleted(guarded: Guarded) -> None:
    with guarded.application() as one, guarded.application() as other:
        one.execute("DELETE FROM run WHERE id <= 120")
        with pytest.raises(InsufficientPrivilege, match="120 in other open transactions"):
            other.execute("DELETE FROM run WHERE id > 880")
        other.rollback()
        one.rollback()
        other.execute("DELETE FROM run WHERE id > 880")


def test_an_older_snapshot_fails_on_no_window_of_another(guarded: Guarded) -> None:
    with guarded.application() as old, guarded.application(autocommit=True) as other:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("SELECT FROM run")
        for number in range(1, 5):
            other.execute("DELETE FROM run WHERE id = %s", (number,))
        for number in range(901, 905):
            old.execute("DELETE FROM run WHERE id = %s", (number,))
        old.commit()
    assert guarded.rows("run") == 992
