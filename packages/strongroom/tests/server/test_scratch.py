from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from strongroom.config import ServerSettings
from strongroom.errors import BinariesMissingError, NotADataDirectoryError, ServerError
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import (
    Supervisor,
    find_binaries,
    inspect_directory,
    scratch_copy,
    scratch_server,
)
from strongroom.server.directory import live_postmaster
from strongroom.server.os_user import server_user
from strongroom.testing.missing import missing

ABANDONING_PROGRAM = """
import os, sys
from pathlib import Path
from strongroom.server import scratch_server

with scratch_server(Path(sys.argv[1])) as server:
    print(server.socket_directory, flush=True)
    os.kill(os.getpid(), 9)
"""


def contents(directory: Path) -> dict[str, str]:
    """Every file below ``directory`` with its hash."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def installed(major: int) -> bool:
    try:
        return bool(find_binaries(major))
    except BinariesMissingError:
        return False


@pytest.fixture
def cluster(home: ServerSettings) -> Path:
    """A stopped cluster with one row, whose own configuration asks for much."""
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    with (
        supervisor.running() as server,
        connect(server.administrator(), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'not_there'")
        connection.execute("ALTER SYSTEM SET archive_mode = 'on'")
        connection.execute("ALTER SYSTEM SET archive_command = 'touch /tmp/archived'")
        connection.execute("ALTER SYSTEM SET listen_addresses = '*'")
    return home.data_directory


REQUIRED = (15, 18)
"""From Debian and from the wheel; versions between them are tried where they are installed."""


@pytest.mark.parametrize("major", [*REQUIRED, *filter(installed, (16, 17))])
def test_a_scratch_server_of_each_version_comes_and_goes(tmp_path: Path, major: int) -> None:
    if not installed(major):
        missing(f"PostgreSQL {major}")
    with scratch_server(tmp_path / "scratch", major=major) as server:
        with connect(server.administrator()) as connection:
            assert connection.info.server_version // 10_000 == major
            order = "SELECT string_agg(w, '' ORDER BY w) FROM unnest('{b,B,a,é}'::text[]) w"
            assert connection.execute(order).fetchone() == ("Babé",)
        assert server.binaries.major == major
        sockets = server.socket_directory
    assert not sockets.exists()
    assert [entry.name for entry in (tmp_path / "scratch").iterdir()] == ["scratch.lock"]


def test_what_a_killed_process_left_is_ended_and_removed_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ABANDONING_PROGRAM, str(tmp_path)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert killed.returncode == -9
    (abandoned,) = tmp_path.glob("scratch-*")
    assert live_postmaster(abandoned / "data") is not None
    with scratch_server(tmp_path):
        assert not abandoned.exists()
        assert not Path(killed.stdout.strip()).exists()


def test_a_scratch_server_in_use_is_never_swept(tmp_path: Path) -> None:
    with scratch_server(tmp_path) as one, scratch_server(tmp_path) as two:
        assert one.socket_directory != two.socket_directory
        connect(one.administrator()).close()


def test_a_copy_shows_the_rows_and_the_source_stays_byte_for_byte(
    cluster: Path, tmp_path: Path
) -> None:
    before = contents(cluster)
    with (
        scratch_copy(cluster, tmp_path / "scratch") as server,
        connect(server.administrator()) as connection,
    ):
        assert connection.execute("SELECT a FROM kept").fetchone() == (1,)
        connection.execute("DROP TABLE kept")
    assert contents(cluster) == before


def test_a_copy_runs_on_our_configuration_alone(cluster: Path, tmp_path: Path) -> None:
    with (
        scratch_copy(cluster, tmp_path / "scratch") as server,
        connect(server.administrator()) as connection,
    ):
        for setting, expected in {
            "shared_preload_libraries": "",
            "archive_mode": "off",
            "listen_addresses": "",
        }.items():
            assert connection.execute(f"SHOW {setting}").fetchone() == (expected,)


def test_a_copy_of_a_crashed_cluster_shows_what_was_committed(
    cluster: Path, home: ServerSettings, tmp_path: Path
) -> None:
    (cluster / "postgresql.auto.conf").write_text("")
    supervisor = Supervisor(home)
    with supervisor.running() as server:
        with connect(server.administrator()) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        postmaster = live_postmaster(cluster)
        assert postmaster is not None
        subprocess.run(["kill", "-9", str(postmaster.process_id)], check=True)
        while live_postmaster(cluster):
            pass
    assert inspect_directory(cluster).cluster_state == "in production"
    with (
        scratch_copy(cluster, tmp_path / "scratch") as server,
        connect(server.administrator()) as connection,
    ):
        assert connection.execute("SELECT sum(a) FROM kept").fetchone() == (3,)
    assert inspect_directory(cluster).cluster_state == "in production"


def test_a_copy_of_a_strangers_cluster_has_our_administrator(
    reachable: Path, tmp_path: Path
) -> None:
    """Made by plain initdb, with another superuser and none of our files."""
    binaries, user = find_binaries(), server_user()
    stranger = reachable / "stranger"
    stranger.mkdir(mode=0o700)
    user.own(stranger)
    command = [str(binaries.tool("initdb")), "-D", ".", "-U", "somebody", "--no-sync"]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    subprocess.run(
        command,
        check=True,
        cwd=stranger,
        env=environment,
        capture_output=True,
        **user.spawn_options(),
    )
    with (
        scratch_copy(stranger, tmp_path / "scratch") as server,
        connect(server.administrator()) as connection,
    ):
        query = "SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY 1"
        assert connection.execute(query).fetchall() == [("somebody",), ("strongroom_admin",)]


def test_tablespaces_are_copied_too_and_the_originals_left_alone(
    home: ServerSettings, reachable: Path, tmp_path: Path
) -> None:
    outside = reachable / "outside"
    outside.mkdir()
    server_user().own(outside)
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    with (
        supervisor.running() as server,
        connect(server.administrator(), autocommit=True) as connection,
    ):
        connection.execute(f"CREATE TABLESPACE far LOCATION '{outside}'")
        connection.execute("CREATE TABLE kept TABLESPACE far AS SELECT 1 AS a")
    before = contents(outside)
    assert before
    with (
        scratch_copy(home.data_directory, tmp_path / "scratch") as server,
        connect(server.administrator()) as connection,
    ):
        connection.execute("UPDATE kept SET a = 2")
        connection.commit()
        assert connection.execute("SELECT a FROM kept").fetchone() == (2,)
    assert contents(outside) == before


def test_a_running_directory_is_not_copied(home: ServerSettings, tmp_path: Path) -> None:
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    with (
        supervisor.running(),
        pytest.raises(ServerError, match="is running on"),
        scratch_copy(home.data_directory, tmp_path / "scratch"),
    ):
        pass


def test_what_is_no_cluster_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(NotADataDirectoryError), scratch_copy(tmp_path, tmp_path / "scratch"):
        pass
