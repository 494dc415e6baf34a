from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.commands import import_files
from strideiq.platform import runtime
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.output import Output

Make = Callable[..., bytes]
PATH_MAX_BYTES = 4096


@pytest.fixture
def run(
    sessions: sessionmaker[Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """The verb, over this test's database instead of an environment's."""

    @contextmanager
    def opened(_paths: EnvironmentPaths) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(sessions=sessions)

    monkeypatch.setattr(runtime, "opened", opened)
    monkeypatch.setattr(Output, "paths", lambda _: EnvironmentPaths(tmp_path / "environment"))
    return lambda *arguments: CliRunner().invoke(import_files, [str(each) for each in arguments])


def test_json_tells_each_file_and_the_counts(
    run: Callable[..., Result], athlete_id: UUID, tmp_path: Path, gpx: Make, fit: Make
) -> None:
    del athlete_id  # the only one there is
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.gpx").write_bytes(gpx())
    (tmp_path / "runs" / "b.fit").write_bytes(fit())

    result = run(tmp_path / "runs", "--json")

    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["counts"] == {"imported": 1, "duplicate": 1}
    first, second = document["files"]
    assert (first["verdict"], first["records"]) == ("imported", 601)
    [activity] = first["activities"]
    assert activity["sport"] == "running"
    assert activity["start"] == "2026-04-05T07:00:00+00:00"
    assert activity["duration_s"] == 600
    assert second["duplicate_of"] == [activity["activity_id"]]
    assert (tmp_path / "environment" / "run" / "data-changed").exists()


def test_a_failed_file_is_told_by_the_exit_code(
    run: Callable[..., Result], athlete_id: UUID, tmp_path: Path, gpx: Make
) -> None:
    del athlete_id
    good, bad = tmp_path / "run.gpx", tmp_path / "notes.txt"
    good.write_bytes(gpx())
    bad.write_text("Buy milk.")

    result = run(bad, good)

    assert result.exit_code == 3
    assert "2 files: 1 imported, 1 failed." in result.stdout
    assert "Not a sports file" in result.stdout


def test_jsonl_is_a_line_for_each_file(
    run: Callable[..., Result], athlete_id: UUID, tmp_path: Path, gpx: Make
) -> None:
    del athlete_id
    (tmp_path / "run.gpx").write_bytes(gpx())

    result = run(tmp_path / "run.gpx", tmp_path / "run.gpx", "--jsonl")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["verdict"] for line in lines] == ["imported", "duplicate"]


def test_whose_files_they_are_must_be_clear(
    run: Callable[..., Result],
    athlete_id: UUID,
    other_athlete_id: UUID,
    tmp_path: Path,
    gpx: Make,
) -> None:
    del athlete_id, other_athlete_id
    (tmp_path / "run.gpx").write_bytes(gpx())

    unclear = run(tmp_path / "run.gpx", "--json")
    unknown = run(tmp_path / "run.gpx", "--athlete", "nobody@example.com", "--json")
    clear = run(tmp_path / "run.gpx", "--athlete", "Other@example.com", "--json")

    assert unclear.exit_code == unknown.exit_code == 1
    assert json.loads(unclear.stdout)["error"]["code"] == "which_athlete"
    assert "strideiq" in json.loads(unknown.stdout)["error"]["next"]
    assert clear.exit_code == 0


def test_a_path_that_does_not_exist_stops_no_other_file(
    run: Callable[..., Result], athlete_id: UUID, tmp_path: Path, gpx: Make
) -> None:
    del athlete_id
    (tmp_path / "run.gpx").write_bytes(gpx())

    result = run(tmp_path / "gone.gpx", tmp_path / "run.gpx", "--json")

    assert result.exit_code == 3
    gone, there = json.loads(result.stdout)["files"]
    assert (gone["verdict"], there["verdict"]) == ("failed", "imported")
    assert "No such file" in gone["reason"]


def test_no_path_is_wrong_usage_and_never_all_that_lies_here(run: Callable[..., Result]) -> None:
    assert run("").exit_code == 2
    assert run().exit_code == 2


def test_a_folder_that_cannot_be_listed_is_told_and_not_passed_over(
    run: Callable[..., Result], athlete_id: UUID, tmp_path: Path, gpx: Make
) -> None:
    del athlete_id
    (tmp_path / "run.gpx").write_bytes(gpx())
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(PATH_MAX_BYTES // 250 + 1):  # deeper than any path can name
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)

    result = run(tmp_path, "--json")

    assert result.exit_code == 3
    imported, refused = json.loads(result.stdout)["files"]
    assert imported["verdict"] == "imported"
    assert refused["verdict"] == "failed"
    assert refused["reason"] == "The folder cannot be read: File name too long."
