"""What the linter knows beyond the single statement: the script, the server, the tables."""

from __future__ import annotations

import pytest

from strongroom.migrations.lint import ColumnFacts, LintContext, TableFacts, effects_of, lint

OUTSIDE = LintContext(in_transaction=False)
LARGE = TableFacts(5_000_000, 900_000_000, {"name": ColumnFacts("character varying(50)")})
SMALL = TableFacts(12, 16_384, {"name": ColumnFacts("character varying(50)", not_null=True)})


def rules(script: str, context: LintContext = OUTSIDE, severity: str | None = None) -> set[str]:
    return {
        one.rule
        for one in lint(script, context=context)
        if severity in (None, one.severity) and one.rule != "lock-timeout-missing"
    }


def on(facts: TableFacts, **more: object) -> LintContext:
    return LintContext(in_transaction=False, tables={"public.users": facts}, **more)  # type: ignore[arg-type]


def test_a_finding_names_table_line_and_file() -> None:
    (finding,) = lint("SELECT 1;\n\nDROP TABLE app.users;", context=OUTSIDE, file="x.sql")
    assert (finding.table, finding.line, finding.file) == ("app.users", 3, "x.sql")
    assert finding.as_dict()["severity"] == "danger"


def test_a_small_table_may_be_locked_and_a_large_one_not() -> None:
    script = "CREATE INDEX i ON users (name)"
    assert rules(script, on(SMALL)) == set()
    assert rules(script, on(LARGE)) == {"index-not-concurrent"}


def test_a_small_table_still_loses_its_rows() -> None:
    assert rules("DROP TABLE users", on(SMALL)) == {"drop-table"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("varchar(100)", set()),
        ("text", set()),
        ("varchar(20)", {"change-column-type", "narrowing-type"}),
        ("integer USING name::integer", {"change-column-type", "narrowing-type"}),
    ],
)
def test_the_old_type_decides_about_a_change_of_type(change: str, expected: set[str]) -> None:
    assert rules(f"ALTER TABLE users ALTER COLUMN name TYPE {change}", on(LARGE)) == expected


def test_dropping_a_default_is_dangerous_where_the_column_is_required() -> None:
    script = "ALTER TABLE users ALTER COLUMN name DROP DEFAULT"
    assert rules(script, on(SMALL), "danger") == {"drop-default"}
    assert rules(script, on(LARGE), "caution") == {"drop-default"}


def test_a_constant_default_rewrites_only_on_old_servers() -> None:
    script = "ALTER TABLE users ADD COLUMN a int DEFAULT 0"
    assert rules(script, LintContext(in_transaction=False, server_major=10)) == {"volatile-default"}
    assert rules(script, LintContext(in_transaction=False, server_major=11)) == set()


def test_a_validated_check_spares_the_scan_only_since_12() -> None:
    script = (
        "ALTER TABLE users ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;"
        "ALTER TABLE users VALIDATE CONSTRAINT c; ALTER TABLE users ALTER COLUMN a SET NOT NULL"
    )
    assert rules(script) == set()
    assert rules(script, LintContext(in_transaction=False, server_major=11)) == {"set-not-null"}


def test_a_check_of_two_conditions_does_not_prove_that_a_column_is_filled() -> None:
    script = (
        "ALTER TABLE users ADD CONSTRAINT c CHECK (a IS NOT NULL OR b > 0) NOT VALID;"
        "ALTER TABLE users ALTER COLUMN a SET NOT NULL"
    )
    assert "set-not-null" in rules(script, severity="danger")


