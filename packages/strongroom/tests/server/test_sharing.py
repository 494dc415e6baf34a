"""Who may start, stop and replace a server that several processes use."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from strongroom.config import ServerSettings
from strongroom.errors import ServerError, ServerHeldError
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import Supervisor, inspect_directory
from strongroom.server.directory import live_postmaster
from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer


@pytest.fixture
def cluster(home: ServerSettings) -> Iterator[Supervisor]:
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    yield supervisor
    supervisor.stop(force=True)


def test_a_server_in_use_is_not_stopped_and_its_user_is_named(
    cluster: Supervisor, home: ServerSettings
) -> None:
    with cluster.running():
        with pytest.raises(ServerHeldError, match=r"in use by .*\(process \d+, since"):
            Supervisor(home).stop()
        assert live_postmaster(home.data_directory) is not None
        Supervisor(home).stop(force=True)
        assert live_postmaster(home.data_directory) is None


def test_nobody_starts_the_server_while_it_is_held_exclusively(
    cluster: Supervisor, home: ServerSettings
) -> None:
    came = threading.Event()

    def come() -> None:
        with Supervisor(home).running():
            came.set()

    comer = threading.Thread(target=come)
    with cluster.running():
        with cluster.exclusive():  # our own use does not hinder us
            assert live_postmaster(home.data_directory) is None
            comer.start()
            assert not came.wait(0.3)
            assert live_postmaster(home.data_directory) is None
        comer.join()
        assert came.is_set()


def test_an_exclusive_hold_respects_other_users_unless_forced(
    cluster: Supervisor, home: ServerSettings
) -> None:
    other = Supervisor(home)
    with other.running() as server:
        with pytest.raises(ServerHeldError), cluster.exclusive():
            pass
        with cluster.exclusive(force=True):
            assert live_postmaster(home.data_directory) is None
        # The other user is still registered: it starts the server again and goes on.
        assert len(cluster.status().holders) == 1
        revived = other.revive()
        assert revived.socket_directory == server.socket_directory
        connect(revived.administrator()).close()
    assert not inspect_directory(home.data_directory).running


def test_only_a_user_may_revive_the_server(cluster: Supervisor) -> None:
    with pytest.raises(ServerError, match="Only a process that uses the server"):
        cluster.revive()


def test_a_server_is_kept_running_when_asked(cluster: Supervisor, home: ServerSettings) -> None:
    with cluster.running(keep_running=True):
        pass
    assert inspect_directory(home.data_directory).running
    cluster.stop()
    assert not inspect_directory(home.data_directory).running


def test_extra_settings_are_in_force_for_one_start(cluster: Supervisor) -> None:
    for extra, expected in (({"work_mem": "17MB"}, "17MB"), ({}, "4MB")):
        with (
            cluster.running(settings_extra=extra) as server,
            connect(server.administrator()) as connection,
        ):
            assert connection.execute("SHOW work_mem").fetchone() == (expected,)


def test_the_server_listens_on_its_private_socket_only(cluster: Supervisor) -> None:
    with cluster.running() as server:
        assert server.socket_directory.stat().st_mode & 0o777 == 0o700
        with connect(server.administrator()) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
            assert connection.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
            connection.execute("CREATE ROLE visitor LOGIN")
        with pytest.raises(ServerError, match="no password supplied"):
            connect(server.conninfo(role="visitor", database="postgres"))


def test_an_error_of_the_user_still_stops_the_server(
    cluster: Supervisor, home: ServerSettings
) -> None:
    with pytest.raises(RuntimeError, match="of the user"), cluster.running():
        raise RuntimeError("of the user")
    assert not inspect_directory(home.data_directory).running


USES: dict[str, Callable[[ServerSettings], AbstractContextManager[RunningServer]]] = {
    "the supervised server": lambda home: Supervisor(home).running(),
    "a scratch server": lambda home: scratch_server(home.data_directory.parent / "scratch"),
}


@pytest.mark.parametrize("use", USES)
def test_a_forked_process_ends_nothing_of_its_parent(
    use: str, cluster: Supervisor, home: ServerSettings
) -> None:
    """It unwinds the parent's blocks when it ends, and collects what it inherited."""
    assert cluster
    with ExitStack() as parent:
        server = parent.enter_context(USES[use](home))
        child = os.fork()
        if child == 0:
            try:
                parent.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if use == "the supervised server":
            with Supervisor(home).running():  # whoever comes and goes now is not the last one
                pass
        connect(server.administrator()).close()
    assert not inspect_directory(home.data_directory).running
