"""Replays of public incidents: one server per worker, one pair of databases per replay."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from docker_table import DockerTable
from laboratory import Case, Laboratory, Replayed

from strongroom.config import CONFIGURATION_NAME, default_document, load
from strongroom.identity import init, open_database
from strongroom.protection import protect
from strongroom.server.supervisor import Supervisor

SHOP = Path(__file__).with_name("shop.sql")
SOURCES = Path(__file__).with_name("sources.toml")
HEAD = "| incident | what is replayed | without the defence | with it | stopped by |"
UNSAFE_AND_QUICK = """
[server.settings]
fsync = "off"
full_page_writes = "off"
"""


@pytest.fixture(scope="session")
def laboratory_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A supervised server with both templates: the shop bare, and the shop guarded."""
    home = tmp_path_factory.mktemp("laboratory")
    path = home / CONFIGURATION_NAME
    document = default_document(application="shop", environment="production", database="shop")
    path.write_text(document + UNSAFE_AND_QUICK)
    configuration = load(path)
    init(configuration)
    with open_database(configuration) as database:
        with psycopg.connect(**database.conninfo("migrator"), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("SET ROLE shop_owner")
            connection.execute(SHOP.read_bytes())
        with psycopg.connect(**database.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("CREATE ROLE bare_app LOGIN SUPERUSER PASSWORD 'bare'")
            connection.execute("CREATE DATABASE bare OWNER bare_app TEMPLATE template0")
    protect(configuration)
    assert configuration.server is not None
    with Supervisor(configuration.server).running() as server:
        with psycopg.connect(**server.administrator("bare"), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("SET ROLE bare_app")
            connection.execute(SHOP.read_bytes())
        yield Laboratory(server, configuration)


@pytest.fixture
def laboratory(laboratory_home: Laboratory) -> Iterator[Laboratory]:
    """The laboratory; what one replay made is gone after it."""
    yield laboratory_home
    laboratory_home.clean()


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """The incident that ``@pytest.mark.incident(id, what, by=…)`` names."""
    mark = request.node.get_closest_marker("incident")
    assert mark is not None, "a replay names its incident"
    incident, what = mark.args

    def keep(replayed: Replayed) -> None:
        kept = request.node.user_properties
        kept[:] = [one for one in kept if one[0] != "replayed"]  # the last word stands
        kept.append(("replayed", tuple(vars(replayed).values())))

    return Case(incident, what, mark.kwargs["by"], keep)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--incident-table FILE`` writes what happened as a Markdown table."""
    parser.addoption("--incident-table", type=Path, help="Write what happened here.")
    parser.addoption("--docker-table", type=Path, help="And here what happened on an engine.")


class Table:
    """Collects what happened, also from the workers of a parallel run."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: list[Replayed] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a passed replay has kept."""
        if report.when != "call" or not report.passed:
            return
        for name, value in report.user_properties:
            if name == "replayed":
                self._rows.append(Replayed(*value))  # type: ignore[misc]  # five texts

    def pytest_sessionfinish(self) -> None:
        """Write the table, by incident.

        What stands above it in the file stays, and so do the rows of replays that did not run.
        """
        if self._path is None or not self._rows:
            return
        sources = tomllib.loads(SOURCES.read_text())
        before = self._path.read_text() if self._path.exists() else ""
        introduction, _, table = before.partition(HEAD)
        rows = {_key(row): row for row in table.splitlines() if row.startswith("| [")}
        for one in self._rows:
            cells = (one.what, one.without, one.defended, one.by)
            told = " | ".join(cell.replace("|", "\\|") for cell in cells)
            row = f"| [{one.incident}]({sources[one.incident]}) | {told} |"
            rows[_key(row)] = row
        lines = [HEAD, "|---|---|---|---|---|", *(rows[key] for key in sorted(rows))]
        self._path.write_text(introduction + "\n".join(lines) + "\n")


def _key(row: str) -> tuple[str, str]:
    """The incident of a row, and what is replayed of it."""
    incident, what, *_ = row.removeprefix("| ").split(" | ")
    return incident, what


def pytest_configure(config: pytest.Config) -> None:
    """Register the collector where results arrive: in the process that the person started."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(config.getoption("--incident-table")))
        config.pluginmanager.register(DockerTable(config.getoption("--docker-table")))
