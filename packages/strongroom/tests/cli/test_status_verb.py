from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom


def test_status_leads_from_nothing_to_a_proven_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = [sys.executable, "-c", "from strongroom.cli import main; main()"]
    subprocess.run([*program, "init", "--environment", "test", "--application", "app"], check=True)
    taken = []
    for _ in range(2):
        status = json.loads(CliRunner().invoke(strongroom, ["status", "--json"]).stdout)
        assert status["verdict"] == "match"
        taken.append(status["next"])
        subprocess.run([*program, *status["next"].split()[1:]], check=True)
    assert taken == ["strongroom backup", "strongroom drill"]
    status = json.loads(CliRunner().invoke(strongroom, ["status", "--json"]).stdout)
    assert (status["backup"]["good"], status["proof"]["good"]) == (True, True)
    assert status["next"] == ""
    shown = CliRunner().invoke(strongroom, ["status"]).stdout
    assert "● backup" in shown
    assert "● proof" in shown
