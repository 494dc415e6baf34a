from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.cli.output import Output, pass_output
from strongroom.config import load
from strongroom.identity import check
from strongroom.identity.state import state_from
from strongroom.identity.state_object import encode_state

PROGRAM = [sys.executable, "-c", "from strongroom.cli import main; main()"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, arguments)


def document(*arguments: str) -> dict[str, object]:
    result: dict[str, object] = json.loads(run(*arguments, "--json").stdout)
    return result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stranger gets who types one command in an empty directory."""
    directory = tmp_path_factory.mktemp("stranger") / "My App"
    directory.mkdir()
    subprocess.run([*PROGRAM, "init", "--environment", "production"], cwd=directory, check=True)
    return directory


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["cp", "-a", str(made), str(tmp_path / "home")], check=True)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def make_shrunk(home: Path) -> str:
    """Raise a floor above what is there; returns the fingerprint of the find."""
    path = next((home / "store" / "state").rglob("*.json"))
    state = json.loads(path.read_text())
    state["incarnations"][0]["floors"] = {"public.lost": 100}
    path.write_bytes(encode_state(state_from(state)))
    return check(load(home / "strongroom.toml")).fingerprint


def test_init_needs_nothing_but_an_environment_and_refuses_a_second_time(home: Path) -> None:
    assert load(home / "strongroom.toml").application == "my_app"
    again = run("init", "--environment", "production")
    assert again.exit_code == 1
    assert again.stderr.splitlines()[-1] == "next: strongroom --environment production check"


def test_check_tells_the_verdict_first_and_exits_by_it(home: Path) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("● match")
    (home / "data").rename(home / "moved")
    result = run("check")
    assert result.exit_code == 11
    assert result.stdout.startswith("✗ empty")
    assert result.stdout.splitlines()[-1] == "next: strongroom restore --swap"
    assert "\x1b" not in result.stdout


def test_check_under_json_is_one_document_with_its_error(home: Path) -> None:
    assert document("check")["verdict"] == "match"
    (home / "data").rename(home / "moved")
    refused = document("check")
    assert refused["verdict"] == "empty"
    assert refused["error"] == {
        "code": "refused",
        "message": refused["message"],
        "next": "strongroom restore --swap",
    }


def test_the_next_command_leads_to_the_configuration_that_was_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data").rename(home / "moved")
    monkeypatch.chdir(tmp_path)
    refused = document("--config", str(home), "check")
    assert refused["next"] == f"strongroom --config {home} restore --swap"


def test_an_error_under_json_has_code_message_and_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = document("check", "--config", str(tmp_path))["error"]
    assert isinstance(error, dict)
    assert set(error) == {"code", "message", "next"}
    assert error["code"] == "configuration"


def test_wrong_usage_under_json_is_a_document_too(tmp_path: Path) -> None:
    wrong = subprocess.run(
        [*PROGRAM, "check", "--json", "--bogus"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["error"]["code"] == "usage"


def test_the_ledger_is_shown_and_verified(home: Path) -> None:
    shown = run("ledger", "show").stdout
    assert "init" in shown
    assert "Made this database and pinned it." in shown
    assert document("ledger", "verify")["whole"] is True
    path = home / "state" / "ledger.jsonl"
    path.write_text(path.read_text().replace("production", "demonstration"))
    broken = run("ledger", "verify")
    assert broken.exit_code == 1
    assert "was changed" in broken.stdout


def test_a_pipe_cannot_accept(home: Path) -> None:
    fingerprint = make_shrunk(home)
    result = run("accept", "--verdict", "shrunk", "--found", fingerprint)
    assert result.exit_code == 30
    assert "terminal" in result.stderr
    assert run("check").exit_code == 16


@pytest.mark.parametrize(("typed", "code"), [("production", 0), ("yes", 30)])
def test_a_person_at_a_terminal_accepts_by_typing_the_environment(
    home: Path, typed: str, code: int
) -> None:
    arguments = ["accept", "--verdict", "shrunk", "--found", make_shrunk(home)]
    assert at_a_terminal(arguments, typed) == code
    assert run("check").exit_code == (0 if code == 0 else 16)


def test_a_token_from_a_terminal_accepts_where_there_is_none(home: Path) -> None:
    arguments = ["accept", "--verdict", "shrunk", "--found", make_shrunk(home)]
    assert run(*arguments, "--issue-token", "token").exit_code == 30
    assert at_a_terminal([*arguments, "--issue-token", "token"], "production") == 0
    assert run("check").exit_code == 16
    assert run(*arguments, "--token-file", "token").exit_code == 0
    assert run("check").exit_code == 0
    assert document("ledger", "show", "--kind", "accept")["entries"]


def test_there_is_nothing_to_accept_in_a_database_that_matches(home: Path) -> None:
    assert home
    told = run("accept", "--verdict", "shrunk", "--found", "0", "--json")
    assert (told.exit_code, json.loads(told.stdout)["error"]["code"]) == (30, "confirmation_needed")


def test_json_is_understood_before_the_verb_and_a_directory_in_the_variable(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STRONGROOM_CONFIG", str(home))
    assert json.loads(run("--json", "check").stdout)["verdict"] == "match"


def test_what_the_system_refuses_is_told_as_any_error(home: Path) -> None:
    (home / "state" / "ledger.jsonl").unlink()
    (home / "state" / "ledger.jsonl").mkdir()
    error = document("ledger", "verify")["error"]
    assert isinstance(error, dict)
    assert (error["code"], "that owns" in str(error["next"])) == ("ledger", True)

    @click.command()
    @pass_output
    def verb(output: Output) -> None:
        assert output
        home.read_bytes()

    told = CliRunner().invoke(verb, ["--json"])
    assert told.exit_code == 1
    assert str(home) in json.loads(told.stdout)["error"]["message"]


def at_a_terminal(arguments: list[str], typed: str) -> int:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while b"expected database:" not in shown and process.poll() is None:
        shown += os.read(ours, 1024)
    os.write(ours, typed.encode() + b"\n")
    code = process.wait()
    os.close(ours)
    return code
