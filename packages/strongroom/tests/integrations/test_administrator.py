"""Guards, floors and permits on a server of others, by an administrator who is named for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from adopting import adopted
from click.testing import CliRunner
from psycopg import sql

from strongroom.cli import strongroom

pytestmark = pytest.mark.parametrize("stage", [15], indirect=True, ids=["15-tls"])
Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""
ROWS = 200


class Operator:
    """Runs commands as somebody who was, or was not, given the administrator's address."""

    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        self.home = home
        self._variables = variables

    def run(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        command = ["--config", str(self.home / "strongroom.toml"), *arguments, "--json"]
        result = CliRunner(env=self._variables).invoke(strongroom, command)
        assert result.exit_code == exit_code, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        return document


@pytest.fixture
def operators(stage: Stage, tmp_path: Path) -> tuple[Operator, Operator]:
    """One who knows the administrator, and one who does not."""
    theirs = stage.theirs
    theirs.create("ledger")
    with theirs.administrator() as admin:
        admin.execute(sql.SQL("CREATE ROLE boss SUPERUSER LOGIN PASSWORD {}").format("boss's"))
    with theirs.administrator("ledger") as admin:
        admin.execute("SET ROLE shop")
        admin.execute("CREATE TABLE run (id integer PRIMARY KEY)")
        admin.execute("INSERT INTO run SELECT generate_series(1, %s)", (ROWS,))
    adopted(theirs, tmp_path / "home", "ledger", "production")
    text = (tmp_path / "home" / "strongroom.toml").read_text()
    named = text.replace("\nurl =", '\nadministrator = "$BOSS_URL"\nurl =', 1)
    (tmp_path / "home" / "strongroom.toml").write_text(named)
    variables = {"DATABASE_URL": theirs.url("ledger")}
    boss = variables["DATABASE_URL"].replace("shop:p%40ss%2Fword%20of%20the%20shop", "boss:boss's")
    return (
        Operator(tmp_path / "home", {**variables, "BOSS_URL": boss}),
        Operator(tmp_path / "home", variables),
    )


def test_an_administrator_protects_and_grants_what_the_application_may_then_do(
    operators: tuple[Operator, Operator], stage: Stage, tmp_path: Path
) -> None:
    boss, other = operators
    refused = other.run("protect", exit_code=1)
    assert "BOSS_URL" in refused["error"]["next"]
    boss.run("protect", "--move-ownership")
    boss.run("backup")
    boss.run("drill")
    with stage.theirs.administrator("ledger") as admin:
        floors = admin.execute(
            "SELECT rows FROM strongroom_guard.floor WHERE relation = 'run'::regclass"
        ).fetchall()
    assert floors == [(ROWS,)]

    asked = other.run("permit", "ask", f"delete public.run rows={ROWS}", "--reason", "moved away")
    other.run("permit", "grant", asked["id"], exit_code=1)
    granted = boss.run("permit", "grant", asked["id"])
    assert len(boss.run("permit", "list")["permits"]) == 1
    script = tmp_path / "moved.sql"
    script.write_text(f"DELETE FROM run WHERE id <= {ROWS // 2}")
    other.run("permit", "run", granted["permit_id"], str(script))
    assert other.run("check")["verdict"] == "match"
