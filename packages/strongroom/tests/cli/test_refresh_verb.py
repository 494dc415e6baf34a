"""``strongroom refresh``: what it proposes, what it answers, and how it ends."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strongroom.backups import take
from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import init, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.testing.settings import LOGICAL

TABLES = """
CREATE TABLE account (id int PRIMARY KEY, email text NOT NULL UNIQUE, level int);
INSERT INTO account SELECT n, format('somebody.%s@mailbox.example', n), 1
FROM generate_series(1, 20) AS n
"""


def described(parent: Path, environment: str) -> Configuration:
    home = parent / environment
    home.mkdir(mode=0o700)
    document = (
        default_document(application="runs", environment=environment, database="runs") + LOGICAL
    )
    path = home / CONFIGURATION_NAME
    path.write_text(document)
    return load(path)


@pytest.fixture(scope="module")
def homes_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production with a backup, and beside it the configuration of a staging without database."""
    parent = tmp_path_factory.mktemp("homes")
    production = described(parent, "production")
    init(production)
    with open_database(production) as database:
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE runs_owner")
            connection.execute(TABLES)
        take(production, database)
    described(parent, "staging")
    return parent


@pytest.fixture
def homes(homes_template: Path, tmp_path: Path) -> Path:
    target = tmp_path / "homes"
    subprocess.run(["cp", "-a", "--reflink=auto", homes_template, target], check=True)
    return target


def run(homes: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        strongroom, ["--config", str(homes / "production" / CONFIGURATION_NAME), *arguments]
    )


def answer(homes: Path, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = run(homes, *arguments, "--json")
    assert result.exit_code == exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_what_is_proposed_is_a_file_of_rules_by_which_staging_gets_its_copy(homes: Path) -> None:
    wanted = ("refresh", "staging", "--from", "production")
    none_yet = answer(homes, *wanted, exit_code=1)["error"]
    assert none_yet["code"] == "masking"
    assert "--propose" in none_yet["next"]
    proposed = run(homes, *wanted, "--propose")
    assert proposed.exit_code == 0
    (homes / "production" / "masking.toml").write_text(proposed.stdout)
    assert answer(homes, *wanted, "--propose") == {"undecided": []}
    done = answer(homes, *wanted)
    assert set(done) == {"plan", "incarnation", "rows", "proof", "kept", "not_copied", "narrowed"}
    assert done["rows"] == {"public.account": 20}
    assert set(done["proof"]) == {
        "values",
        "columns",
        "not_searched",
        "searched_bytes",
        "places",
        "by_chance",
    }
    assert (done["proof"]["values"], done["proof"]["by_chance"]) == (20, 0)
    assert (done["plan"]["source"], done["plan"]["target"]) == ("production", "staging")
    staging = str(homes / "staging" / CONFIGURATION_NAME)
    judged = CliRunner().invoke(strongroom, ["--config", staging, "check", "--json"])
    assert (judged.exit_code, json.loads(judged.stdout)["verdict"]) == (0, "match")


def test_what_must_not_be_refreshed_is_refused_before_anything_is_started(homes: Path) -> None:
    (homes / "production" / "masking.toml").write_text("format = 1\n")
    for target in ("production", str(homes / "production" / CONFIGURATION_NAME)):
        refused = answer(homes, "refresh", target, "--from", "production", exit_code=1)["error"]
        assert refused["code"] == "refresh"
        assert "Nothing was started" in refused["message"]
    undecided = answer(homes, "refresh", "staging", "--from", "production", exit_code=1)["error"]
    assert undecided["code"] == "masking"
    assert "public.account.email" in undecided["message"]
    unknown = answer(homes, "refresh", "nowhere", "--from", "production", exit_code=1)["error"]
    assert unknown["code"] == "configuration"
    assert run(homes, "refresh", "staging").exit_code == 2
