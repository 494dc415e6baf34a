"""The pytest plugin: no test run reaches a real database, and each test gets one of its own.

It is there as soon as strongroom is installed. A run stops before collection when it could
reach a pinned database of any environment but ``test``; every connection is judged once more
when it is made. No variable of ours switches that off; ``required_plugins = ["strongroom"]``
in pytest's settings stops a run that would start without the plugin.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.integrations.pytest.databases import (
    FreshDatabase,
    FreshServer,
    Migrations,
    fresh_server,
)
from strongroom.integrations.pytest.judging import Run
from strongroom.integrations.pytest.reach import Reach
from strongroom.integrations.pytest.watching import unwatch, watch

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has none

__all__ = ["FreshDatabase", "FreshServer", "Migrations"]

_RUN = pytest.StashKey[Run]()
_REACH = pytest.StashKey[Reach]()
_WORKER = "PYTEST_XDIST_WORKER"


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Guard every driver, and judge what can be reached, before any conftest is imported."""
    run = Run(secrets.token_hex(4))
    reach = Reach(run, early_config.invocation_params.dir, _settings(early_config))
    early_config.stash[_RUN], early_config.stash[_REACH] = run, reach
    # libpq gives this name to every connection that has no other, those of subprocesses too.
    os.environ.setdefault("PGAPPNAME", run.mark)
    watch(run)
    early_config.add_cleanup(lambda: unwatch(run))
    namespace = early_config.known_args_namespace
    # A worker learns from the controller when the run began, and judges when it knows.
    if not (_WORKER in os.environ or namespace.help or namespace.version):
        _stop_if_real(reach)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Judge what conftests have added: variables, Django's settings."""
    config = session.config
    told: dict[str, Any] = getattr(config, "workerinput", {})
    if "strongroom_run" in told:
        run = config.stash[_RUN]
        run.name, run.began = told["strongroom_run"], told["strongroom_began"]
    _stop_if_real(config.stash[_REACH])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker of pytest-xdist which run it belongs to."""
    run = node.config.stash[_RUN]
    node.workerinput.update(strongroom_run=run.name, strongroom_began=run.began)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take over what a worker could not verify."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash[_RUN].unverified.update(output.get("strongroom_unverified", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controller what could not be verified."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["strongroom_unverified"] = dict(session.config.stash[_RUN].unverified)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what could not be verified: that is never success."""
    unverified = terminalreporter.config.stash[_RUN].unverified
    if unverified:
        terminalreporter.section("strongroom: could not verify", yellow=True)
        for what, why in unverified.items():
            terminalreporter.line(f"{what}: {why}")
        terminalreporter.line("Each of them is judged when a test connects to it.")


def _settings(config: pytest.Config) -> dict[str, str]:
    """Texts of pytest's settings and arguments, in which addresses may stand."""
    arguments = enumerate(config.invocation_params.args, start=1)
    texts = {f"pytest's argument {n}": str(text) for n, text in arguments}
    if config.inipath is not None:
        texts[config.inipath.name] = config.inipath.read_text(encoding="utf-8", errors="replace")
    return texts


def _stop_if_real(reach: Reach) -> None:
    """End the run with pytest's status for wrong usage, 4.

    Raises:
        UsageError: a real database can be reached.
    """
    real = reach.real()
    if real:
        raise pytest.UsageError(
            "strongroom stopped this test run: it could reach a real database.\n"
            + "".join(f"  {line}\n" for line in real)
            + "Only a database pinned as environment 'test' may be reached by tests.\n"
            "next: run the tests without these settings, or with those of a database for tests"
        )


@pytest.fixture(scope="session")
def strongroom_mark(pytestconfig: pytest.Config) -> str:
    """A text to put into rows that a test writes: ``strongroom leaks`` finds them by it."""
    return pytestconfig.stash[_RUN].mark


@pytest.fixture(scope="session")
def strongroom_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshServer]:
    """A PostgreSQL server for this test process, started when the first test asks for it."""
    with fresh_server(tmp_path_factory.mktemp("strongroom")) as server:
        yield server


@pytest.fixture(scope="session")
def strongroom_migrations() -> Migrations:
    """What migrates the template. A project overrides this; as it is, the template is empty."""
    return lambda _database: None


@pytest.fixture(scope="session")
def strongroom_template(
    strongroom_server: FreshServer, strongroom_migrations: Migrations
) -> Iterator[FreshDatabase]:
    """The database that others are copied from, migrated once. Nobody may stay connected to it."""
    with strongroom_server.database("template_") as template:
        strongroom_migrations(template)
        yield template


@pytest.fixture
def strongroom_database(
    strongroom_server: FreshServer, strongroom_template: FreshDatabase
) -> Iterator[FreshDatabase]:
    """A database of one test, copied from the template in tens of milliseconds."""
    with strongroom_server.database(template=strongroom_template) as database:
        yield database


@pytest.fixture(scope="session")
def strongroom_worker_database(
    strongroom_server: FreshServer, strongroom_template: FreshDatabase
) -> Iterator[FreshDatabase]:
    """One database for all tests of a worker, for suites that undo what they write."""
    with strongroom_server.database("worker_", template=strongroom_template) as database:
        yield database
