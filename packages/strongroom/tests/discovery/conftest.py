"""Clusters to be found: made once for each version by PostgreSQL itself, and then copied."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from strongroom.config import ServerSettings
from strongroom.errors import BinariesMissingError
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import Supervisor, find_binaries
from strongroom.testing.missing import missing

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from planted import ROWS, Made


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A cluster at rest of a version: its database ``app`` has one table with rows."""
    parent: Path = tmp_path_factory.mktemp("made")

    @cache
    def cluster(major: int) -> Path:
        try:
            find_binaries(major)
        except BinariesMissingError:
            missing(f"PostgreSQL {major}")
        home = parent / str(major)
        settings = ServerSettings(home / "data", home / "run", home / "logs", {"fsync": "off"})
        supervisor = Supervisor(settings)
        supervisor.initialise(major=major, durable=False)
        with supervisor.running() as server:
            with connect(server.administrator(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE app TEMPLATE template0")
            with connect(server.administrator("app"), autocommit=True) as connection:
                rows = f"SELECT n, now() AS created_at FROM generate_series(1, {ROWS[major]}) n"
                connection.execute(f"CREATE TABLE activity AS {rows}")
        return home / "data"

    return cluster


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose path is short enough for sockets."""
    directory = Path(tempfile.mkdtemp(prefix="sr-"))
    yield directory
    shutil.rmtree(directory)
