from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import ServerSettings
from strongroom.errors import NotADataDirectoryError, ServerError
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import Supervisor


@pytest.mark.usefixtures("initdb_itself")
def test_a_cluster_keeps_its_rows_from_one_run_to_the_next(home: ServerSettings) -> None:
    supervisor = Supervisor(home)
    supervisor.initialise(durable=False)
    with supervisor.running() as server, connect(server.administrator()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert not inspect_directory(home.data_directory).running
    with supervisor.running() as server, connect(server.administrator()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_missing_directory_is_refused_and_not_made(home: ServerSettings) -> None:
    with pytest.raises(ServerError, match="is missing"), Supervisor(home).running():
        pass
    assert not home.data_directory.exists()


def test_initialise_touches_nothing_that_is_there(home: ServerSettings, tmp_path: Path) -> None:
    supervisor = Supervisor(home)
    identifier = supervisor.initialise(durable=False).system_identifier
    with pytest.raises(ServerError, match="holds a cluster already"):
        supervisor.initialise(durable=False)
    assert inspect_directory(home.data_directory).system_identifier == identifier

    other = ServerSettings(tmp_path / "o/data", tmp_path / "o/run", tmp_path / "o/logs")
    other.data_directory.mkdir(parents=True)
    (other.data_directory / "letter.txt").write_text("dear reader")
    with pytest.raises(NotADataDirectoryError):
        Supervisor(other).initialise(durable=False)
    assert [path.name for path in other.data_directory.iterdir()] == ["letter.txt"]
