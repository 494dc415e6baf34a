"""Servers that run: by their processes, by their sockets, and by the ports that they listen on.

Nobody logs in. A socket is only connected to and closed again, and a port is asked whether it would
speak TLS, which PostgreSQL answers before it knows who asks, and forgets.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Collection, Iterable
from pathlib import Path

from strongroom.discovery.candidates import Candidate
from strongroom.discovery.engine_answers import Container
from strongroom.discovery.findings import Finding
from strongroom.discovery.listeners import sockets_by_port
from strongroom.discovery.processes import place_of
from strongroom.discovery.quiet import names_in, read_quietly
from strongroom.discovery.survey import Survey

SOCKET_DIRECTORIES = (Path("/var/run/postgresql"), Path("/run/postgresql"), Path("/tmp"))  # noqa: S108
USUAL_PORTS = range(5432, 5440)
_PREFIX = ".s.PGSQL."
_LOCK_MAX_BYTES = 4096
_TLS_QUESTION = struct.pack("!II", 8, 80_877_103)
_TIMEOUT_S = 1.0


def survey_processes(survey: Survey) -> None:
    """Read the clusters of running servers that no search has come upon."""
    serving = survey.processes.serving
    survey.looked.append(f"{len(serving)} running servers")
    for place, process_id in sorted(serving.items(), key=lambda one: one[1]):
        if survey.at(place) is not None:
            continue
        link = Path(f"/proc/{process_id}/cwd")
        try:
            named = Path(os.readlink(link))  # noqa: PTH115  a path of another namespace
        except FileNotFoundError:
            continue  # it has ended meanwhile
        except OSError as error:
            survey.cannot_read(link, error)
            continue
        here = place_of(named) == place
        candidate = survey.read(named if here else link, "directory")
        if candidate is not None and not here:
            candidate.problems.append(
                f"its server runs where other files are seen (a container); there it is {named}"
            )
    if survey.processes.hidden:
        survey.findings.append(
            Finding(
                "servers_hidden",
                f"{survey.processes.hidden} processes of PostgreSQL belong to other users, and "
                "where they work cannot be seen.",
                "the same as root",
            )
        )


def survey_sockets(survey: Survey, directories: Iterable[Path]) -> None:
    """Look at the sockets in some directories: whose they are, and whether anybody listens."""
    seen = set()
    for directory in directories:
        place = place_of(directory)
        if place is None or place in seen:
            continue
        seen.add(place)
        try:
            names = names_in(directory) or set()
        except OSError as error:
            survey.cannot_read(directory, error)
            continue
        sockets = sorted(one for one in names if _is_socket_name(one))
        survey.looked.append(f"{len(sockets)} sockets in {directory}")
        for name in sockets:
            _survey_socket(survey, directory / name)


def _survey_socket(survey: Survey, path: Path) -> None:
    if not _answers(path):
        survey.findings.append(
            Finding("socket_dead", f"Nobody listens on {path}: its server has ended.")
        )
        return
    process_id, data = _locked_by(path)
    if process_id in survey.processes.serving.values():
        return  # its process was seen, and with it its directory
    read = survey.read(data, "directory") if data else None
    if read is None:
        where = f"socket {path}" + (f", of {data}" if data else "")
        survey.candidates.append(_server(where))
        survey.ports.add(int(path.name.removeprefix(_PREFIX)))
    else:
        read.running = True  # its process is hidden from us, and its socket answers


def survey_ports(
    survey: Survey,
    containers: Collection[Container],
    *,
    ports: Collection[int] = USUAL_PORTS,
    proc: Path = Path("/proc"),
) -> None:
    """Ask the ports of this machine that PostgreSQL usually has, and those of containers."""
    published = {port for one in containers if one.running for port in one.ports}
    known = survey.ports | {
        one.cluster.port for one in survey.candidates if one.cluster and one.running
    }
    asked = (set(sockets_by_port(proc)) & set(ports)) - known - published
    survey.looked.append(f"{len(asked)} ports of localhost")
    for port in sorted(asked):
        if _is_postgres(port):
            survey.candidates.append(_server(f"localhost:{port}"))


def _server(where: str) -> Candidate:
    return Candidate(
        kind="server",
        path=where,
        running=True,
        problems=["it answers, and where its files lie cannot be seen from here"],
    )


def _is_socket_name(name: str) -> bool:
    return name.startswith(_PREFIX) and name.removeprefix(_PREFIX).isdigit()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_TIMEOUT_S)
        try:
            asking.connect(str(path))
        except OSError:
            return False
    return True


def _locked_by(path: Path) -> tuple[int | None, Path | None]:
    """What the lock file beside a socket names: the server's process and its data directory."""
    try:
        data = read_quietly(path.with_name(f"{path.name}.lock"), _LOCK_MAX_BYTES)
    except OSError:
        return None, None
    process, directory = [*(data or b"").decode(errors="replace").splitlines(), "", ""][:2]
    return (
        int(process) if process.isascii() and process.isdigit() else None,
        Path(directory) if directory.startswith("/") else None,
    )


def _is_postgres(port: int) -> bool:
    try:
        with socket.create_connection(("localhost", port), timeout=_TIMEOUT_S) as asking:
            asking.sendall(_TLS_QUESTION)
            return asking.recv(1) in {b"S", b"N"}
    except OSError:
        return False
