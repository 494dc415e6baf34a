"""Servers for a moment: new ones for drills and tests, copies of directories to look into.

A scratch server runs on our configuration alone: no preloaded library, no archiving, no
replication, no TCP. Its files are readable by its owner only and are removed afterwards;
what a killed process left behind is removed by the next one.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from strongroom.config import ServerSettings
from strongroom.errors import ServerError
from strongroom.progress import SILENT, Progress
from strongroom.server import cluster
from strongroom.server.complaints import error_from, error_from_os
from strongroom.server.directory import inspect_directory, not_a_cluster
from strongroom.server.holders import is_locked, turn
from strongroom.server.launch import stop_postmaster
from strongroom.server.os_user import OsUser, server_user
from strongroom.server.sockets import remove_socket_directory
from strongroom.server.supervisor import RunningServer, Supervisor, binaries_of

PREFIX = "scratch-"
OWNER_LOCK = "owner.lock"
COPY_ON_WRITE = 0x40049409
"""FICLONE of Linux: both files share their blocks until one of them changes."""
NOT_COPIED = {"postmaster.pid", "postmaster.opts", "standby.signal", "recovery.signal"}


@contextmanager
def scratch_server(
    parent: Path,
    *,
    major: int | None = None,
    settings: Mapping[str, str] | None = None,
    progress: Progress = SILENT,
) -> Iterator[RunningServer]:
    """A new, empty cluster below ``parent`` and its server; both are gone afterwards."""
    with scratch_place(parent, progress=progress) as place:
        supervisor = _supervisor(place, settings or {}, progress)
        supervisor.initialise(major=major, durable=False)
        with supervisor.running() as server:
            yield server


@contextmanager
def scratch_copy(
    source: Path, parent: Path, *, progress: Progress = SILENT
) -> Iterator[RunningServer]:
    """A server on a byte copy of a data directory that is not running; both are gone afterwards.

    The copy has our administrator, whatever roles the source has. The source is only read.

    Raises:
        ServerError: ``source`` is no cluster, is running, or has tablespaces that need recovery.
    """
    facts = inspect_directory(source)
    if facts.kind != "cluster":
        raise not_a_cluster(facts)
    if facts.running:
        raise ServerError(
            f"A server is running on {source}; a copy of its files would not be whole.",
            next_step="stop that server first",
        )
    if any((source / "pg_tblspc").iterdir()) and facts.cluster_state != "shut down":
        # Its recovery could replay the making of a tablespace, at the original's place.
        raise ServerError(
            f"{source} has tablespaces and was not shut down cleanly, so no copy is opened.",
            next_step=f"start and stop the server of {source} once",
        )
    with scratch_place(parent, progress=progress) as place:
        user = server_user()
        _copy_cluster(source, place / "data", user)
        progress.step("scratch.copied")
        _add_administrator(place / "data")
        with _supervisor(place, {}, progress).running() as server:
            yield server


def _supervisor(place: Path, settings: Mapping[str, str], progress: Progress) -> Supervisor:
    directories = ServerSettings(
        data_directory=place / "data",
        run_directory=place / "run",
        log_directory=place / "logs",
        settings={**cluster.SCRATCH_SETTINGS, **settings},
    )
    return Supervisor(directories, progress=progress)


@contextmanager
def scratch_place(parent: Path, *, progress: Progress = SILENT) -> Iterator[Path]:
    """A directory of our own below ``parent``, removed afterwards; abandoned ones are swept first.

    A server that was left running on its ``data`` is ended with it.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = os.getpid()
    place = parent / f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with ExitStack() as owned:
        # Nobody else sweeps between the making of the place and the locking of its owner's file.
        with turn(parent / "scratch.lock", progress=progress, waiting="scratch.waiting_for_turn"):
            for other in parent.glob(f"{PREFIX}*"):
                if not is_locked(other / OWNER_LOCK):
                    _remove(other)
            owned.enter_context(turn(place / OWNER_LOCK, waiting="scratch.waiting_for_owner"))
        try:
            yield place
        finally:
            if os.getpid() == owner:  # and not a process that was forked from it
                _remove(place)


def _remove(place: Path) -> None:
    """End whatever server still runs in ``place``, and remove all of it."""
    if (place / "data").is_dir():
        stop_postmaster(place / "data", SILENT, how=signal.SIGQUIT)
    remove_socket_directory(place / "run")
    shutil.rmtree(place, ignore_errors=True)


def _copy_cluster(source: Path, target: Path, user: OsUser) -> None:
    def not_copied(_directory: str, names: list[str]) -> set[str]:
        return NOT_COPIED & set(names)

    try:
        # Links (tablespaces, pg_wal) are followed: the copy must share nothing with the source.
        shutil.copytree(source, target, ignore=not_copied, copy_function=copy_file)
    except (OSError, shutil.Error) as error:
        if isinstance(error, shutil.Error):
            raise error_from(str(error), doing=f"copying {source}") from error
        raise error_from_os(error, doing=f"copying {source}") from error
    for directory, _, files in os.walk(target):
        for path in (Path(directory), *(Path(directory) / name for name in files)):
            path.chmod(0o700 if path.is_dir() else 0o600)
            user.own(path)
    only_ours = f"include = '{cluster.CONFIGURATION_FILE}'\n"
    cluster.replace_file(target / "postgresql.conf", only_ours, user)
    cluster.replace_file(target / "postgresql.auto.conf", "", user)
    cluster.write_settings(target, user, cluster.SCRATCH_SETTINGS)


def copy_file(source: str, target: str) -> str:
    """Copy a file's bytes into a new one, sharing its blocks where the file system can."""
    with open(source, "rb") as reader, open(target, "xb") as writer:  # noqa: PTH123  copytree's own types
        try:
            _clone(reader.fileno(), writer.fileno())
        except OSError:
            shutil.copyfileobj(reader, writer, 1024 * 1024)
    return target


def _clone(reader: int, writer: int) -> None:
    if sys.platform != "linux":
        raise OSError
    import fcntl  # noqa: PLC0415

    fcntl.ioctl(writer, COPY_ON_WRITE, reader)


def _add_administrator(data: Path) -> None:
    """Make our administrator in a cluster whose roles we do not know, without connecting."""
    binaries = binaries_of(inspect_directory(data))
    name = cluster.ADMINISTRATOR
    # The first statement fails where the role exists; the second then does what is needed.
    statements = f"CREATE ROLE {name};\nALTER ROLE {name} SUPERUSER LOGIN;\n"
    arguments = ["--single", "-D", cluster.DIRECTORY, "template1"]
    answer = cluster.run_program(binaries, "postgres", arguments, data, standard_input=statements)
    if answer.returncode != 0:
        raise error_from(answer.stderr, doing=f"opening a copy of the cluster in {data}")
