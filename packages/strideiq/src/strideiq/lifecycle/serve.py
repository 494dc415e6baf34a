"""Run one environment: gate, migrations, a proven backup, then the web server."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

import strongroom
from strideiq.features import FEATURES
from strideiq.lifecycle.worker_process import WorkerProcess, has_work
from strideiq.platform.app import create_app
from strideiq.platform.errors import StrideiqError
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.logs import configure_logs
from strideiq.platform.runtime import Runtime, runtime_of
from strideiq.platform.schema import pending_revisions, upgrade_database
from strideiq.platform.settings import load_settings
from strideiq.safety.public import Keeper
from strongroom.integrations.sqlalchemy import guarded_engine

PORT = 8000
DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)
"""Of a network that is nobody's (RFC 5737): only the route to anywhere is looked up."""


class AlreadyRunningError(StrideiqError):
    """Another process serves this environment."""

    code = "already_running"
    exit_code = 3


@dataclass(frozen=True)
class Ready:
    """What ``strideiq up`` says once it serves."""

    judgement: strongroom.Judgement
    backup: strongroom.Manifest | None
    proof: strongroom.DrillRecord | None
    problem: str | None
    """Why there is no fresh proof, with the next step; None when the backup is proven."""
    address: str


def serve(
    paths: EnvironmentPaths,
    *,
    host: str,
    port: int | None,
    ready: Callable[[Ready], None],
    progress: strongroom.Progress = strongroom.SILENT,
) -> None:
    """Serve until a signal ends it; ``ready`` is told everything before the first request.

    Raises:
        SettingsError: no usable secret key.
        RefusedError: this is not the expected database; nothing was written.
        AlreadyRunningError: another process serves this environment.
    """
    # Both end as cleanly as Ctrl-C, from here on. A shell starts a job in the background with
    # SIGINT ignored: a stop before the web server took its signals over was never heard.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    settings = load_settings(paths.env_file)
    configure_logs(paths.logs, settings.log_level)
    configuration = strongroom.load_configuration(paths.configuration)
    listener = _listener(host, port)
    address = f"http://{_shown_host(host)}:{listener.getsockname()[1]}"
    with (
        # Ctrl-C is how one stops: everything below is left in order, then nothing is wrong.
        suppress(KeyboardInterrupt),
        listener,
        _held(paths, address),
        strongroom.open_database(
            configuration,
            heartbeat=True,
            inspect=strongroom.protection_warnings,
            progress=progress,
        ) as database,
    ):
        runtime = runtime_of(
            configuration.environment,
            settings,
            guarded_engine(database),
            configuration=configuration,
            database=database,
        )
        keeper = Keeper(configuration, database, paths.directory / "run")
        _renew_guards(database, progress)
        if pending_revisions(database):
            upgrade_database(database, progress=progress)
        backup, proof, problem = _proven(configuration, keeper, progress)
        keeper.start()
        worker = WorkerProcess(paths)
        if has_work(runtime):
            worker.wake()
        try:
            ready(Ready(database.judgement, backup, proof, problem, address))
            _run(runtime, keeper, worker, listener)
        finally:
            worker.stop()
            keeper.stop()
            runtime.engine.dispose()


def _renew_guards(database: strongroom.OpenDatabase, progress: strongroom.Progress) -> None:
    """Renew the guards of an older strongroom; what somebody has weakened stays told."""
    judgement = database.judgement
    if "protection_outdated" in {one.code for one in judgement.warnings}:
        strongroom.protect(database.configuration, progress=progress)
        others = (one for one in judgement.warnings if one.code != "protection_outdated")
        database.judgement = replace(judgement, warnings=tuple(others))


def _proven(
    configuration: strongroom.Configuration, keeper: Keeper, progress: strongroom.Progress
) -> tuple[strongroom.Manifest | None, strongroom.DrillRecord | None, str | None]:
    """The newest backup, its proof, and what is wrong; the first ones are taken now.

    A backup that cannot be taken or proven is said loudly and keeps nobody from their data.
    """
    backups = strongroom.list_backups(configuration)
    if backups:
        known = strongroom.latest_proof(configuration, backups[0].backup_id)
        if known is not None:
            return backups[0], known, None
    try:
        record = keeper.back_up_and_prove(progress)
    except strongroom.RefusedError:
        raise
    except strongroom.StrongroomError as error:
        return (backups[0] if backups else None), None, f"{error.message} Next: {error.next_step}"
    problem = None if record.verdict == "proven" else "; ".join(record.findings)
    return strongroom.list_backups(configuration)[0], record, problem


def _run(runtime: Runtime, keeper: Keeper, worker: WorkerProcess, listener: socket.socket) -> None:
    app = create_app(runtime, FEATURES)
    app.state.keeper = keeper
    app.state.worker = worker
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=10)
    )
    # What is loaded by now stays until the end, and is left out of every search for garbage: those
    # took a quarter of the time of pages that read years.
    gc.collect()
    gc.freeze()
    asyncio.run(server.serve(sockets=[listener]))


def _listener(host: str, port: int | None) -> socket.socket:
    """Listen on ``port``; without one, on the usual port, or a free one when that is busy.

    Raises:
        StrideiqError: the port that was asked for is taken, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listener.bind((host, PORT if port is None else port))
        except OSError:
            if port is not None:
                raise
            listener.bind((host, 0))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise StrideiqError(
            f"StrideIQ cannot listen on {host}, port {port or PORT}: {error.strerror}.",
            next_step="strideiq up --port 0 takes any free port",
        ) from error
    return listener


def _shown_host(host: str) -> str:
    """The address to type, also on the phone: where we listen everywhere, this machine's own."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104  only compared
        host = _own_address()
    return f"[{host}]" if ":" in host else host


def _own_address() -> str:
    """The address by which others on the network reach this machine; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(DOCUMENTATION_ADDRESS)
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


@contextmanager
def _held(paths: EnvironmentPaths, address: str) -> Iterator[None]:
    """Hold the environment for this process, and leave a note of where it serves."""
    run = paths.directory / "run"
    run.mkdir(parents=True, exist_ok=True)
    note = run / "up.json"
    with (run / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _already_running(paths, note) from error
        note.write_text(json.dumps({"pid": os.getpid(), "address": address}), encoding="utf-8")
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


def _already_running(paths: EnvironmentPaths, note: Path) -> AlreadyRunningError:
    try:
        held = json.loads(note.read_text(encoding="utf-8"))
        where = f"by process {held['pid']} at {held['address']}"
        next_step = f"open {held['address']}"
    except (OSError, ValueError, KeyError):
        where, next_step = "by another process that is just starting", "strideiq up, in a moment"
    return AlreadyRunningError(
        f"Environment {paths.name!r} is already served {where}.", next_step=next_step
    )
