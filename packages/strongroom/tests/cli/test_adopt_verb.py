"""``strongroom adopt`` pins a database, or writes nothing and tells the way on."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.cli.adopt import TABLES_SHOWN, _table_lines
from strongroom.identity.adopt import TableRows

if TYPE_CHECKING:
    from conftest import Database

ADOPT = ("adopt", "--environment", "production", "--application", "shop")
FROM = ("--url-from", "ADDRESS")
INSTEAD = (
    "the same with --url-from VARIABLE instead of --url, with the name of a variable that holds "
    "the address"
)
SAME_ADDRESS = (
    "strongroom --environment production adopt --url-from ADDRESS --application shop --dry-run"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, arguments)


def address(database: Database, **options: object) -> str:
    told = {**database.conninfo, **options}
    return "postgresql:///?" + "&".join(f"{name}={value}" for name, value in told.items())


@pytest.fixture
def shop(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with rows, its address in a variable, and an empty directory to work in."""
    database.execute("CREATE TABLE item (id integer)")
    database.execute("INSERT INTO item SELECT generate_series(1, 30)")
    monkeypatch.setenv("ADDRESS", address(database))
    monkeypatch.chdir(tmp_path)
    return database


@pytest.fixture
def few(shop: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role that may connect, and not make a schema."""
    role, password = f"Few-{secrets.token_hex(4)}", secrets.token_hex(8)
    shop.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'")
    shop.execute(f'GRANT SELECT ON item TO "{role}"')
    monkeypatch.setenv("ADDRESS", address(shop, user=role, password=password))
    yield role
    shop.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_a_state_that_was_lost_without_a_backup_is_made_again_as_its_dry_run_says(
    shop: Database,
) -> None:
    assert shop
    assert run(*ADOPT, *FROM).exit_code == 0
    shutil.rmtree("store/state")
    Path("state/state.json").unlink()
    seen = run("adopt", "--dry-run", "--json")
    assert seen.exit_code == 0, seen.output
    document: dict[str, Any] = json.loads(seen.stdout)
    assert (document["exit_code"], document["next"]) == (0, "strongroom adopt")
    assert run("adopt").exit_code == 0
    assert run("check").exit_code == 0


def test_everything_lies_where_config_says(shop: Database, tmp_path: Path) -> None:
    assert shop
    there = tmp_path / "there"
    there.mkdir()
    adopted = run("--config", str(there), *ADOPT, *FROM)
    assert adopted.exit_code == 0, adopted.output
    assert list(tmp_path.iterdir()) == [there]
    assert run("--config", str(there), "check").exit_code == 0


def test_two_names_of_one_database_are_not_pinned(
    shop: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", address(shop))
    (tmp_path / "strongroom.toml").write_text(
        'format = 1\napplication = "shop"\nenvironment = "test"\n'
        f'[databases.one]\nname = "{shop.name}"\nurl = "$ADDRESS"\n'
        f'[databases.two]\nname = "{shop.name}"\nurl = "$OTHER"\n'
    )
    assert run("--database", "one", "adopt").exit_code == 0
    assert "has no pin of database two" in run("--database", "two", "state", "show").output
    assert 'find_configuration(database="one")' in run("state", "show").output
    refused = run("--database", "two", "adopt")
    assert refused.exit_code == 1
    assert "pins this very database already, as one" in refused.output


def test_an_adoption_that_fails_leaves_no_file_and_names_the_right_that_it_needs(
    shop: Database, few: str, tmp_path: Path
) -> None:
    grant = f'GRANT CREATE ON DATABASE {shop.name} TO "{few}"'
    seen = run(*ADOPT, *FROM, "--dry-run")
    assert seen.exit_code == 0, seen.output
    assert grant in seen.output
    refused = run(*ADOPT, *FROM, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["next"] == f"as its administrator: {grant}"
    assert not (tmp_path / "strongroom.toml").exists()
    shop.execute(grant)
    assert run(*ADOPT, *FROM).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "following"),
    [
        ([*ADOPT, "--url-from", "$ADDRESS"], "the same with --url-from ADDRESS"),
        (
            [*ADOPT, "--url", "postgresql://me:secret@db/shop"],
            INSTEAD,
        ),
        (
            [*ADOPT, "--url", "postgresql://me@127.0.0.1:1/shop"],
            "start that server, or correct the address, then the same again",
        ),
        (
            ["adopt", "--environment", "staging", "--application", "shop", *FROM],
            SAME_ADDRESS,
        ),
    ],
)
def test_the_way_on_leads_to_the_address_that_was_given(
    shop: Database, tmp_path: Path, arguments: list[str], following: str
) -> None:
    (tmp_path / "before").mkdir()
    assert run("--config", str(tmp_path / "before"), *ADOPT, *FROM).exit_code == 0
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1] == f"next: {following}"
    assert "secret" not in refused.output
    assert not (tmp_path / "strongroom.toml").exists()
    assert shop


def test_of_many_tables_the_fullest_are_shown_each_on_one_line() -> None:
    small = [TableRows(f"public.t{n}", n) for n in range(2_000)]
    lines = _table_lines([*small, TableRows('public."two\nlines"', None)])
    assert len(lines) == TABLES_SHOWN + 1
    assert "public.t1999" in lines[-2]
    assert lines[-1] == "  and 1,961 more with 1,919,820 rows: see --json"
    assert _table_lines([TableRows('a."b\nc\x1b[2J"', 1)])[0].split()[0] == 'a."b\\nc\\x1b[2J"'
