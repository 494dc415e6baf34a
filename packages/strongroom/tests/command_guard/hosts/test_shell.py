"""Wrappers before programs: what is refused never starts; all of it can be taken out again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.command_guard import Decision, judging, resident, shim
from strongroom.command_guard.hosts import installing, shell, staged


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["guard", *arguments])


@pytest.fixture
def bash(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.setattr(shell, "home", lambda: home)
    return home / ".bashrc"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Real programs that write down that they were run."""
    place = tmp_path / "programs"
    place.mkdir()
    for name in ("dropdb", "psql"):
        path = place / name
        path.write_text(f'#!/bin/sh\necho "ran {name} $*"\ncat\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    return place


@pytest.mark.parametrize("own", ["alias l=ls", "alias l=ls\n", ""])
def test_the_wrappers_guard_and_go_without_a_trace(own: str, bash: Path) -> None:
    bash.write_text(own)
    assert run("install", "shell", "--yes").exit_code == 0
    if not own:  # each of these runs programs
        told = run("doctor", "shell", "--json")
        assert told.exit_code == 0, told.output
        (shell.directory() / "rm").chmod(0o644)
        assert "not executable: rm" in run("doctor", "shell").stdout
    (shell.directory() / "mine").write_text("#!/bin/sh\n")
    assert run("uninstall", "shell", "--yes").exit_code == 0
    assert bash.read_text() == own
    assert [one.name for one in shell.directory().iterdir()] == ["mine"]


def test_a_start_up_file_made_for_the_block_goes_with_it(bash: Path) -> None:
    assert run("install", "shell").exit_code == 30
    assert not shell.directory().exists()
    run("install", "shell", "--yes")
    assert run("install", "shell", "--yes").exit_code == 1
    bash.write_text(bash.read_text().replace("export PATH", "export  PATH"))
    assert run("uninstall", "shell", "--yes").exit_code == 1
    bash.write_text(bash.read_text().replace("export  PATH", "export PATH"))
    assert run("uninstall", "shell", "--yes").exit_code == 0
    assert not bash.exists()
    assert not shell.directory().exists()
    assert installing.installations() == []


@pytest.mark.usefixtures("bash", "programs")
def test_what_is_refused_never_starts_and_input_is_judged_and_kept(tmp_path: Path) -> None:
    shell.write_wrappers()

    def typed(text: str) -> tuple[int, str]:
        ran = subprocess.run(
            ["/bin/sh", "-c", text],
            env={**os.environ, "PATH": f"{shell.directory()}:{os.environ['PATH']}"},
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )
        return ran.returncode, ran.stdout.decode()

    assert typed("dropdb production") == (30, "")
    assert typed("dropdb shop_test </dev/null") == (0, "ran dropdb shop_test\n")
    assert typed("echo 'DROP TABLE runs' | psql shop") == (30, "")
    asked = "echo 'SELECT 1' | psql shop"
    assert typed(asked) == (0, "ran psql shop\nSELECT 1\n")


@pytest.mark.usefixtures("bash")
def test_the_real_program_is_never_a_wrapper(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write_wrappers()
    monkeypatch.setenv("PATH", f"{shell.directory()}:{programs}")
    assert shim.real_program("dropdb") == str(programs / "dropdb")
    assert shim.real_program("terraform") is None


def test_staged_changes_are_judged_by_what_is_new_in_them(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()

    def git(*arguments: str) -> None:
        line = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        subprocess.run(line, cwd=tree, check=True, capture_output=True)

    git("init", "-q")
    (tree / "old.sh").write_text("#!/bin/sh\ndropdb shop\n")
    (tree / ".env").write_text("DATABASE_URL=postgresql://db/shop\n")
    git("add", ".")
    git("commit", "-qm", "begin")
    (tree / "old.sh").write_text("#!/bin/sh\ndropdb shop\necho done\n")
    (tree / "README.md").write_text("never run dropdb shop\n")
    git("add", ".")
    assert staged.findings(tree) == []
    (tree / ".env").write_text("DATABASE_URL=postgresql://db/other\n")
    (tree / "clean").write_text("#!/usr/bin/env bash\ndocker compose down -v\n")
    (tree / "mend.sql").write_text("DELETE FROM activities;\n")
    git("add", ".")
    assert {one.path for one in staged.findings(tree)} == {".env", "clean", "mend.sql"}


def test_staged_outside_a_working_tree_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    told = run("staged", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["error"]["code"] == "guard"


def test_a_refused_program_is_not_even_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sought: list[str] = []
    monkeypatch.setattr(shim, "real_program", sought.append)
    assert shim.main(["dropdb", "production"]) == 30
    assert sought == []
    assert "next:" in capsys.readouterr().err
    assert shim.main(["dropdb", "shop_test"]) == 127
    assert sought == ["dropdb"]


def test_what_the_resident_guard_calls_harmless_is_not_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    def asks(host: str, body: bytes, directory: str) -> bytes | None:
        del host, directory
        told.append(json.loads(body)["tool_input"]["command"])
        return b"" if "notes" in told[-1] else None

    monkeypatch.setattr(resident, "asks", asks)
    monkeypatch.setattr(judging, "judge", lambda *_: Decision("needs_human", ("no",)))
    monkeypatch.setattr(shim, "real_program", lambda _: None)
    assert shim.main(["rm", "my notes"]) == 127
    assert shim.main(["rm", "pgdata"]) == 30
    assert told == ["rm 'my notes'", "rm pgdata"]
