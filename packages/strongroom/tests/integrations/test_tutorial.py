"""The tutorial runs as it is written, on an application that somebody already has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strongroom.server.binaries import find_binaries

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""

TUTORIAL = Path(__file__).resolve().parents[4] / "docs/tutorial/adopt-your-application.md"


def blocks() -> list[str]:
    """Its shell commands, in order; what it shows of an answer begins with our error's name."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    shell = [block for language, block in found if not language]
    return [block for block in shell if not block.startswith("strongroom.errors.")]


@pytest.mark.parametrize("stage", [18], indirect=True)
def test_the_tutorial_ends_with_a_refusal_and_a_proof(stage: Stage, tmp_path: Path) -> None:
    install, look, pin, start, elsewhere, prove = blocks()
    assert install.startswith("pip install")
    database = stage.theirs.create(f"tutorial_{stage.theirs.major}")
    with stage.theirs.administrator(database) as admin:
        admin.execute("ALTER ROLE shop CREATEDB")
        admin.execute("SET ROLE shop")
        admin.execute("CREATE TABLE item (id serial PRIMARY KEY, title varchar NOT NULL)")
        admin.execute("INSERT INTO item (title) VALUES ('Paint the fence')")
    directory = stage.example("sqlalchemy", tmp_path)
    programs = [str(Path(sys.executable).parent), str(find_binaries(15).directory)]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "STRONGROOM_CONFIG"},
        "DATABASE_URL": stage.theirs.url(database),
        "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
    }

    def run(block: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euc", block],
            check=False,
            capture_output=True,
            text=True,
            cwd=directory,
            env=environment,
        )

    shown = run(look)
    assert "public.item" in shown.stdout, shown.stderr
    assert not (directory / "strongroom.toml").exists()
    assert run(pin).returncode == 0
    started = run(start)
    assert "2 to do" in started.stdout, started.stderr
    refused = run(elsewhere)
    assert refused.returncode == 1
    assert "An empty database is never taken for a first start." in refused.stderr
    assert "verdict: empty; nothing was written" in refused.stderr
    with stage.theirs.administrator("elsewhere") as admin:
        assert admin.execute("SELECT count(*) FROM pg_class WHERE oid >= 16384").fetchall() == [
            (0,)
        ]
    proven = run(prove)
    assert proven.returncode == 0, proven.stderr + proven.stdout
