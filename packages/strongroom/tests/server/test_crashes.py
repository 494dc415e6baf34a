"""What survives ``kill -9`` of the server, of the processes that use it, and of both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from strongroom.config import ServerSettings
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import RunningServer, Supervisor, exchange_directories, inspect_directory
from strongroom.server.directory import live_postmaster, serving_processes

USER_PROGRAM = """
import sys, time
from pathlib import Path
from strongroom.config import ServerSettings
from strongroom.server import Supervisor

home = Path(sys.argv[1])
with Supervisor(ServerSettings(home / "data", home / "run", home / "logs")).running() as server:
    print("started" if server.started_by_us else "attached", flush=True)
    sys.stdin.read()
print("left", flush=True)
"""


@pytest.fixture
def cluster(home: ServerSettings) -> Iterator[Supervisor]:
    """A cluster with one table of one row; whatever runs on it is stopped after the test."""
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    with supervisor.running() as server, connect(server.administrator()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    yield supervisor
    supervisor.stop(force=True)


@pytest.fixture
def user(home: ServerSettings) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts processes that use the server until their input is closed."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER_PROGRAM, str(home.data_directory.parent)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    assert process.communicate()[0].strip() == "left"


def kill_server(data: Path) -> None:
    postmaster = live_postmaster(data)
    assert postmaster is not None
    os.kill(postmaster.process_id, signal.SIGKILL)
    while live_postmaster(data) is not None:
        time.sleep(0.01)


def rows(server: RunningServer) -> int:
    with connect(server.administrator()) as connection:
        return int(connection.execute("SELECT sum(a) FROM kept").fetchall()[0][0])


def test_a_killed_server_starts_again_with_its_rows(
    cluster: Supervisor, home: ServerSettings
) -> None:
    with cluster.running():
        kill_server(home.data_directory)
        assert not inspect_directory(home.data_directory).running
        server = cluster.revive()
        assert rows(server) == 1
    assert not inspect_directory(home.data_directory).running


def test_a_killed_user_leaves_a_server_that_the_next_one_finds(
    cluster: Supervisor, home: ServerSettings, user: Any
) -> None:
    killed = user()
    assert says(killed) == "started"
    killed.kill()
    killed.wait()
    assert inspect_directory(home.data_directory).running
    assert cluster.status().holders == ()
    with cluster.running() as server:
        assert not server.started_by_us
        assert rows(server) == 1
    assert not inspect_directory(home.data_directory).running


def test_a_server_that_is_just_stopping_is_started_again(
    cluster: Supervisor, home: ServerSettings
) -> None:
    with cluster.running(keep_running=True):
        pass
    postmaster = live_postmaster(home.data_directory)
    assert postmaster is not None
    os.kill(postmaster.process_id, signal.SIGSTOP)
    os.kill(postmaster.process_id, signal.SIGINT)
    (home.data_directory / "postmaster.pid").write_text(
        (home.data_directory / "postmaster.pid").read_text().replace("ready   ", "stopping")
    )
    going_on = threading.Timer(0.3, os.kill, [postmaster.process_id, signal.SIGCONT])
    going_on.start()
    with cluster.running() as server:
        assert rows(server) == 1
    going_on.join()


def test_user_and_server_killed_together_lose_nothing(
    cluster: Supervisor, home: ServerSettings, user: Any
) -> None:
    killed = user()
    assert says(killed) == "started"
    killed.kill()
    kill_server(home.data_directory)
    killed.wait()
    with cluster.running() as server:
        assert server.started_by_us
        assert rows(server) == 1


def test_the_last_one_out_stops_the_server(
    cluster: Supervisor, home: ServerSettings, user: Any
) -> None:
    first, second = user(), user()
    assert {says(first), says(second)} == {"started", "attached"}
    assert len(cluster.status().holders) == 2
    leave(first)
    assert inspect_directory(home.data_directory).running
    leave(second)
    assert not inspect_directory(home.data_directory).running


def test_of_many_that_start_at_once_exactly_one_starts_the_server(
    cluster: Supervisor, home: ServerSettings, user: Any
) -> None:
    users = [user() for _ in range(4)]
    assert sorted(says(one) for one in users) == ["attached"] * 3 + ["started"]
    assert cluster.status().process_id is not None
    for one in users:
        leave(one)
    assert not inspect_directory(home.data_directory).running


def test_a_stale_pid_file_whose_number_lives_again_does_not_hinder_the_start(
    cluster: Supervisor, home: ServerSettings
) -> None:
    """PostgreSQL alone would refuse: the number is that of a living process of its own user."""
    with cluster.running():
        written = (home.data_directory / "postmaster.pid").read_text()
    from strongroom.server.os_user import server_user

    stranger = subprocess.Popen(["sleep", "600"], cwd="/", **server_user().spawn_options())
    try:
        stale = "\n".join([str(stranger.pid), *written.splitlines()[1:]])
        (home.data_directory / "postmaster.pid").write_text(stale)
        with cluster.running() as server:
            assert rows(server) == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_a_session_that_outlives_its_server_is_ended_and_loses_what_it_had_not_committed(
    cluster: Supervisor, home: ServerSettings
) -> None:
    with cluster.running() as server:
        busy = connect(server.administrator())
        orphan = busy.info.backend_pid

        def insert_slowly() -> None:
            try:
                busy.execute("INSERT INTO kept SELECT 1 FROM generate_series(1, 1000000000)")
            except psycopg.Error:
                busy.close()

        thread = threading.Thread(target=insert_slowly)
        thread.start()
        while not is_active(server, orphan):
            time.sleep(0.01)
        kill_server(home.data_directory)
        assert orphan in serving_processes(home.data_directory)
        assert rows(cluster.revive()) == 1
        thread.join()
        while orphan in serving_processes(home.data_directory):
            time.sleep(0.01)  # it has let go of the server's memory, and is about to end


def is_active(server: RunningServer, backend: int) -> bool:
    with connect(server.administrator()) as connection:
        query = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = %s"
        return bool(connection.execute(query, [backend]).fetchall()[0][0])


class Watching:
    """Remembers what the server's start says of itself, and may act on it."""

    def __init__(self, on_recovery: Callable[[], None]) -> None:
        self.seconds: list[int] = []
        self._on_recovery = on_recovery

    def step(self, name: str) -> None:
        pass

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        if task == "server.recovery":
            assert (total, unit) == (None, "s")
            self.seconds.append(done)
            if len(self.seconds) == 3:
                self._on_recovery()


