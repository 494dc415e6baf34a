"""One configuration may hold several databases, each with a pin and a state of its own."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from strongroom.backups import listed, take
from strongroom.cli import strongroom as command_line
from strongroom.config import Configuration, find, load, load_all
from strongroom.errors import ConfigurationError
from strongroom.identity import Verdict, check, init, open_database
from strongroom.identity.pin import load_pin

TWO = """
format = 1
application = "app"
environment = "production"

[databases.main]
name = "app"
server = { data_directory = "data", run_directory = "run", log_directory = "logs" }

[databases.events]
name = "events"
server = { data_directory = "events/data", run_directory = "events/run", log_directory = "logs/e" }
keep = { "public.event" = "all" }
"""
SHORT = 'format = 1\napplication = "app"\nenvironment = "test"\n[database]\nname = "app"\n'


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("two") / "strongroom.toml"
    path.write_text(TWO)
    for configuration in load_all(path):
        init(configuration)
    return path


def written(directory: Path, text: str) -> Path:
    path = directory / "strongroom.toml"
    path.write_text(text)
    return path


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    outcome = CliRunner().invoke(command_line, [*arguments, "--json"])
    return outcome.exit_code, json.loads(outcome.stdout)


def test_the_short_form_is_one_database_called_main(home: Configuration) -> None:
    assert home.key == "main"
    assert load_all(home.path) == [home] == [find(home.path, database="main")]
    assert home.state_cache == home.directory / "state"


def test_each_database_has_places_of_its_own(tmp_path: Path) -> None:
    main, events = load_all(written(tmp_path, TWO))
    assert [main.key, events.key] == ["main", "events"]
    assert main.state_cache == tmp_path / "state"
    assert events.state_cache == tmp_path / "state" / "events"
    assert events.ledger_path != main.ledger_path
    assert events.kept_directory != main.kept_directory
    assert (main.keep, events.keep) == ({}, {"public.event": "all"})


@pytest.mark.parametrize("name", [None, "other"])
def test_a_database_that_is_not_named_is_not_guessed(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(ConfigurationError, match="main, events"):
        load(written(tmp_path, TWO), name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TWO + '[database]\nname = "app"\n', "beside it"),
        (TWO + '[server]\ndata_directory = "data"\n', "beside it"),
        (TWO.replace('"events/data"', '"./data"'), "lie in one place"),
        (TWO.replace("events]", '"Big Events"]'), "cannot name a database"),
        (TWO + 'nmae = "x"\n', "has 'nmae'"),
        (TWO.replace("[databases.events]", "[databases]\nevents = 1\n[databases.more]"), "a table"),
        (SHORT, r"either a \[server\]"),
        (SHORT + 'url = "postgresql:///x"\n[server]\n', "not both"),
    ],
)
def test_a_configuration_that_says_something_impossible_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        load_all(written(tmp_path, text))


def test_each_database_is_pinned_and_opened_by_itself(two: Path) -> None:
    main, events = load_all(two)
    pins = [load_pin(two.parent / "strongroom.lock", key) for key in ("main", "events")]
    assert all(pins)
    assert pins[0] != pins[1]
    for configuration in (main, events):
        assert check(configuration).matches
        with (
            open_database(configuration) as database,
            psycopg.connect(**database.conninfo()) as connection,
        ):
            assert connection.info.dbname == configuration.database


def test_one_database_in_the_place_of_the_other_is_foreign(two: Path) -> None:
    main, events = load_all(two)
    assert main.server is not None
    assert events.server is not None
    moved = main.server.data_directory.with_name("moved")
    main.server.data_directory.rename(moved)
    events.server.data_directory.rename(main.server.data_directory)
    try:
        verdicts = [check(one).verdict for one in (main, events)]
        code, document = run("--config", str(two), "check")
    finally:
        main.server.data_directory.rename(events.server.data_directory)
        moved.rename(main.server.data_directory)
    assert verdicts == [Verdict.FOREIGN, Verdict.EMPTY]
    assert code == Verdict.FOREIGN.exit_code
    told = document["databases"]
    assert isinstance(told, list)
    assert [one["database"] for one in told] == ["main", "events"]
    assert "--database events" in told[1]["next"]


def test_the_command_line_judges_all_and_names_one_for_the_rest(two: Path) -> None:
    code, document = run("--config", str(two), "check")
    assert code == 0
    assert isinstance(document["databases"], list)
    assert [one["verdict"] for one in document["databases"]] == ["match", "match"]
    code, document = run("--config", str(two), "--database", "events", "check")
    assert (code, document["verdict"]) == (0, "match")
    code, document = run("--config", str(two), "backups")
    assert code == 1
    assert "--database main" in str(document["error"])


def test_the_backups_of_each_database_are_told_apart(two: Path) -> None:
    main, events = load_all(two)
    with open_database(main) as database:
        own = take(main, database)
    with open_database(events) as database:
        other = take(events, database)
    assert [one.backup_id for one in listed(main)] == [own.backup_id]
    assert [one.backup_id for one in listed(events)] == [other.backup_id]
    code, document = run("--config", str(two), "--database", "main", "backups", "--all")
    assert code == 0
    assert not document["damaged"]
    assert [one["backup_id"] for one in document["of_others"]] == [other.backup_id]  # type: ignore[attr-defined]
