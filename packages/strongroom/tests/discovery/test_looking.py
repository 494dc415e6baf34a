"""What a candidate holds is read from a copy: rows, identity, and whether it is ours."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from planted import ROWS, Made, everything_in, plant, rewrite

from strongroom.config import Configuration
from strongroom.discovery import Candidate, Found, Scope, find, looking
from strongroom.identity.pin import pin_of


def looked(configuration: Configuration | None, *paths: Path, scratch: Path | None = None) -> Found:
    scope = Scope(paths=paths, machine=False, look=True, scratch=scratch)
    return find(configuration, scope)


def called(found: Found, name: str) -> Candidate:
    return next(one for one in found.candidates if Path(str(one.path)).name == name)


def test_a_copy_tells_rows_and_identity_and_the_original_stays_as_it_is(
    sample: Configuration, made: Made, tmp_path: Path
) -> None:
    assert sample.server is not None
    pin = pin_of(sample)
    (tmp_path / "found").mkdir()
    ours = sample.server.data_directory.rename(tmp_path / "found/ours")
    shutil.rmtree(sample.directory)  # the pin is lost, and all that was known beside it
    fuller = plant(made(15), tmp_path / "found/fuller")
    before = everything_in(tmp_path / "found")
    found = looked(None, tmp_path / "found", scratch=tmp_path / "scratch")
    assert everything_in(tmp_path / "found") == before
    assert [one.looked_into for one in found.candidates] == [True, True]
    assert Path(str(found.candidates[0].path)) == fuller  # content decides, and it is said
    assert {one.code for one in found.findings} == {"no_configuration"}
    (app,) = (one for one in called(found, "fuller").databases if one.name == "app")
    assert app.tables == {"public.activity": ROWS[15]}
    assert app.newest_at is not None
    (runs,) = (one for one in called(found, ours.name).databases if one.name == "runs")
    assert pin is not None
    assert (runs.database_id, runs.environment) == (pin.database_id, pin.environment)
    assert [one.name for one in (tmp_path / "scratch").iterdir()] == ["scratch.lock"]


def test_what_cannot_be_looked_into_says_why_and_nothing_is_copied(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = plant(made(16), tmp_path / "found/older")
    rewrite(older / "PG_VERSION", b"9\n")
    plant(made(16), tmp_path / "found/half").joinpath("global/pg_control").unlink()
    (plant(made(16), tmp_path / "found/round") / "base/round").symlink_to(tmp_path / "found")
    os.mkfifo(plant(made(16), tmp_path / "found/waiting") / "base/pipe")
    plant(made(16), tmp_path / "found/large")
    monkeypatch.setattr(looking, "WORKING_ROOM_BYTES", 2**60)
    found = looked(None, tmp_path / "found", scratch=tmp_path / "scratch")
    said = {Path(str(one.path)).name: one.problems[-1] for one in found.candidates}
    assert "The programs of PostgreSQL 9 are not on this machine" in said["older"]
    assert said["half"] == "not looked into: it is not whole"
    assert "MB are free" in said["large"]
    assert "base/round cannot be followed" in said["round"]
    assert "base/pipe is no file" in said["waiting"]
    assert not (tmp_path / "scratch").exists()
    assert not any(one.looked_into for one in found.candidates)
