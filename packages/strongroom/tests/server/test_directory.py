from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strongroom.config import ServerSettings
from strongroom.server import Supervisor, inspect_directory
from strongroom.server.directory import live_postmaster


@pytest.fixture
def data(home: ServerSettings) -> Path:
    """A cluster that is not running."""
    Supervisor(home).initialise(durable=False)
    return home.data_directory


def pid_file(data: Path, process_id: int) -> None:
    lines = [str(process_id), str(data), "1700000000", "5432", "/nowhere", "", "", "ready"]
    (data / "postmaster.pid").write_text("\n".join(lines))


@pytest.fixture
def process() -> Iterator[Any]:
    """Starts programs that are ended after the test."""
    started = []

    def start(*command: str, **options: Any) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, **options))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_each_kind_of_directory_is_told_apart(data: Path, tmp_path: Path) -> None:
    assert inspect_directory(tmp_path / "nowhere").kind == "missing"
    empty = tmp_path / "empty"
    (empty / "lost+found").mkdir(parents=True)
    assert inspect_directory(empty).kind == "empty"
    letter = tmp_path / "letter"
    letter.mkdir()
    (letter / "dear.txt").write_text("reader")
    assert inspect_directory(letter).kind == "not_a_data_directory"
    assert inspect_directory(letter / "dear.txt").kind == "not_a_data_directory"
    facts = inspect_directory(data)
    assert (facts.kind, facts.cluster_state, facts.running) == ("cluster", "shut down", False)
    assert facts.major is not None
    assert facts.system_identifier is not None


@pytest.mark.parametrize("damage", [b"", b"short", bytes(64), b"\xff" * 8192])
def test_a_control_file_that_makes_no_sense_is_no_cluster(data: Path, damage: bytes) -> None:
    (data / "global/pg_control").write_bytes(damage)
    assert inspect_directory(data).kind == "not_a_data_directory"


def test_a_cluster_without_its_control_file_is_no_cluster(data: Path) -> None:
    (data / "global/pg_control").unlink()
    assert inspect_directory(data).kind == "not_a_data_directory"


def test_what_the_control_file_says_agrees_with_postgresqls_own_reader(data: Path) -> None:
    facts = inspect_directory(data)
    assert facts.major is not None
    with_binaries = Supervisor(
        ServerSettings(data, data.parent / "run", data.parent / "logs")
    ).status()
    assert with_binaries.directory == facts
    shown = read_by_postgresql(data, facts.major)
    assert shown["Database system identifier"] == str(facts.system_identifier)
    assert shown["Database cluster state"] == facts.cluster_state


def read_by_postgresql(data: Path, major: int) -> dict[str, str]:
    from strongroom.server import find_binaries

    program = find_binaries(major).tool("pg_controldata")
    told = subprocess.run([program, data], check=True, capture_output=True, text=True).stdout
    return {
        name: value.strip()
        for name, _, value in (line.partition(":") for line in told.splitlines())
    }


def test_a_stale_pid_file_is_no_running_server(data: Path) -> None:
    pid_file(data, 2**22 - 7)
    assert not inspect_directory(data).running


def test_a_reused_process_number_is_no_running_server(data: Path, process: Any) -> None:
    stranger = process("sleep", "600", cwd=data)
    pid_file(data, stranger.pid)
    assert live_postmaster(data) is None


def test_another_clusters_server_is_not_this_ones(data: Path, server: Any) -> None:
    """The process lives and is PostgreSQL, but it works in another directory."""
    from strongroom.postgres import connect_as_configured as connect

    with connect(server.administrator()) as connection:
        query = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"
        (number,) = connection.execute(query).fetchall()[0]
    pid_file(data, int(number))
    assert live_postmaster(data) is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_zombie_is_no_running_server(data: Path, process: Any) -> None:
    """A program called postgres has ended in this directory and nobody has reaped it."""
    impostor = data.parent / "postgres"
    shutil.copy("/bin/true", impostor)
    zombie = process(str(impostor), cwd=data)
    stat = Path(f"/proc/{zombie.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "Z":
        pass
    pid_file(data, zombie.pid)
    assert Path(f"/proc/{zombie.pid}/comm").read_text().strip() == "postgres"
    assert live_postmaster(data) is None


@pytest.mark.parametrize("content", ["", "\n", "not a number\n", "0", "12345\n/only"])
def test_a_damaged_pid_file_is_no_running_server(data: Path, content: str) -> None:
    (data / "postmaster.pid").write_text(content)
    assert live_postmaster(data) is None
