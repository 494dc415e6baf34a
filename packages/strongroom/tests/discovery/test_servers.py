"""Servers that run are told apart from what dead ones have left, and nobody logs in."""

from __future__ import annotations

import socket
from pathlib import Path

from planted import Made, copy

from strongroom.config import ServerSettings
from strongroom.discovery.processes import running_processes
from strongroom.discovery.servers import survey_ports, survey_processes, survey_sockets
from strongroom.discovery.survey import Survey
from strongroom.server import Supervisor


def survey() -> Survey:
    return Survey(running_processes(), 30.0)


def test_a_server_is_found_by_its_process_its_socket_and_its_port(
    made: Made, tmp_path: Path, short: Path
) -> None:
    data = copy(made(16), tmp_path / "data")
    port = 5437
    settings = {"fsync": "off", "listen_addresses": "localhost", "port": str(port)}
    with Supervisor(ServerSettings(data, short / "r", short / "l", settings)).running() as server:
        by_process = survey()
        survey_processes(by_process)
        assert str(data) in {one.path for one in by_process.candidates}
        by_socket = survey()
        survey_sockets(by_socket, [server.socket_directory])
        (candidate,) = by_socket.candidates
        assert (candidate.path, candidate.running) == (str(data), True)
        hidden = survey()
        lock = server.socket_directory / f".s.PGSQL.{server.port}.lock"
        text = lock.read_text()
        try:
            lock.write_text("1\n/not/to/be/seen\n")
            survey_sockets(hidden, [server.socket_directory])
        finally:
            lock.write_text(text)
        (candidate,) = hidden.candidates
        assert (candidate.kind, candidate.running) == ("server", True)
        assert "/not/to/be/seen" in str(candidate.path)


def test_a_port_that_answers_as_postgresql_is_told_and_others_are_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    del port
    found = survey()
    (tmp_path / "net").mkdir()
    head = "  sl  local_address rem_address   st\n"
    (tmp_path / "net/tcp").write_text(f"{head}   0: 0100007F:1538 00000000:0000 06\n")
    survey_ports(found, [], proc=tmp_path)
    assert found.candidates == []
    assert found.looked == ["0 ports of localhost"]


def test_the_socket_of_a_dead_server_is_said(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(short / ".s.PGSQL.5432"))
    found = survey()
    survey_sockets(found, [short])
    (finding,) = found.findings
    assert finding.code == "socket_dead"
    assert found.candidates == []