def test_a_whole_file_in_one_transaction_cannot_work_concurrently() -> None:
    script = "CREATE INDEX CONCURRENTLY i ON users (name)"
    assert rules(script, LintContext(in_transaction=True)) == {"concurrent-in-transaction"}
    assert rules(script) == set()


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE IF NOT EXISTS users (id int); DROP TABLE users",
        "BEGIN; CREATE TABLE users (id int); ROLLBACK; DROP TABLE users",
        "CREATE TABLE other.users (id int); DROP TABLE users",
        "CREATE TABLE users (id int); SET search_path = other; DROP TABLE users",
        "CREATE TABLE users (id int); DROP TABLE users; DROP TABLE users",
        "CREATE TABLE a (id int); ALTER TABLE a RENAME TO b; DROP TABLE a",
        "CREATE TEMP TABLE users (id int); DROP TABLE public.users",
        "CREATE TEMP TABLE users (id int) ON COMMIT DROP; DROP TABLE users",
        "BEGIN; CREATE TEMP TABLE users (i int) ON COMMIT DROP; COMMIT; DROP TABLE users",
        "CREATE TEMP TABLE users (id int); DISCARD TEMP; DROP TABLE users",
        "BEGIN; SET LOCAL search_path = x; CREATE TABLE users (i int); COMMIT; DROP TABLE users",
        "CREATE TABLE users (); SELECT set_config('search_path', 'x', false); DROP TABLE users",
        "SET search_path = x; CREATE TABLE users (i int); RESET ALL; DROP TABLE users",
        "CREATE TABLE a (); ALTER TABLE a ATTACH PARTITION users DEFAULT; DROP TABLE a",
        "CREATE TABLE a (i int); ALTER TABLE users INHERIT a; DROP TABLE a CASCADE",
        (
            "CREATE TABLE a (); ALTER TABLE a SET SCHEMA x; "
            "ALTER TABLE y.a SET SCHEMA public; DROP TABLE a"
        ),
        "CREATE TABLE a.t();ALTER SCHEMA a RENAME TO b;ALTER SCHEMA c RENAME TO a;DROP TABLE a.t",
    ],
)
def test_a_table_is_the_scripts_own_only_where_that_is_certain(script: str) -> None:
    assert "drop-table" in rules(script)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE a (id int); DROP TABLE a",
        "CREATE TABLE a (id int); ALTER TABLE a RENAME TO b; DROP TABLE b",
        "CREATE TEMP TABLE users AS SELECT 1; DROP TABLE users",
        "SELECT * INTO scratch FROM users; DROP TABLE scratch",
    ],
)
def test_what_the_script_made_may_go(script: str) -> None:
    assert "drop-table" not in rules(script)


@pytest.mark.parametrize(
    ("script", "lost"),
    [
        ("CREATE TABLE users (a int); DROP TABLE users", True),
        ("SELECT 1 INTO users; DELETE FROM users", True),
        ("DROP TABLE other; CREATE TABLE users (a int); TRUNCATE users", True),
        ("ALTER TABLE users RENAME TO o; CREATE TABLE users (a int); TRUNCATE users", False),
    ],
)
def test_a_table_that_the_database_has_is_not_the_scripts_own(script: str, *, lost: bool) -> None:
    about = {one.table for one in effects_of(script, context=on(SMALL))}
    assert ("public.users" in about) is lost


def test_a_column_is_the_scripts_own_only_under_the_name_it_has_now() -> None:
    added = "ALTER TABLE users ADD COLUMN x int; "
    assert "drop-column" not in rules(added + "ALTER TABLE users DROP COLUMN x")
    swapped = added + (
        "ALTER TABLE users RENAME COLUMN x TO z; ALTER TABLE users RENAME COLUMN email TO x; "
    )
    assert "drop-column" in rules(swapped + "ALTER TABLE users DROP COLUMN x")
    assert "drop-column" not in rules(swapped + "ALTER TABLE users DROP COLUMN z")


@pytest.mark.parametrize(
    "condition", ["true", "1 = 1", "id = id", "id = 3 OR true", "'a' = 'a'", "o.id = o.id"]
)
def test_a_condition_that_is_always_true_is_none(condition: str) -> None:
    assert "delete-without-where" in rules(f"DELETE FROM orders o WHERE {condition}")


@pytest.mark.parametrize("condition", ["id = 3", "a = b", "id = 3 AND true", "NOT closed", "paid"])
def test_a_condition_that_leaves_rows_out_is_one(condition: str) -> None:
    assert "delete-without-where" not in rules(f"DELETE FROM orders WHERE {condition}")


@pytest.mark.parametrize(
    "script",
    [
        "INSERT INTO log VALUES (purge())",
        "CREATE TABLE x AS SELECT purge()",
        "EXPLAIN ANALYZE SELECT purge()",
        "SELECT 1 WHERE purge() IS NULL",
        "LOAD 'evil'",
        "EXECUTE later",
    ],
)
def test_what_may_do_anything_is_unknown_wherever_it_is_called(script: str) -> None:
    assert rules(script, severity="unknown")
    assert ("unknown", None, ()) in effects_of(script)


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN PERFORM purge(); END",
        "DECLARE n int := purge(); BEGIN END",
        "BEGIN RAISE NOTICE 'n %', purge(); END",
        "BEGIN RAISE NOTICE 'n' USING HINT = purge(); END",
        "BEGIN IF purge() THEN NULL; END IF; END",
        "BEGIN CASE 1 WHEN 1 THEN CREATE TYPE t AS ENUM (); END CASE; END",
        "BEGIN EXECUTE format('x'); END",
        "BEGIN EXECUTE prepared; END",
        "BEGIN SET search_path TO other; END",
        "BEGIN ALTER TABLE a RENAME TO b; END",
        "BEGIN ALTER TABLE a ATTACH PARTITION b DEFAULT; END",
        "BEGIN CREATE TEMP TABLE users (i int); END",
        "BEGIN DROP TABLE users; END",
        "BEGIN SELECT 1; END",
        "not PL/pgSQL",
    ],
)
def test_a_block_with_more_than_plain_statements_is_unknown(body: str) -> None:
    assert rules(f"DO $$ {body} $$", severity="unknown") != set()


