"""Read a directory as a PostgreSQL cluster, without starting or touching anything in it."""

from __future__ import annotations

import pwd
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.discovery.content import Content, measure
from strongroom.discovery.control import READ_BYTES, ControlFile, parse_control
from strongroom.discovery.processes import Processes, running_processes
from strongroom.discovery.quiet import Budget, names_in, read_quietly

PARTS = ("PG_VERSION", "global", "base", "pg_wal", "pg_xact", "pg_multixact")
"""Without any of these no server starts."""
SIGNS_MIN = 3
"""So many of them are a cluster, or what is left of one."""
ENTRIES_MAX = 2_000_000
DURATION_MAX_S = 30.0
_VERSION_BYTES = 64
_PID_BYTES = 4096


@dataclass(frozen=True)
class Cluster:
    """What a cluster's files tell of it; ``None`` where they do not."""

    path: Path
    major: int | None
    control: ControlFile
    content: Content
    owner: str | None
    running: bool | None
    """None where it has a ``postmaster.pid``, and whether that server lives cannot be told."""
    process_id: int | None = None
    port: int | None = None
    """Of its server, as ``postmaster.pid`` has it; in a container, the port there."""
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether a server could be expected to start on it."""
        return not self.missing and self.control.intact and self.major is not None

    @property
    def system_identifier(self) -> int | None:
        """Of the cluster, from ``pg_control``."""
        return self.control.system_identifier


def default_budget() -> Budget:
    """How much may be looked at where nobody says otherwise."""
    return Budget(entries_max=ENTRIES_MAX, duration_max_s=DURATION_MAX_S)


def is_cluster(names: Iterable[str]) -> bool:
    """Whether a directory with these names is a cluster, whole or half."""
    there = set(names).intersection(PARTS)
    return {"PG_VERSION", "global"} <= there or len(there) >= SIGNS_MIN


def read_cluster(
    path: Path, *, budget: Budget | None = None, processes: Processes | None = None
) -> Cluster | None:
    """Read a directory as a cluster; None where it is none. Damage is told, never raised.

    Raises:
        OSError: the directory itself cannot be read.
    """
    names = names_in(path)
    if names is None or not is_cluster(names):
        return None
    missing, problems = _missing(path, names)
    control = _control(path)
    major, of_version = _major(path)
    content = measure(path, budget or default_budget())
    told = _postmaster(path)
    running, process_id = _running(path, processes or running_processes(), told)
    return Cluster(
        path=path,
        major=major,
        control=control,
        content=content,
        owner=_owner(path),
        running=running,
        process_id=process_id,
        port=_port(told),
        missing=missing,
        problems=(
            *(f"{name} is missing" for name in missing),
            *problems,
            *of_version,
            *(() if "global/pg_control" in missing else control.problems),
            *_links(path, names),
            *_of_content(content),
        ),
    )


def _missing(path: Path, names: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    missing = [name for name in PARTS if name not in names]
    try:
        inside = names_in(path / "global")
    except OSError as error:
        return tuple(missing), (f"global cannot be read: {error.strerror}",)
    if "global" in names and (inside is None or "pg_control" not in inside):
        missing.append("global/pg_control")
    return tuple(missing), ()


def _control(path: Path) -> ControlFile:
    try:
        data = read_quietly(path / "global/pg_control", READ_BYTES)
    except OSError as error:
        return ControlFile(problems=(f"pg_control cannot be read: {error.strerror}",))
    if data is None:
        return ControlFile(problems=("global/pg_control is missing",))
    return parse_control(data)


def _major(path: Path) -> tuple[int | None, tuple[str, ...]]:
    try:
        data = read_quietly(path / "PG_VERSION", _VERSION_BYTES)
    except OSError as error:
        return None, (f"PG_VERSION cannot be read: {error.strerror}",)
    return (None, ()) if data is None else major_in(data)


def major_in(data: bytes) -> tuple[int | None, tuple[str, ...]]:
    """The major version that a ``PG_VERSION`` names, or what is wrong with it."""
    text = data.decode("ascii", errors="replace").strip().partition(".")[0]
    if text.isascii() and text.isdigit():
        return int(text), ()
    return None, ("PG_VERSION names no version",)


def _postmaster(path: Path) -> list[str]:
    """The lines of ``postmaster.pid``, true or stale; none where there is no such file."""
    try:
        data = read_quietly(path / "postmaster.pid", _PID_BYTES)
    except OSError:
        return []
    return (data or b"").decode(errors="replace").splitlines()


def _running(
    path: Path, processes: Processes, told: Sequence[str]
) -> tuple[bool | None, int | None]:
    process_id = processes.serves(path)
    if process_id is not None:
        return True, process_id
    # A file that a killed server left behind says nothing; but whom we may not see may be it.
    return (None if told and processes.hidden else False), None


def _port(told: Sequence[str]) -> int | None:
    port = told[3] if len(told) > 3 else ""  # noqa: PLR2004  its fourth line
    return int(port) if port.isascii() and port.isdigit() else None


def _owner(path: Path) -> str | None:
    try:
        number = path.stat().st_uid
    except OSError:
        return None
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _links(path: Path, names: set[str]) -> tuple[str, ...]:
    """Parts that lie elsewhere: who brings the directory back must bring them too."""
    try:
        tablespaces = sorted(names_in(path / "pg_tblspc") or ())
    except OSError:
        tablespaces = []
    linked = [path / name for name in sorted(names)]
    linked += [path / "pg_tblspc" / name for name in tablespaces]
    return tuple(
        f"{one.relative_to(path)} lies elsewhere: {_target(one)}"
        for one in linked
        if one.is_symlink()
    )


def _target(link: Path) -> str:
    try:
        target = link.readlink()
        there = link.exists()
    except OSError:
        return "where, cannot be read"
    return str(target) if there else f"{target}, which is not there"


def _of_content(content: Content) -> tuple[str, ...]:
    told = [f"{path} cannot be read" for path in content.unreadable[:3]]
    if not content.complete and not content.unreadable:
        told.append("it is too large to be measured whole in the time; sizes are at least these")
    return tuple(told)
