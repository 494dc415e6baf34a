from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import ServerSettings


@pytest.fixture
def home(tmp_path: Path) -> ServerSettings:
    """Directories of a supervised server, none of which is there yet."""
    directory = tmp_path / "home"
    return ServerSettings(directory / "data", directory / "run", directory / "logs")
