"""Homes on a real PostgreSQL: one is made for the session, each test gets a copy of its own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.identity import init, open_database, push_floors
from strongroom.server.binaries import binaries_for_server
from strongroom.server.cluster import DIRECTORY, run_program
from strongroom.server.os_user import server_user

RUNS = 1_000


def new_home(directory: Path, *, environment: str = "production") -> Configuration:
    """A home with a table of runs, whose floor is known."""
    directory.mkdir(parents=True)
    text = default_document(application="app", environment=environment, database="app")
    (directory / "strongroom.toml").write_text(text)
    configuration = load(directory / "strongroom.toml")
    init(configuration)
    with open_database(configuration) as database:
        with psycopg.connect(**database.conninfo("migrator")) as connection:
            connection.execute("SET ROLE app_owner")
            connection.execute("CREATE TABLE run (id integer PRIMARY KEY, name text)")
            connection.execute("INSERT INTO run SELECT n, 'run' FROM generate_series(1, 1000) n")
        push_floors(configuration, {"public.run": RUNS}, backup_id="one", at=datetime.now(UTC))
    return configuration


def copy_home(source: Path, target: Path) -> Configuration:
    """A byte copy of a home, owners included."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return load(target / "strongroom.toml")


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("homes") / "original").directory


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another home of the same application and environment."""
    return new_home(tmp_path_factory.mktemp("homes") / "stranger").directory


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Configuration:
    return copy_home(original, tmp_path / "home")


@pytest.fixture
def data(home: Configuration) -> Path:
    assert home.server is not None
    return home.server.data_directory


@pytest.fixture
def plain_cluster(tmp_path: Path) -> Callable[[], Path]:
    """What anybody's initdb makes, with a superuser that is not ours."""

    def make() -> Path:
        directory = tmp_path / "plain"
        user = server_user()
        directory.mkdir(mode=0o700)
        user.own(directory)
        arguments = ["-D", DIRECTORY, "-U", "postgres", "--no-sync"]
        made = run_program(binaries_for_server(None, user), "initdb", arguments, directory)
        assert made.returncode == 0, made.stderr
        return directory

    return make


def bytes_of(directory: Path) -> dict[str, str]:
    """Every file below a directory, by its content."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def replace_data(home: Configuration, other: Configuration) -> None:
    """Put another home's data in place while the server of the first rests."""
    assert home.server is not None
    shutil.rmtree(home.server.data_directory)
    (other.directory / "data").rename(home.server.data_directory)
