from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.drills import drill
from strongroom.errors import NoSpaceError, StorageError
from strongroom.protection import protect, unprotect
from strongroom.report import note_failure
from strongroom.storage import LocalStore


def roomy(path: Path) -> None:
    """However full this machine's disk is."""
    path.write_text(f"{path.read_text()}\n[policy]\nstore_free_share_min = 0\n")


def test_status_leads_from_nothing_to_a_proven_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = [sys.executable, "-c", "from strongroom.cli import main; main()"]
    subprocess.run([*program, "init", "--environment", "test", "--application", "app"], check=True)
    roomy(tmp_path / "strongroom.toml")
    taken = []
    for _ in range(2):
        status = json.loads(CliRunner().invoke(strongroom, ["status", "--json"]).stdout)
        assert status["verdict"] == "match"
        taken.append(status["next"])
        subprocess.run([*program, *status["next"].split()[1:]], check=True)
    assert taken == ["strongroom backup", "strongroom drill"]
    assert status["method"] == {
        "configured": "auto",
        "newest": "physical",
        "reason": "the server is strongroom's own",
        "unproven": None,
    }
    status = json.loads(CliRunner().invoke(strongroom, ["status", "--json"]).stdout)
    assert (status["backup"]["good"], status["proof"]["good"]) == (True, True)
    assert status["next"] == ""
    shown = CliRunner().invoke(strongroom, ["status"]).stdout
    assert "● backup" in shown
    assert "● proof" in shown


def status_of(configuration: Configuration) -> Any:
    arguments = ["--config", str(configuration.path), "status", "--json"]
    return json.loads(CliRunner().invoke(strongroom, arguments).stdout)


def test_status_shows_what_needs_somebody_the_gravest_first(sample: Configuration) -> None:
    roomy(sample.path)
    protect(sample)
    assert drill(sample).verdict == "proven"
    assert status_of(sample)["conditions"] == []
    unprotect(sample, confirmed_by="test")
    assert status_of(sample)["conditions"] == [], "a person took it out, and that is that"
    protect(sample)
    full = NoSpaceError("The disk is full.", next_step="strongroom backup")
    note_failure(sample, "backup", full, datetime.now(UTC))
    sample.path.write_text(f"{sample.path.read_text()}\n[alerts]\nurls = ['$NOT_SET_HERE']\n")
    told = status_of(sample)
    assert [one["kind"] for one in told["conditions"]] == ["backup_failed"]
    assert told["next"] == f"strongroom --config {sample.path} backup"
    assert "NOT_SET_HERE" in told["channels"][0]["problem"]
    shown = CliRunner().invoke(strongroom, ["--config", str(sample.path), "status"]).stdout
    lines = [line for line in shown.splitlines() if line.strip()]
    assert lines[1].startswith("● match")
    marks = [line[:12] for line in lines if line[0] in "✗▲" and "3-2-1" not in line]
    assert marks == ["✗ backup_fai", "▲ alerts  Th"]


def test_status_without_its_store_says_so_and_calls_nothing_good(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: LocalStore, prefix: str = "") -> None:
        raise StorageError(f"No disk of {self.directory} has {prefix}.", next_step="mount it")

    assert drill(sample).verdict == "proven"
    monkeypatch.setattr(LocalStore, "list", broken)
    told = status_of(sample)
    assert told["verdict"] == "match", "decided by the copy of the state"
    assert [one["kind"] for one in told["conditions"]] == ["store_unreachable"]
    assert "backup_old" in told["unknown"]
    assert (told["backup"]["good"], told["proof"]["good"]) == (False, False)
    assert told["next"] == "mount it"
