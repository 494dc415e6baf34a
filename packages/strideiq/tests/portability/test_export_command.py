"""The verb ``export``: a whole archive under its name or nothing, and no other file touched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes import public as athletes
from strideiq.cli import strideiq
from strideiq.platform import runtime
from strideiq.platform.home import EnvironmentPaths
from strideiq.portability import export
from strideiq.portability.archive import Reader

Sessions = sessionmaker[Session]
EMAIL = "robin@example.com"


@pytest.fixture
def here(sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An athlete, and a folder to export to."""

    @contextmanager
    def opened(_paths: EnvironmentPaths) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(sessions=sessions)

    monkeypatch.setattr(runtime, "opened", opened)
    monkeypatch.setenv("STRIDEIQ_HOME", str(tmp_path / "home"))
    environment = tmp_path / "home" / "production"
    environment.mkdir(parents=True)
    (environment / "strongroom.toml").touch()
    (environment / "strongroom.lock").touch()
    with sessions.begin() as session:
        athletes.create(session, email=EMAIL, name="Robin", password="three good words")
    folder = tmp_path / "to"
    folder.mkdir()
    return folder


def exported(target: Path) -> Result:
    arguments = ["export", "--athlete", EMAIL, "--to", str(target), "--json"]
    return CliRunner().invoke(strideiq, arguments, standalone_mode=False)


def test_a_whole_archive_has_the_name_and_nothing_else_is_left(here: Path) -> None:
    done = exported(here / "all.zip")
    assert done.exit_code == 0, done.output
    with (here / "all.zip").open("rb") as file:
        assert Reader(file).manifest.email == EMAIL
    assert [path.name for path in here.iterdir()] == ["all.zip"]


def test_what_lies_there_stays_as_it_is(here: Path) -> None:
    others = [here / "all.zip", here / ".all.zip.unfinished", here / ".next.zip.unfinished"]
    for path in others:
        path.write_text("somebody else's")
    assert "There is a file" in exported(here / "all.zip").output
    assert exported(here / "next.zip").exit_code == 0
    assert {path.read_text() for path in others} == {"somebody else's"}


def test_without_a_name_it_is_named_by_the_day_and_the_next_step_names_whose_it_is(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here)
    arguments = ["export", "--athlete", EMAIL, "--json"]
    first, second = (
        CliRunner().invoke(strideiq, arguments, standalone_mode=False) for _ in range(2)
    )
    [made] = here.iterdir()
    assert made.name == json.loads(first.stdout)["archive"]
    assert re.fullmatch(r"strideiq-robin-\d{4}-\d\d-\d\d\.zip", made.name)
    following = json.loads(second.stdout)["error"]["next"]
    assert following == f"strideiq export --athlete {EMAIL} --to ANOTHER.zip"


def test_one_that_breaks_off_leaves_no_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(*_: object) -> Iterator[bytes]:
        yield b"PK"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "streamed", breaking)
    assert "No space left" in exported(here / "all.zip").output
    assert list(here.iterdir()) == []
