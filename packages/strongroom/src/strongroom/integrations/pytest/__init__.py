"""The pytest plugin: no test run reaches a real database, and each test gets one of its own.

It is there as soon as strongroom is installed. A run stops before collection when it could
reach a pinned database of any environment but ``test``, and a test fails that was given the
address of one since; every connection is judged once more when it is made. No variable of ours
switches that off; ``required_plugins = ["strongroom"]`` in pytest's settings stops a run that
would start without the plugin.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.errors import RealDatabaseError
from strongroom.integrations.pytest.active import judging_run
from strongroom.integrations.pytest.databases import (
    FreshDatabase,
    FreshServer,
    Migrations,
    fresh_server,
)
from strongroom.integrations.pytest.files import settings_of, variables_of
from strongroom.integrations.pytest.judging import Run
from strongroom.integrations.pytest.opened import Opened, open_connections
from strongroom.integrations.pytest.reach import Reach
from strongroom.integrations.pytest.watching import unwatch, watch

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has none

__all__ = ["FreshDatabase", "FreshServer", "Migrations"]

_RUN = pytest.StashKey[Run]()
_OPENED = pytest.StashKey[Sequence[Opened]]()
_REACH = pytest.StashKey[Reach]()
_WORKER, _TOLD = "PYTEST_XDIST_WORKER", "STRONGROOM_TEST_RUN"


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Guard every driver from here on: this is the first that pytest asks of a plugin."""
    config: pytest.Config | None = pluginmanager.get_plugin("pytestconfig")
    if config is None:
        raise pytest.UsageError("strongroom cannot guard a run that has no configuration")
    run = _run_of_process()
    opened = open_connections() if judging_run() is None else []
    config.stash[_RUN], config.stash[_OPENED] = run, opened
    # libpq gives this name to every connection that has no other, those of subprocesses too.
    os.environ.setdefault("PGAPPNAME", run.mark)
    watch(run)
    config.add_cleanup(lambda: unwatch(run))


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Judge what can be reached, before any conftest is imported and any plugin is asked."""
    directory = early_config.invocation_params.dir
    places = list(dict.fromkeys([directory, early_config.rootpath]))
    arguments = enumerate(early_config.invocation_params.args, start=1)
    texts = {f"pytest's argument {n}": str(text) for n, text in arguments}
    early_config.stash[_REACH] = reach = Reach(
        early_config.stash[_RUN],
        directory,
        early_config.stash[_OPENED],
        texts | settings_of(places, early_config.inipath),
        variables_of(places),
    )
    namespace = early_config.known_args_namespace
    if not (namespace.help or namespace.version):
        _stop_if_real(reach)
    return (yield)


def _run_of_process() -> Run:
    """The run that this process belongs to: a worker's is that of the process that started it.

    What the controller has left in a variable counts in its own children only: anywhere else it
    would let a run pass for an older one, to which more databases are its own.
    """
    process, _, told = os.environ.get(_TOLD, "").partition(":")
    if _WORKER in os.environ and process == str(os.getppid()):
        name, _, began = told.partition(":")
        return Run(name, float(began))
    run = Run(secrets.token_hex(4))
    if judging_run() is None:
        os.environ[_TOLD] = f"{os.getpid()}:{run.name}:{run.began!r}"
    return run


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Judge what conftests have added: variables, Django's settings."""
    config = session.config
    told: dict[str, Any] = getattr(config, "workerinput", {})
    if "strongroom_run" in told:
        run = config.stash[_RUN]
        run.name, run.began = told["strongroom_run"], told["strongroom_began"]
    _stop_if_real(config.stash[_REACH])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Judge what was added while collecting, by conftests and modules of directories below."""
    if not hasattr(session.config, "workerinput"):  # there each test is refused
        _stop_if_real(session.config.stash[_REACH])


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Judge what another fixture has added to the environment."""
    try:
        _refuse_if_real(request.config.stash[_REACH])
    except RealDatabaseError as error:
        # What pytest notes of a fixture that failed; it would stumble over it the next time.
        key = fixturedef.cache_key(request)  # type: ignore[arg-type]  # it is that request
        fixturedef.cached_result = (None, key, (error, error.__traceback__))
        raise


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Judge what fixtures have added to the environment, of which a subprocess may take it."""
    _refuse_if_real(item.config.stash[_REACH])


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


def _refuse_if_real(reach: Reach) -> None:
    """End a test, or the fixture that is next.

    Raises:
        RealDatabaseError: a real database can be reached since.
    """
    real = reach.real_now()
    if real:
        raise RealDatabaseError(
            f"What runs before this test has given it the address of a real database: {real[0]}.",
            found=real[0],
            next_step="give it a database of its own, such as the fixture strongroom_database",
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
