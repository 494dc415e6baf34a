"""A script is cut as psql would cut it, and nothing in it gets lost."""

from __future__ import annotations

import pytest

from strongroom.sql import parse_script


def kinds(script: str) -> list[str]:
    return [statement.kind or "unparsed" for statement in parse_script(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT 'a;b'; SELECT \"c;d\" FROM t", ["SelectStmt", "SelectStmt"]),
        (r"SELECT E'\';'; DROP TABLE t", ["SelectStmt", "DropStmt"]),
        ("SELECT $a$ ; $$ ; $a$; DROP TABLE t;", ["SelectStmt", "DropStmt"]),
        ("/* one /* two */ ; */ DROP TABLE t -- ;", ["DropStmt"]),
        ("SELECT 1;;; ;SELECT 2", ["SelectStmt", "SelectStmt"]),
        ("SELECT arr[1:2], a::int, '{\"a\": 1}'::jsonb", ["SelectStmt"]),
        ("SELEC 1; DROP TABLE t", ["unparsed", "DropStmt"]),
        ("-- nothing but a comment", []),
        ("\ufeffDROP TABLE t", ["DropStmt"]),
        ("DROP TABLE t;\r\nSELECT 1;\r\n", ["DropStmt", "SelectStmt"]),
    ],
)
def test_statements_are_cut_at_the_semicolons_that_count(script: str, expected: list[str]) -> None:
    assert kinds(script) == expected


def test_the_body_of_a_sql_function_is_one_statement() -> None:
    script = (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC "
        "SELECT CASE WHEN true THEN 1 END; SELECT 2; END; DROP TABLE t"
    )
    assert kinds(script) == ["CreateFunctionStmt", "DropStmt"]


def test_rows_after_copy_from_stdin_are_no_statements() -> None:
    script = "COPY t FROM stdin;\nDROP TABLE x;\nit's\n\\.\nDROP TABLE t;"
    assert kinds(script) == ["CopyStmt", "DropStmt"]


def test_rows_that_never_end_hide_no_statement_that_psql_would_run() -> None:
    assert kinds("COPY t FROM stdin;\nDROP TABLE x;\n") == ["CopyStmt"]


@pytest.mark.parametrize("command", [r"\i x.sql", r"\! rm -rf /", r"\connect other", r"\gexec"])
def test_a_psql_command_that_leads_elsewhere_is_reported(command: str) -> None:
    (*_, last) = parse_script(f"SELECT 1\n{command}\n")
    assert last.node is None
    assert command.split(maxsplit=1)[0] in (last.unparsed or "")


def test_psql_settings_are_passed_over_and_lines_still_count() -> None:
    (statement,) = parse_script("\\set ON_ERROR_STOP on\n\\timing\n\nDROP TABLE t;")
    assert (statement.kind, statement.line) == ("DropStmt", 4)


def test_psql_variables_stand_for_something() -> None:
    script = "DELETE FROM :\"t\" WHERE a = :'value' AND b = :number"
    assert kinds(script) == ["DeleteStmt"]


def test_a_nul_character_hides_nothing() -> None:
    (statement,) = parse_script("SELECT 1 \0 DROP TABLE t")
    assert statement.node is None


def test_what_is_nested_too_deeply_is_reported_and_not_lost() -> None:
    statements = parse_script("SELECT " + "||".join(["'a'"] * 3000) + "; DROP TABLE t")
    assert [one.kind for one in statements] == ["", "DropStmt"]
    assert "too deeply" in (statements[0].unparsed or "")


def test_comments_belong_to_the_statement_beside_them() -> None:
    first, second = parse_script("-- one\nDROP TABLE a; -- two\n-- three\nDROP TABLE b;")
    assert first.comments == ("-- one", "-- two")
    assert second.comments == ("-- three",)
