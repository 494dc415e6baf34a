"""Alembic revisions are judged as the SQL that they would run, at their own lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.migrations.lint import Finding
from strongroom.migrations.lint.files import lint_file

HEAD = """\
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = {down}
branch_labels = None


def upgrade() -> None:
"""


def judged(tmp_path: Path, body: str, *, down: str = '"0001"') -> tuple[Finding, ...]:
    path = tmp_path / "0002_change.py"
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    path.write_text(HEAD.format(down=down) + indented, encoding="utf-8")
    return lint_file(path)


def found(findings: tuple[Finding, ...]) -> set[tuple[str, int]]:
    return {
        (one.rule, one.line - HEAD.count("\n"))
        for one in findings
        if one.rule != "lock-timeout-missing"
    }


def test_a_finding_stands_at_the_line_of_python(tmp_path: Path) -> None:
    body = 'x = 1\nop.drop_table(\n    "users",\n)\nop.drop_column("orders", "total")'
    assert found(judged(tmp_path, body)) == {("drop-table", 2), ("drop-column", 5)}


def test_a_batch_and_executed_text_are_judged(tmp_path: Path) -> None:
    body = (
        'with op.batch_alter_table("users") as batch:\n'
        '    batch.drop_column("old")\n'
        'op.execute("SELECT 1; DELETE FROM orders")'
    )
    assert {("drop-column", 1), ("delete-without-where", 3)} <= found(judged(tmp_path, body))


def test_a_revision_is_one_transaction_but_for_its_autocommit_blocks(tmp_path: Path) -> None:
    index = 'op.create_index("i", "users", ["a"], postgresql_concurrently=True)'
    assert found(judged(tmp_path, index)) == {("concurrent-in-transaction", 1)}
    block = f"with op.get_context().autocommit_block():\n    {index}"
    assert found(judged(tmp_path, block)) == set()


def test_what_needs_no_database_is_rendered(tmp_path: Path) -> None:
    body = """op.execute(sa.text("INSERT INTO a VALUES (:v, :n)").bindparams(v="a: b", n=1))
from alembic import context
if context.is_offline_mode() and "tenant" not in context.get_x_argument(as_dictionary=True):
    op.execute("TRUNCATE a")"""
    assert found(judged(tmp_path, body)) == {("truncate", 4)}
    path = tmp_path / "0002_change.py"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert found(lint_file(path)) == {("truncate", 4)}


def test_a_merge_of_branches_has_nothing_to_judge(tmp_path: Path) -> None:
    assert judged(tmp_path, "pass", down='("0001a", "0001b")') == ()


def test_a_comment_of_python_allows_a_rule(tmp_path: Path) -> None:
    body = '# strongroom: allow drop-table because moved\nop.drop_table("users")'
    assert found(judged(tmp_path, body)) == set()


@pytest.mark.parametrize(
    "body",
    [
        'rows = op.get_bind().execute(sa.text("SELECT 1")).fetchall()\nop.execute("TRUNCATE a")',
        'sa.inspect(op.get_bind()).get_columns("a")\nop.execute("TRUNCATE a")',
        'raise RuntimeError("no")\nop.execute("TRUNCATE a")',
        'raise SystemExit(0)\nop.execute("TRUNCATE a")',
    ],
)
def test_what_needs_a_database_is_unknown_and_its_texts_are_still_read(
    tmp_path: Path, body: str
) -> None:
    findings = judged(tmp_path, body)
    assert any(one.severity == "unknown" for one in findings)
    assert ("truncate", 2) in found(findings)


def test_what_is_not_python_or_cannot_be_loaded_is_unknown(tmp_path: Path) -> None:
    assert [one.rule for one in judged(tmp_path, "op.drop_table(")] == ["unparsed"]
    path = tmp_path / "0003.py"
    path.write_text("import not_installed_anywhere\n\n\ndef upgrade():\n    pass\n")
    assert [one.severity for one in lint_file(path)] == ["unknown"]


def test_the_downgrade_is_judged_where_it_is_asked_for(tmp_path: Path) -> None:
    judged(tmp_path, "pass\n\n\n")
    path = tmp_path / "0002_change.py"
    path.write_text(path.read_text() + '\n\ndef downgrade():\n    op.drop_table("users")\n')
    assert lint_file(path) == ()
    assert [one.rule for one in lint_file(path, function="downgrade")] == ["drop-table"]
