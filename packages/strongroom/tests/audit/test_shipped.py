"""What other programs read of ours: the hook of pre-commit, the GitHub Action, the how-to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from strongroom.audit.auditing import audit
from strongroom.audit.scripts import scripts_in
from strongroom.cli import strongroom

ROOT = Path(__file__).resolve().parents[4]
HOW_TO = ROOT / "docs/how-to/audit-a-project.md"
DANGER = "reset:\n\tdocker compose down -v\n"


def environment(home: Path) -> dict[str, str]:
    """Where ``strongroom`` is a program of these tests' own Python."""
    programs = home / "bin"
    programs.mkdir()
    program = programs / "strongroom"
    main = "from strongroom.cli import main; main()"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{main}' \"$@\"\n")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "NO_COLOR": "1"}


def test_the_action_fails_where_the_audit_does_and_writes_sarif(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    _, step = action["runs"]["steps"]
    given = {name: entry["default"] for name, entry in action["inputs"].items()}
    given["sarif-file"] = "out.sarif"
    variables = environment(tmp_path)
    for name, value in step["env"].items():
        (asked,) = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", value)
        variables[name] = given[asked]
    work = tmp_path / "work"
    work.mkdir()
    (work / "Makefile").write_text(DANGER)
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=work,
        env=variables,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 25, done.stderr
    assert "down-volumes" in done.stdout
    assert "2.1.0" in (work / "out.sarif").read_text()


def test_the_action_puts_no_input_into_shell_text() -> None:
    path = ROOT / "action.yml"
    pieces = scripts_in(path, path.read_text())
    assert len(pieces) == 2
    assert not [one for one in pieces if "${{" in one.text]


def test_the_hook_is_called_for_what_the_audit_reads() -> None:
    hooks = {
        one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    }
    hook = hooks["strongroom-audit"]
    assert hook["entry"].split()[:2] == ["strongroom", "audit"]
    read = (
        "compose.yaml deploy/docker-compose.prod.yml .env Makefile x/run.sh app/main.py Dockerfile"
    )
    for name in [*read.split(), ".github/workflows/ci.yml", "package.json"]:
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "README.md")


def test_the_commands_of_the_how_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compose.yaml", "compose.prod.yaml"):
        (tmp_path / name).write_text("services: {web: {image: 'web:1'}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///none/such.sock")
    commands = re.findall(r"^strongroom (audit.*)$", HOW_TO.read_text(), re.MULTILINE)
    assert len(commands) == 5
    for one in commands:
        done = CliRunner().invoke(strongroom, one.split())
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "packages/strongroom/pyproject.toml"])
def test_our_own_files_have_nothing_that_can_lose_data(name: str) -> None:
    assert audit([ROOT / name]).findings == ()
