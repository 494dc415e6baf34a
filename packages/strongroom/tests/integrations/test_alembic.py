"""Alembic's own commands run on the pinned database only, and not where rows would be lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import WRONG

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""
Alembic = Callable[..., Any]
COMMANDS = [["upgrade", "head"], ["downgrade", "base"], ["stamp", "head"], ["check"]]


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


@pytest.mark.parametrize(("what", "arguments"), list(zip(WRONG, COMMANDS, strict=True)))
def test_no_command_reaches_another_database(
    stage: Stage, alembic: Alembic, what: str, arguments: list[str]
) -> None:
    database, verdict = WRONG[what]
    before = stage.theirs.traces(database)
    refused = alembic(*arguments, database=database)
    assert refused.status != 0
    assert f"verdict: {verdict}" in refused.output, refused.output
    assert stage.theirs.traces(database) == before
