"""Alembic's own commands run on the pinned database only, and not where rows would be lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""
Alembic = Callable[..., Any]
COMMANDS = {
    "empty": ["upgrade", "head"],
    "foreign": ["downgrade", "base"],
    "rolled_back": ["stamp", "head"],
    "wrong_environment": ["check"],
}


@pytest.fixture
def alembic(stage: Stage, tmp_path: Path) -> Alembic:
    directory = stage.example("alembic", tmp_path)

    def run(*arguments: str, database: str = "shop", driver: str = "psycopg") -> Any:
        return stage.programs.run(
            ["app.py", *arguments],
            directory=directory,
            environment=stage.environment(database, driver=driver),
        )

    return run


def test_upgrades_pass_and_a_downgrade_that_loses_rows_is_led_to_the_guarded_one(
    stage: Stage, alembic: Alembic
) -> None:
    assert alembic("upgrade", "head").status == 0
    with stage.theirs.administrator("shop") as admin:
        admin.execute("INSERT INTO note (text) VALUES ('remember')")
    refused = alembic("downgrade", "base")
    assert refused.status != 0
    assert "drop table public.note" in refused.output, refused.output
    assert "next: strongroom migrate --downgrade base" in refused.output
    with stage.theirs.administrator("shop") as admin:
        assert admin.execute("SELECT text FROM note").fetchall() == [("remember",)]
    shown = alembic("current", driver="psycopg2")
    assert "0001 (head)" in shown.output, shown.output


def test_no_command_reaches_another_database(stage: Stage, alembic: Alembic) -> None:
    for what, (database, verdict) in stage.wrong.items():
        before = stage.theirs.traces(database)
        refused = alembic(*COMMANDS[verdict], database=database)
        assert refused.status != 0, what
        assert f"verdict: {verdict}" in refused.output, (what, refused.output)
        assert stage.theirs.traces(database) == before, what


MORE = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("shoe", sa.Column("x", sa.Integer()))


def downgrade():
    op.drop_column("shoe", "x")
"""


def test_a_version_table_that_only_configure_names_hides_no_loss(
    stage: Stage, tmp_path: Path
) -> None:
    directory = stage.example("alembic", tmp_path)
    env = directory / "migrations" / "env.py"
    configured = env.read_text().replace(
        "context.configure(connection=connection",
        'context.configure(connection=connection, version_table="marks", '
        'version_table_schema="public"',
    )
    assert configured != env.read_text()
    env.write_text(configured)
    versions = directory / "migrations" / "versions"
    (first,) = versions.glob("0001*.py")
    first.write_text(first.read_text().replace('"note"', '"shoe"'))
    (versions / "0002_more.py").write_text(MORE)

    def run(*arguments: str) -> Any:
        environment = stage.environment("shop", driver="psycopg")
        return stage.programs.run(
            ["app.py", *arguments], directory=directory, environment=environment
        )

    shown = run("upgrade", "head")
    assert shown.status == 0, shown.output
    with stage.theirs.administrator("shop") as admin:
        admin.execute("INSERT INTO shoe (text, x) VALUES ('remember', 1)")
    for destination in ("-1", "base"):
        refused = run("downgrade", destination)
        assert refused.status != 0, refused.output
        assert "can lose rows" in refused.output, refused.output
    with stage.theirs.administrator("shop") as admin:
        assert admin.execute("SELECT text, x FROM shoe").fetchall() == [("remember", 1)]
