from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.config import ServerSettings


@pytest.fixture
def home(tmp_path: Path) -> ServerSettings:
    """Directories of a supervised server, none of which is there yet."""
    directory = tmp_path / "home"
    return ServerSettings(
        directory / "data",
        directory / "run",
        directory / "logs",
        settings={"fsync": "off"},  # processes are killed here, the machine is not
    )


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that every user reaches; pytest's own are closed to all but one."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)
