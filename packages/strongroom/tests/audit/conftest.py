"""What these tests share: a pinned database in a volume of an engine, and a Compose that notes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.config import CONFIGURATION_NAME, Configuration, load
from strongroom.testing.container_engine import container_engine

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from audit_world import World


@pytest.fixture(scope="module")
def pinned(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """One pinned database for all of these tests, which only look at it."""
    home: Path = tmp_path_factory.mktemp("pinned") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", sample_template, home], check=True)
    return load(home / CONFIGURATION_NAME)


@pytest.fixture
def world(
    pinned: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    sample = pinned
    programs, called = tmp_path / "bin", tmp_path / "called"
    programs.mkdir()
    program = programs / "docker-compose"
    program.write_text(f'#!/bin/sh\necho "$@" >> {called}\nexit "${{STATUS:-0}}"\n')
    program.chmod(0o755)
    short = Path(tempfile.mkdtemp(prefix="sr-"))
    with container_engine(short / "s") as engine:
        monkeypatch.setenv("PATH", f"{programs}:/bin")
        monkeypatch.setenv("DOCKER_HOST", engine.address)
        monkeypatch.delenv("STRONGROOM_CONFIG", raising=False)
        assert sample.server is not None
        made = World(tmp_path, engine, sample, called)
        made.volume("runningapp_postgres_data", sample.server.data_directory)
        yield made
    shutil.rmtree(short)
