from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import init, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.refresh import Refreshed, refresh
from strongroom.server.supervisor import RunningServer, Supervisor
from strongroom.testing.settings import LOGICAL

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Environments:
    """Production with accounts, a backup and rules; staging, which is not there yet."""

    production: Configuration
    staging: Configuration

    @property
    def rules(self) -> Path:
        return self.production.directory / "masking.toml"

    @staticmethod
    def rows(configuration: Configuration, query: str) -> list[tuple[object, ...]]:
        """What a query finds in the database that is in place, past every guard."""
        assert configuration.server is not None
        with (
            Supervisor(configuration.server).running() as server,
            connect(server.administrator(configuration.database)) as connection,
        ):
            return [tuple(row) for row in connection.execute(query.encode()).fetchall()]

    @staticmethod
    def execute(configuration: Configuration, statement: str) -> None:
        """Do something as a superuser, past every guard."""
        assert configuration.server is not None
        with (
            Supervisor(configuration.server).running() as server,
            connect(server.administrator(configuration.database), autocommit=True) as connection,
        ):
            connection.execute(statement.encode())

    def change_production(self, statement: str) -> None:
        """Do something to production, and take a backup of it."""
        self.execute(self.production, statement)
        with open_database(self.production) as database:
            take(self.production, database)

    def rule(self, old: str, new: str) -> None:
        """Change the rules."""
        text = self.rules.read_text()
        assert old in text
        self.rules.write_text(text.replace(old, new))


def described(home: Path, environment: str) -> Configuration:
    home.mkdir(mode=0o700, parents=True)
    path = home / CONFIGURATION_NAME
    path.write_text(
        default_document(application="runs", environment=environment, database="runs") + LOGICAL
    )
    return load(path)


@pytest.fixture(scope="session")
def production_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    configuration = described(tmp_path_factory.mktemp("people") / "home", "production")
    init(configuration)
    with open_database(configuration) as database:
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE runs_owner")
            connection.execute((HERE / "people.sql").read_bytes())
            connection.execute("ANALYZE")
        take(configuration, database)
    shutil.copy(HERE / "masking.toml", configuration.directory)
    return configuration.directory


@pytest.fixture
def environments(production_template: Path, tmp_path: Path) -> Environments:
    """Two environments of one application, for one test."""
    home = tmp_path / "production"
    subprocess.run(["cp", "-a", "--reflink=auto", production_template, home], check=True)
    return Environments(load(home / CONFIGURATION_NAME), described(tmp_path / "staging", "staging"))


@pytest.fixture(scope="session")
def refreshed_template(
    production_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Refreshed]:
    """Production and staging after one refresh, both at rest, and what that refresh told."""
    parent = tmp_path_factory.mktemp("refreshed")
    home = parent / "production"
    subprocess.run(["cp", "-a", "--reflink=auto", production_template, home], check=True)
    done = refresh(load(home / CONFIGURATION_NAME), described(parent / "staging", "staging"))
    return parent, done


@pytest.fixture
def refreshed(
    refreshed_template: tuple[Path, Refreshed], tmp_path: Path
) -> tuple[Environments, Refreshed]:
    """Two environments of one application, of which one is a copy already, for one test."""
    parent, done = refreshed_template
    homes = tmp_path / "homes"
    subprocess.run(["cp", "-a", "--reflink=auto", parent, homes], check=True)
    production, staging = (
        load(homes / name / CONFIGURATION_NAME) for name in ("production", "staging")
    )
    return Environments(production, staging), done


@pytest.fixture
def other_database(server: RunningServer) -> Iterator[object]:
    """A second empty database beside the one of the test."""
    name = f"other_{uuid.uuid4().hex[:12]}"
    with connect(server.administrator(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE test_template")
        yield Other(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Other:
    """What ``database`` is, once more."""

    server: RunningServer
    name: str

    def connect(self) -> psycopg.Connection:
        return connect(self.server.administrator(self.name))

    def execute(self, statement: str) -> None:
        with connect(self.server.administrator(self.name), autocommit=True) as connection:
            connection.execute(statement.encode())
