from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from strideiq.athletes import service
from strideiq.cli import strideiq
from strideiq.platform import runtime as runtime_module
from strideiq.platform.home import Home
from strideiq.platform.runtime import Runtime

EMAIL = "robin@example.com"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime: Runtime) -> None:
    monkeypatch.setenv("STRIDEIQ_HOME", str(tmp_path))
    paths = Home(tmp_path).environment("test")
    paths.directory.mkdir()
    paths.configuration.touch()

    @contextmanager
    def opened(asked: object) -> Iterator[Runtime]:
        assert asked == paths
        yield runtime

    monkeypatch.setattr(runtime_module, "opened", opened)


def run(*arguments: str, standard_input: str = "") -> Result:
    return CliRunner().invoke(strideiq, ["athlete", *arguments], input=standard_input)


def test_an_athlete_is_added_with_a_password_that_works(session: Session) -> None:
    made = json.loads(run("add", EMAIL, "--time-zone", "Europe/Vienna", "--json").stdout)
    athlete = service.authenticate(session, EMAIL, made["password"])
    assert athlete is not None
    assert (athlete.name, athlete.time_zone) == ("robin", "Europe/Vienna")


def test_a_password_comes_from_standard_input_and_is_not_repeated(session: Session) -> None:
    result = run("add", EMAIL, "--password-stdin", standard_input="correct horse battery\n")
    assert result.exit_code == 0
    assert "correct horse" not in result.output
    assert service.authenticate(session, EMAIL, "correct horse battery")


@pytest.mark.parametrize("typed", [b"\xff" * 12 + b"\n", b"short\n", b"a" * 1001 + b"\n"])
def test_a_password_that_cannot_be_one_is_refused_with_what_to_do(
    session: Session, typed: bytes
) -> None:
    arguments = ["athlete", "add", EMAIL, "--password-stdin", "--json"]
    refused = CliRunner().invoke(strideiq, arguments, input=typed)
    assert refused.exit_code == 1
    error = json.loads(refused.stdout)["error"]
    assert error["next"]
    assert ("at least" in error["message"]) == (typed == b"short\n")
    assert service.find_by_email(session, EMAIL) is None


def test_words_whose_bytes_are_no_text_are_wrong_usage(session: Session) -> None:
    refused = run("add", EMAIL, "--name", "R\udcffbin")
    assert (refused.exit_code, service.find_by_email(session, EMAIL)) == (2, None)
    assert "“R\\udcffbin” is not UTF-8" in refused.stderr


def test_a_reset_password_replaces_the_old_one(session: Session) -> None:
    run("add", EMAIL, "--password-stdin", standard_input="correct horse battery\n")
    changed = json.loads(run("password", EMAIL, "--json").stdout)
    assert service.authenticate(session, EMAIL, "correct horse battery") is None
    assert service.authenticate(session, EMAIL, changed["password"])


def test_athletes_are_listed_without_any_secret() -> None:
    assert "Nobody has an account" in run("list").stdout
    run("add", EMAIL)
    (listed,) = json.loads(run("list", "--json").stdout)["athletes"]
    assert listed["email"] == EMAIL
    assert not [name for name in listed if "password" in name]


def test_a_second_account_for_an_address_is_refused_as_documented() -> None:
    run("add", EMAIL)
    result = run("add", EMAIL, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "email_taken"


def test_an_unknown_athlete_gets_no_password() -> None:
    result = run("password", EMAIL, "--json")
    assert json.loads(result.stdout)["error"]["next"] == "strideiq athlete list"