def test_what_a_block_makes_may_have_been_there() -> None:
    block = "DO $$ BEGIN CREATE TABLE a (i int); ALTER TABLE b ADD COLUMN c int; END $$;"
    found = rules(f"{block} DROP TABLE a; ALTER TABLE b DROP COLUMN c", severity="danger")
    assert {"drop-table", "drop-column"} <= found


def test_what_is_made_anew_is_not_lost_and_what_was_made_before_is() -> None:
    assert rules("DROP VIEW v; CREATE VIEW v AS SELECT 1") == set()
    assert "drop-view" in rules("CREATE OR REPLACE VIEW v AS SELECT 1; DROP VIEW v")


def test_a_rule_is_allowed_by_a_comment_with_a_reason_only() -> None:
    assert rules("-- strongroom: allow drop-table because moved\nDROP TABLE a") == set()
    assert rules("-- strongroom: allow drop-table\nDROP TABLE a") == {"drop-table", "allowance"}
    assert rules("-- strongroom: allow drop-tabel because x\nDROP TABLE a") == {
        "drop-table",
        "allowance",
    }


def test_a_comment_allows_one_rule_of_one_statement() -> None:
    script = "-- strongroom: allow drop-table because moved\nDROP TABLE a CASCADE;\nDROP TABLE b;"
    found = {(one.rule, one.table) for one in lint(script, context=OUTSIDE)}
    assert found == {("drop-cascade", "public.a"), ("drop-table", "public.b")}


def test_an_allowance_that_nothing_needs_is_told() -> None:
    assert rules("-- strongroom: allow truncate because x\nSELECT 1") == {"allowance"}


def test_an_allowed_loss_is_still_a_loss() -> None:
    script = "-- strongroom: allow drop-table because moved\nDROP TABLE a"
    assert [tuple(one) for one in effects_of(script)] == [("drop_table", "public.a", ())]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("DROP TABLE a, s.b", [("drop_table", "public.a"), ("drop_table", "s.b")]),
        ("ALTER TABLE a DROP COLUMN x", [("drop_column", "public.a", ("x",))]),
        (
            "ALTER TABLE a ALTER x TYPE int",
            [("alter_type", "public.a", ("x",)), ("convert", "public.a", ("x",))],
        ),
        ("ALTER TABLE a SET UNLOGGED", [("set_unlogged", "public.a")]),
        ("ALTER TABLE a DISABLE TRIGGER ALL", [("disable_guard", "public.a")]),
        ("WITH d AS (DELETE FROM a RETURNING 1) SELECT 1", [("delete", "public.a")]),
        ("UPDATE a SET x = 1, y = 2 WHERE z", [("update", "public.a", ("x", "y"))]),
        ("DROP SCHEMA s", [("drop_schema", "s")]),
        ("TRUNCATE a", [("truncate", "public.a")]),
        ("DROP DATABASE d", [("drop_database", "d")]),
        ("DROP SEQUENCE s", [("drop_sequence", "public.s")]),
        ("DO $$ BEGIN PERFORM purge(); END $$", [("unknown", None)]),
        ("DO $$ BEGIN DELETE FROM a; END $$", [("delete", "public.a")]),
        ("SELECT purge()", [("unknown", None)]),
        ("SELEC", [("unknown", None)]),
        ("MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN DELETE", [("delete", "public.a")]),
        ("CREATE TABLE a (x int); UPDATE a SET x = 1; DROP TABLE a", []),
        ("ALTER TABLE a ADD COLUMN x int; UPDATE a SET x = 1", []),
        ("CREATE INDEX i ON a (x); SELECT count(*) FROM a", []),
    ],
)
def test_everything_that_can_lose_data_is_named(script: str, expected: list[tuple[object]]) -> None:
    found = [tuple(one) if one.columns else tuple(one)[:2] for one in effects_of(script)]
    assert found == expected
