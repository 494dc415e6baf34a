"""Servers that run are told apart from what dead ones have left, and nobody logs in."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planted import Made, copy

from strongroom.discovery.processes import Processes, running_processes
from strongroom.discovery.servers import (
    _is_postgres,
    survey_ports,
    survey_processes,
    survey_sockets,
)
from strongroom.discovery.survey import Survey
from strongroom.server.binaries import binaries_for_server
from strongroom.server.os_user import server_user


def survey() -> Survey:
    return Survey(running_processes(), 30.0)


@contextmanager
def server_of_others(data: Path, sockets: Path, port: int) -> Iterator[int]:
    """A server that nobody supervises, on a port and a socket; its process."""
    user, program = server_user(), binaries_for_server(16).tool("postgres")
    sockets.chmod(0o777)
    process = subprocess.Popen(
        [program, "-D", data, "-k", sockets, "-p", str(port), "-h", "127.0.0.1"],
        cwd="/",
        stderr=subprocess.DEVNULL,
        **user.spawn_options(),
    )
    try:
        while not (sockets / f".s.PGSQL.{port}.lock").exists() or not _is_postgres(port):
            assert process.poll() is None
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def test_a_server_is_found_by_its_process_its_socket_and_its_port(made: Made, short: Path) -> None:
    data = copy(made(16), short / "data")
    short.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    sockets = short / "s"
    sockets.mkdir()
    with server_of_others(data, sockets, port) as process_id:
        seen = survey()
        survey_processes(seen)
        candidate = next(one for one in seen.candidates if one.path == str(data))
        assert candidate.running
        assert candidate.cluster is not None
        assert (candidate.cluster.process_id, candidate.cluster.port) == (process_id, port)
        survey_sockets(seen, [sockets])
        survey_ports(seen, [], ports=[port])
        assert not any(str(port) in str(one.path) for one in seen.candidates)

        hidden = Survey(Processes(), 30.0)  # as when its process cannot be seen
        survey_sockets(hidden, [sockets])
        (candidate,) = hidden.candidates
        assert (candidate.path, candidate.running) == (str(data), True)
        far = Survey(Processes(), 30.0)
        survey_ports(far, [], ports=[port])
        (candidate,) = far.candidates
        assert (candidate.kind, candidate.path) == ("server", f"localhost:{port}")


def test_the_socket_of_a_dead_server_is_said(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(short / ".s.PGSQL.5432"))
    found = survey()
    survey_sockets(found, [short])
    (finding,) = found.findings
    assert finding.code == "socket_dead"
    assert found.candidates == []
