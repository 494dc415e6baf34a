"""What the tests of strongroom share: one real PostgreSQL server for each test process."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import init, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server import cluster
from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer
from strongroom.testing.clusters import copied_clusters
from strongroom.testing.s3_server import S3Server, running_s3_server
from strongroom.testing.settings import LOGICAL

TEMPLATE = "test_template"


@dataclass(frozen=True)
class Database:
    """A database of one test, empty at first and gone after it."""

    server: RunningServer
    name: str

    @property
    def conninfo(self) -> dict[str, str | int]:
        """How the administrator connects to it."""
        return self.server.administrator(self.name)

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection:
        return connect(self.conninfo, autocommit=autocommit)

    def execute(self, statement: str) -> None:
        """Run one or more statements, each committed by itself."""
        with self.connect(autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session", autouse=True)
def clusters_are_copied(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., None]]:
    """What is made in this process comes without the work of initdb, after the first one."""
    with copied_clusters(tmp_path_factory.mktemp("clusters")) as real_initdb:
        yield real_initdb


@pytest.fixture
def initdb_itself(
    clusters_are_copied: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a test of how a cluster is made: nothing is copied."""
    monkeypatch.setattr(cluster, "initdb", clusters_are_copied)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """PostgreSQL of the newest version at hand; each test process has its own."""
    parent: Path = tmp_path_factory.mktemp("server")
    with scratch_server(parent, settings={"max_connections": "60"}) as running:
        with connect(running.administrator(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        yield running


@pytest.fixture
def database(server: RunningServer) -> Iterator[Database]:
    """A database of this test's own, copied from a template in milliseconds."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with connect(server.administrator(), autocommit=True) as connection:
        connection.execute(made.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        yield Database(server, name)
        dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(dropped.format(sql.Identifier(name)))


@dataclass(frozen=True)
class S3:
    """A place of one test's own on a real S3 server."""

    server: S3Server
    prefix: str

    def url(self, bucket: str = "plain", **settings: str | int) -> str:
        """The address of a store there; the buckets are plain, versioned and locked."""
        return self.server.url(bucket, self.prefix, **settings)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server; each test process that asks for it has its own."""
    with running_s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket("plain")
        server.make_bucket("versioned", versioned=True)
        server.make_bucket("locked", locked=True)
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server, with its credentials in the environment and a prefix that is empty."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return S3(s3_server, f"test/{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def sample_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, at rest: a database with one of everything, its pin, its keys, one backup."""
    home: Path = tmp_path_factory.mktemp("sample") / "home"
    home.mkdir(mode=0o700)
    path = home / CONFIGURATION_NAME
    path.write_text(
        default_document(application="runs", environment="test", database="runs") + LOGICAL
    )
    configuration = load(path)
    init(configuration)
    with open_database(configuration) as database:
        with connect(database.administrator(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION hstore")
            connection.execute("GRANT CREATE ON DATABASE runs TO runs_owner")
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE runs_owner")
            connection.execute((Path(__file__).parent / "everything.sql").read_bytes())
        take(configuration, database)
    return home


@pytest.fixture
def sample(sample_template: Path, tmp_path: Path) -> Configuration:
    """A copy of the sample home for one test."""
    return copy_of_home(sample_template, tmp_path / "home")


def copy_of_home(home: Path, target: Path) -> Configuration:
    """Copy a home that is at rest, with owners and rights, sharing blocks where that works."""
    subprocess.run(["cp", "-a", "--reflink=auto", home, target], check=True)
    return load(target / CONFIGURATION_NAME)
