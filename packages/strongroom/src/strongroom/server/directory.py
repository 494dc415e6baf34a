"""Judge a data directory without starting anything in it."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from strongroom.errors import (
    NoPermissionError,
    NotADataDirectoryError,
    ServerError,
    StrongroomError,
)

Kind = Literal["missing", "empty", "not_a_data_directory", "unreadable", "cluster"]

CONTROL_FILE = "global/pg_control"
CONTROL_HEAD = struct.Struct("=QIII")
"""The start of pg_control in every version: identifier, format, catalogue version, state."""
CLUSTER_STATES = (
    "starting up",
    "shut down",
    "shut down in recovery",
    "shutting down",
    "in crash recovery",
    "in archive recovery",
    "in production",
)
PROCESSES_ARE_FILES = Path("/proc/self/stat").is_file()
NOT_CONTENT = {"lost+found"}


@dataclass(frozen=True)
class DirectoryFacts:
    """What a directory shows from outside; ``None`` where it shows nothing."""

    path: Path
    kind: Kind
    major: int | None = None
    system_identifier: int | None = None
    cluster_state: str | None = None
    running: bool = False


@dataclass(frozen=True)
class Postmaster:
    """What ``postmaster.pid`` says of the server that wrote it."""

    process_id: int
    port: int | None
    socket_directory: Path | None
    ready: bool


def inspect_directory(path: Path) -> DirectoryFacts:
    """Look at a data directory; nothing is started and nothing is written."""
    try:
        names = {entry.name for entry in path.iterdir()} - NOT_CONTENT
        if not names:
            return DirectoryFacts(path, "empty")
        if not (path / "PG_VERSION").is_file():
            return DirectoryFacts(path, "not_a_data_directory")
        return _cluster(path)
    except FileNotFoundError:
        return DirectoryFacts(path, "missing" if not path.exists() else "not_a_data_directory")
    except NotADirectoryError:
        return DirectoryFacts(path, "not_a_data_directory")
    except PermissionError:
        return DirectoryFacts(path, "unreadable")


def not_a_cluster(facts: DirectoryFacts) -> StrongroomError:
    """The error that says why ``facts`` describe nothing that could be started."""
    if facts.kind == "unreadable":
        return NoPermissionError(
            f"The data directory {facts.path} may not be read by this user.",
            next_step="run the command as the user that owns the directory",
        )
    if facts.kind == "not_a_data_directory":
        return NotADataDirectoryError(
            f"{facts.path} holds something that is not a PostgreSQL cluster.",
            next_step=f"move the contents of {facts.path} away, or correct data_directory",
        )
    return ServerError(
        f"The data directory {facts.path} is {facts.kind}. Starting never creates a database.",
        next_step="strongroom restore --swap, or strongroom init where there never was one",
    )


def live_postmaster(data_directory: Path) -> Postmaster | None:
    """The server that is really running on this directory.

    A server that was killed leaves its ``postmaster.pid`` behind, and its process number may
    by now be a zombie or belong to someone else. So the process must live, be PostgreSQL, and
    work in this very directory.
    """
    postmaster = written_postmaster(data_directory)
    if postmaster is None or not _serves(postmaster.process_id, data_directory):
        return None
    return postmaster


def written_postmaster(data_directory: Path) -> Postmaster | None:
    """What ``postmaster.pid`` says, true or stale."""
    try:
        lines = (data_directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    lines += [""] * 8
    try:
        # A server in single-user mode writes its number negated.
        process_id = abs(int(lines[0]))
    except ValueError:
        return None
    return Postmaster(
        process_id=process_id,
        port=int(lines[3]) if lines[3].isdigit() else None,
        socket_directory=Path(lines[4]) if lines[4].startswith("/") else None,
        ready=lines[7].strip() in {"ready", "standby"},
    )


def serving_processes(data_directory: Path) -> list[int]:
    """Every PostgreSQL process that works in this directory (on Linux; elsewhere none is seen)."""
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if _linux_serves(number, data_directory)]


def _cluster(path: Path) -> DirectoryFacts:
    version = (path / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
    major = version.partition(".")[0]
    head = _control_head(path)
    if not major.isdigit() or head is None:
        return DirectoryFacts(path, "not_a_data_directory")
    identifier, state = head
    return DirectoryFacts(
        path,
        "cluster",
        major=int(major),
        system_identifier=identifier,
        cluster_state=state,
        running=live_postmaster(path) is not None,
    )


def _control_head(path: Path) -> tuple[int, str] | None:
    """System identifier and state from pg_control, or None when it is not whole."""
    try:
        with (path / CONTROL_FILE).open("rb") as file:
            head = file.read(CONTROL_HEAD.size)
    except FileNotFoundError:
        return None
    if len(head) < CONTROL_HEAD.size:
        return None
    identifier, _, _, state = CONTROL_HEAD.unpack(head)
    if identifier == 0 or state >= len(CLUSTER_STATES):
        return None
    return identifier, CLUSTER_STATES[state]


def _serves(process_id: int, data_directory: Path) -> bool:
    if PROCESSES_ARE_FILES:
        return _linux_serves(process_id, data_directory)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives and belongs to another user
    return True


def _linux_serves(process_id: int, data_directory: Path) -> bool:
    process = Path(f"/proc/{process_id}")
    try:
        if (process / "comm").read_text().strip() not in {"postgres", "postmaster"}:
            return False
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        if state in {"Z", "X"}:
            return False
        return (process / "cwd").samefile(data_directory)
    except PermissionError:
        # It is PostgreSQL, alive, and not ours to look into: never start a second one.
        return True
    except (FileNotFoundError, ProcessLookupError):
        return False