def test_a_long_recovery_is_waited_for_and_its_progress_shown(
    cluster: Supervisor, home: ServerSettings
) -> None:
    """The process that recovers is stopped until the start has told three times that it waits."""
    with cluster.running() as server:
        with connect(server.administrator()) as connection:
            connection.execute(
                "CREATE TABLE much AS SELECT n, repeat('x', 200) FROM generate_series(1, 400000) n"
            )
        kill_server(home.data_directory)
    frozen: list[int] = []

    def freeze() -> None:
        while not frozen:
            for number in serving_processes(home.data_directory):
                if b"startup" in Path(f"/proc/{number}/cmdline").read_bytes():
                    os.kill(number, signal.SIGSTOP)
                    frozen.append(number)

    watching = Watching(lambda: os.kill(frozen[0], signal.SIGCONT))
    freezer = threading.Thread(target=freeze)
    freezer.start()
    with Supervisor(home, progress=watching).running() as server:
        assert rows(server) == 1
    freezer.join()
    assert len(watching.seconds) >= 3


def test_a_moved_home_keeps_working_stopped_or_running(cluster: Supervisor, tmp_path: Path) -> None:
    old, new = tmp_path / "home", tmp_path / "moved" / "far"
    new.parent.mkdir()
    moved = Supervisor(ServerSettings(new / "data", new / "run", new / "logs"))
    old.rename(new)
    with moved.running() as server:
        assert rows(server) == 1
        new.rename(old)
        assert rows(server) == 1
        with cluster.running() as attached:
            assert not attached.started_by_us
            assert rows(attached) == 1
        old.rename(new)
    assert not inspect_directory(new / "data").running
    new.rename(old)


def test_exchanged_directories_serve_the_other_rows(
    cluster: Supervisor, home: ServerSettings, tmp_path: Path
) -> None:
    other = ServerSettings(tmp_path / "o/data", tmp_path / "o/run", tmp_path / "o/logs")
    beside = Supervisor(other)
    beside.initialise(durable=False)
    with beside.running() as server, connect(server.administrator()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 2 AS a")
    exchange_directories(home.data_directory, other.data_directory)
    with cluster.running() as server:
        assert rows(server) == 2
    with beside.running() as server:
        assert rows(server) == 1


def test_initialising_that_was_killed_leaves_the_place_free(home: ServerSettings) -> None:
    program = USER_PROGRAM.replace(".running() as server", ".initialise() as server")
    program = program.replace("with Supervisor", "Supervisor").split(".initialise()")[0]
    command = [sys.executable, "-c", f"{program}.initialise()", str(home.data_directory.parent)]
    killed = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    parent = home.data_directory.parent
    while not list(parent.glob(".data.*/base")):
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    assert inspect_directory(home.data_directory).kind == "missing"
    assert Supervisor(home).initialise().kind == "cluster"
    assert [entry.name for entry in parent.glob(".data*")] == []
