"""Start the server program, wait until it answers, and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strongroom.errors import NoPermissionError, ServerError, StrongroomError
from strongroom.postgres.bounds import gently, without_network
from strongroom.progress import Progress
from strongroom.server.binaries import Binaries
from strongroom.server.cluster import (
    ADMINISTRATOR,
    environment,
    handed_over,
    write_access_files,
    write_settings,
)
from strongroom.server.complaints import STILL_IN_USE, error_from
from strongroom.server.directory import (
    Postmaster,
    live_postmaster,
    serving_processes,
    written_postmaster,
)
from strongroom.server.os_user import OsUser, SpawnOptions
from strongroom.server.sockets import PORT, prepare_socket_directory, socket_directory_of

POLL_S = 0.02
REPORT_S = 1.0
LOG_NAME = "postgresql.log"
LOG_SIZE_MAX_BYTES = 16 * 1024 * 1024
LOG_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Launch:
    """One server that is to run: its directories, its programs, its user."""

    data_directory: Path
    run_directory: Path
    log_directory: Path
    binaries: Binaries
    user: OsUser
    settings: Mapping[str, str]
    administrator: str = ADMINISTRATOR

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.log_directory / LOG_NAME


@dataclass(frozen=True)
class Started:
    """A server process that we have started, and where its part of the log begins."""

    process: subprocess.Popen[bytes]
    log_offset: int


def start(launch: Launch) -> Started:
    """Start the server and return at once; ``await_ready`` waits for it."""
    sockets = prepare_socket_directory(launch.run_directory, launch.user)
    write_settings(launch.data_directory, launch.user, launch.settings)
    write_access_files(launch.data_directory, launch.user, launch.administrator)
    extra = {}
    if stale := written_postmaster(launch.data_directory):
        # The caller has seen that no server runs here. PostgreSQL itself would refuse while
        # any process has the number in its stale pid file; named as its grandparent, that
        # number does not count. PostgreSQL still makes sure that nobody uses its memory.
        extra["PG_GRANDPARENT_PID"] = str(stale.process_id)
    program, log_offset = str(launch.binaries.tool("postgres")), _prepare_log(launch.log)
    becoming, options = _becoming(launch.user)
    with launch.log.open("ab") as log, handed_over(launch.data_directory) as (named, descriptors):
        process = subprocess.Popen(
            [*becoming, *gently([program, "-D", named, "-k", str(sockets), "-p", str(PORT)])],
            cwd="/",
            env=environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=descriptors,
            start_new_session=True,  # Ctrl-C at our terminal is not meant for the server
            **options,
        )
    # Reaped whenever it ends, so that it never stays behind as a zombie of ours.
    threading.Thread(target=process.wait, name="postgresql-reaper", daemon=True).start()
    return Started(process, log_offset)


def _becoming(user: OsUser) -> tuple[list[str], SpawnOptions]:
    """How a server becomes its user: by itself, or by the program that cuts it off first."""
    options = user.spawn_options()
    cut = without_network(options.get("user"), options.get("group"))
    return user.becoming() if cut is None else (cut, {})


def await_ready(launch: Launch, started: Started | None, progress: Progress) -> Path:
    """Wait until the server takes connections, however long its recovery lasts.

    Returns:
        The directory of its socket.

    Raises:
        StrongroomError: the server ended; the error says why.
    """
    begun = reported = time.monotonic()
    while True:
        postmaster = live_postmaster(launch.data_directory)
        if postmaster and postmaster.ready:
            return _reachable(launch, postmaster)
        if postmaster is None and (started is None or started.process.poll() is not None):
            if started is not None and not _freed_by_orphans(launch, started, progress):
                raise _why_it_ended(launch, started)
            started = start(launch)  # also where the server that we attached to was just stopping
        now = time.monotonic()
        if now - reported >= REPORT_S:
            progress.amount("server.recovery", int(now - begun), None, "s")
            reported = now
        time.sleep(POLL_S)


def stop_postmaster(
    data_directory: Path, progress: Progress, how: signal.Signals = signal.SIGINT
) -> None:
    """Stop the server that runs on this directory, and wait until it has ended.

    SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, a checkpoint is
    written. It takes as long as the checkpoint does.
    """
    postmaster = live_postmaster(data_directory)
    if postmaster is None:
        return
    _signal(postmaster.process_id, how)
    begun = reported = time.monotonic()
    while live_postmaster(data_directory) is not None or _lives(postmaster.process_id):
        now = time.monotonic()
        if now - reported >= REPORT_S:
            progress.amount("server.stopping", int(now - begun), None, "s")
            reported = now
        time.sleep(POLL_S)


def _why_it_ended(launch: Launch, started: Started) -> StrongroomError:
    """The error for a server that ended while we waited for it."""
    said = log_since(launch.log, started.log_offset)
    return error_from(said, doing=f"starting the server on {launch.data_directory}", log=launch.log)


def _reachable(launch: Launch, postmaster: Postmaster) -> Path:
    directory = socket_directory_of(postmaster, launch.run_directory)
    if directory is None:
        raise ServerError(
            f"A server runs on {launch.data_directory} (process {postmaster.process_id}), and "
            f"its socket is not where {ADMINISTRATOR} could reach it: others started it.",
            next_step="stop that server, then run the same command again",
        )
    return directory


def _freed_by_orphans(launch: Launch, started: Started, progress: Progress) -> bool:
    """Whether the start failed only because sessions outlived a killed server; ends those.

    A session whose server is gone can still commit, so PostgreSQL starts no second server
    beside it. Busy ones do not notice the loss by themselves.
    """
    if STILL_IN_USE not in log_since(launch.log, started.log_offset):
        return False
    progress.step("server.orphans")
    for process_id in serving_processes(launch.data_directory):
        _signal(process_id, signal.SIGTERM)
    time.sleep(POLL_S)
    return True


def _signal(process_id: int, how: signal.Signals) -> None:
    try:
        os.kill(process_id, how)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise NoPermissionError(
            f"The server (process {process_id}) belongs to another user and cannot be stopped.",
            next_step="run the command as the user that started the server",
        ) from error


def _lives(process_id: int) -> bool:
    """Whether the process is still there; a zombie has ended."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def _prepare_log(log: Path) -> int:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.touch(mode=0o600)
    if log.stat().st_size > LOG_SIZE_MAX_BYTES:
        log.rename(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
    return log.stat().st_size


def log_since(log: Path, offset: int) -> str:
    """What the log has gained since ``offset``, or the end of that."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(offset, size - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
