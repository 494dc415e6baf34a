"""Servers that go away and come back: still starting, or not the same one any more."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy

from strongroom.config import Configuration, ServerSettings
from strongroom.errors import RefusedError, ServerError
from strongroom.identity import Verdict, check, open_database
from strongroom.integrations.sqlalchemy import guarded_engine
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.sockets import PORT
from strongroom.server.supervisor import RunningServer, Supervisor

from ..conftest import copy_home  # noqa: TID252  tests have no package name of their own

GO_ON = "go_on"
WAITING = f"while [ ! -e {GO_ON} ]; do sleep 0.05; done; false"
"""As a restore command it holds the recovery up for as long as the test wants."""


def by_address(home: Configuration, *, wait_max_s: float = 0) -> Configuration:
    """The same database, on a server that somebody else runs."""
    assert home.server is not None
    sockets = Supervisor(home.server).status().socket_directory or "/nowhere"
    return replace(
        home,
        server=None,
        url=f"host={sockets} port={PORT} user=strongroom_admin",
        policy=replace(home.policy, start_wait_max_s=wait_max_s),
    )


@contextmanager
def recovering(settings: ServerSettings) -> Iterator[Path]:
    """A server that is starting until the file is made whose path is given."""
    signal_file = settings.data_directory / "recovery.signal"
    signal_file.touch()
    shutil.chown(signal_file, settings.data_directory.owner())
    ended = threading.Event()

    def run() -> None:
        with Supervisor(settings).running(settings_extra={"restore_command": WAITING}):
            ended.wait()

    thread = threading.Thread(target=run)
    thread.start()
    go_on = settings.data_directory / GO_ON
    try:
        yield go_on
    finally:
        go_on.touch()
        ended.set()
        thread.join()


def test_a_database_that_is_still_starting_is_waited_for_and_then_named(
    home: Configuration,
) -> None:
    assert home.server is not None
    with recovering(home.server) as go_on:
        while "is starting up" not in (judgement := check(by_address(home))).message:
            assert judgement.verdict is Verdict.UNREACHABLE  # no socket yet
        assert judgement.verdict is Verdict.UNREACHABLE
        assert judgement.next == "wait until that server has recovered, then strongroom check"
        later = threading.Timer(0.2, go_on.touch)
        later.start()
        with open_database(by_address(home, wait_max_s=600)) as database:
            assert database.judgement.matches
        later.join()


def test_a_pool_that_reconnects_after_an_outage_refuses_the_server_that_came_instead(
    home: Configuration, tmp_path: Path
) -> None:
    """The address is the same; behind it a copy from before came up."""
    older = copy_home(home.directory, tmp_path / "older")
    assert home.server is not None
    assert older.server is not None
    instead = replace(home.server, data_directory=older.server.data_directory)
    with ExitStack() as stack:
        outage = stack.enter_context(ExitStack())
        outage.enter_context(Supervisor(home.server).running())
        database = stack.enter_context(open_database(by_address(home)))
        engine = guarded_engine(database, pool_pre_ping=True)
        stack.callback(engine.dispose)
        with engine.connect():
            pass  # it lies in the pool, and dies with its server
        outage.close()
        with pytest.raises(ServerError):
            database.beat()
        with Supervisor(instead).running() as wrong:
            before = epochs(wrong)
            with pytest.raises(RefusedError) as refused:
                engine.connect()
            assert refused.value.judgement["verdict"] == "rolled_back"
            with pytest.raises(RefusedError):
                database.beat()
            assert epochs(wrong) == before
        with Supervisor(home.server).running(), engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM run")) == 1_000
            database.append_epoch()


def epochs(server: RunningServer) -> int:
    with connect(server.administrator("app")) as connection:
        row = connection.execute("SELECT max(n) FROM strongroom.epoch").fetchone()
    return int(row[0]) if row else 0
