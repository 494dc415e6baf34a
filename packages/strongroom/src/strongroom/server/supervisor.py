"""Run one PostgreSQL server for as many processes as use it.

The first process to come starts the server, others attach, the last one out stops it. Each
promise here holds after ``kill -9`` of the server, of us, or of both: nothing is believed
that a dead process wrote.
"""

from __future__ import annotations

import errno
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strongroom.config import ServerSettings
from strongroom.errors import (
    BinariesMissingError,
    ServerError,
    ServerHeldError,
    WrongMajorVersionError,
)
from strongroom.postgres.connections import connect
from strongroom.progress import SILENT, Progress
from strongroom.server import cluster
from strongroom.server.binaries import Binaries, binaries_for_server
from strongroom.server.complaints import error_from_os
from strongroom.server.directory import (
    DirectoryFacts,
    inspect_directory,
    live_postmaster,
    not_a_cluster,
)
from strongroom.server.exchange import sync_directory
from strongroom.server.holders import Hold, Holder, holders, turn
from strongroom.server.launch import Launch, await_ready, start, stop_postmaster
from strongroom.server.os_user import server_user
from strongroom.server.sockets import PORT, remove_socket_directory, socket_directory_of

STAGING_SUFFIX = ".initialising"


@dataclass(frozen=True)
class RunningServer:
    """A server that takes connections."""

    socket_directory: Path
    port: int
    binaries: Binaries
    started_by_us: bool
    log: Path | None = None
    """Where it writes what it has to say, as far as we know that."""
    data_directory: Path | None = None
    superuser: str = cluster.ADMINISTRATOR
    """Of a cluster that we did not make, one of its own."""

    def conninfo(
        self, *, role: str, database: str, password: str | None = None
    ) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for one role."""
        info: dict[str, str | int] = {
            "host": str(self.socket_directory),
            "port": self.port,
            "user": role,
            "dbname": database,
        }
        return info if password is None else {**info, "password": password}

    def administrator(self, database: str = "postgres") -> dict[str, str | int]:
        """The same for the administrator, whom the socket knows by the OS user."""
        return self.conninfo(role=self.superuser, database=database)


@dataclass(frozen=True)
class ServerStatus:
    """What can be said of a supervised server without starting it."""

    directory: DirectoryFacts
    process_id: int | None
    socket_directory: Path | None
    holders: tuple[Holder, ...]


class Supervisor:
    """Initialises, starts, shares and stops the server of one data directory."""

    def __init__(
        self,
        settings: ServerSettings,
        *,
        superuser: str = cluster.ADMINISTRATOR,
        progress: Progress = SILENT,
    ) -> None:
        self._settings = settings
        self._superuser = superuser
        self._progress = progress
        self._mine: set[Hold] = set()

    def status(self) -> ServerStatus:
        """Whether the server runs and who uses it; changes nothing."""
        facts = inspect_directory(self._settings.data_directory)
        readable = facts.kind == "cluster"
        postmaster = live_postmaster(self._settings.data_directory) if readable else None
        return ServerStatus(
            directory=facts,
            process_id=postmaster.process_id if postmaster else None,
            socket_directory=socket_directory_of(postmaster, self._settings.run_directory)
            if postmaster
            else None,
            holders=tuple(holders(self._holders_directory)),
        )

    def initialise(self, *, major: int | None = None, durable: bool = True) -> DirectoryFacts:
        """Make a cluster where there is nothing.

        It is built beside its place and renamed into it, so that a killed attempt leaves the
        place as it was. A directory that holds anything is never touched.

        Raises:
            ServerError: the directory is neither missing nor empty, or initdb failed.
        """
        data = self._settings.data_directory
        with _system_errors(f"making a cluster in {data}"), self._turn():
            facts = inspect_directory(data)
            if facts.kind == "cluster":
                raise ServerError(
                    f"{data} holds a cluster already, and nothing in it is touched.",
                    next_step="strongroom adopt, to protect the database that is there",
                )
            if facts.kind not in {"missing", "empty"}:
                raise not_a_cluster(facts)
            self._build(data, major, durable=durable)
        return inspect_directory(data)

    @contextmanager
    def running(
        self, *, settings_extra: Mapping[str, str] | None = None, keep_running: bool = False
    ) -> Iterator[RunningServer]:
        """Use the server: start it, or attach to the one that runs.

        Never runs initdb. A crash recovery is waited for without limit. On leaving, the last
        process that uses the server stops it, unless ``keep_running``. A process that was forked
        meanwhile and leaves the block, too, stops nothing.

        Args:
            settings_extra: more settings, in force only if this call starts the server.
            keep_running: leave the server running even when nobody uses it.

        Raises:
            StrongroomError: there is no cluster, or the server cannot be started or reached.
        """
        hold = None
        try:
            with _system_errors("starting the server"), self._turn():
                hold = self._hold()
                server = self._started(settings_extra or {})
            yield server
        finally:
            if hold is not None:
                self._leave(hold, keep_running=keep_running)

    def revive(self) -> RunningServer:
        """Start the server again if it has died while this process uses it."""
        if not self._mine:
            raise ServerError(
                "Only a process that uses the server may start it again.",
                next_step="use the server first (Supervisor.running)",
            )
        with _system_errors("starting the server"), self._turn():
            return self._started({})

    def stop(self, *, force: bool = False) -> None:
        """Stop the server by a fast shutdown.

        Raises:
            ServerHeldError: other processes use it, and ``force`` is not given.
        """
        with _system_errors("stopping the server"), self._turn():
            self._refuse_if_held(force=force)
            self._stop()

    @contextmanager
    def exclusive(self, *, force: bool = False) -> Iterator[None]:
        """Stop the server, and let nobody start it or attach while this is held.

        Processes that use it stay registered; with ``force`` they lose their connections, and
        reconnect when the server is started again.

        Raises:
            ServerHeldError: other processes use it, and ``force`` is not given.
        """
        with self._turn():
            self._refuse_if_held(force=force)
            self._stop()
            yield

    @property
    def _holders_directory(self) -> Path:
        return self._settings.run_directory / "holders"

    @contextmanager
    def _turn(self) -> Iterator[None]:
        lock = self._settings.run_directory / "turn.lock"
        with turn(lock, progress=self._progress, waiting="server.waiting_for_turn"):
            yield

    def _hold(self) -> Hold:
        hold = Hold(self._holders_directory)
        self._mine.add(hold)
        return hold

    def _others(self) -> list[Holder]:
        mine = frozenset(hold.path for hold in self._mine)
        return holders(self._holders_directory, besides=mine)

    def _refuse_if_held(self, *, force: bool) -> None:
        others = self._others()
        if others and not force:
            who = ", ".join(str(holder) for holder in others)
            raise ServerHeldError(
                f"The server on {self._settings.data_directory} is in use by {who}.",
                next_step="stop these processes first, or force it",
            )

    def _build(self, data: Path, major: int | None, *, durable: bool) -> None:
        user = server_user()
        binaries = binaries_for_server(major, user)
        data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It is our turn, so whatever lies here under this name was abandoned.
        for abandoned in data.parent.glob(f".{data.name}.*{STAGING_SUFFIX}"):
            cluster.remove_cluster(abandoned)
        staging = data.with_name(f".{data.name}.{uuid.uuid4().hex[:8]}{STAGING_SUFFIX}")
        self._progress.step("server.initdb")
        try:
            cluster.initdb(staging, binaries, user, durable=durable)
            _put_in_place(staging, data)
        finally:
            cluster.remove_cluster(staging)
        if durable:
            sync_directory(data.parent)
        self._progress.step("server.initialised")

    def _started(self, extra: Mapping[str, str]) -> RunningServer:
        """The running server, started if need be. It must be our turn."""
        launch = self._launch(extra)
        attached = live_postmaster(launch.data_directory) is not None
        started = None if attached else start(launch)
        self._progress.step("server.attached" if attached else "server.started")
        sockets = await_ready(launch, started, self._progress)
        server = RunningServer(
            sockets,
            PORT,
            launch.binaries,
            started_by_us=not attached,
            log=launch.log,
            data_directory=launch.data_directory,
            superuser=self._superuser,
        )
        connect(server.administrator()).close()
        self._progress.step("server.ready")
        return server

    def _launch(self, extra: Mapping[str, str]) -> Launch:
        facts = inspect_directory(self._settings.data_directory)
        if facts.kind != "cluster":
            raise not_a_cluster(facts)
        user, binaries = server_user(), binaries_of(facts)
        chosen = {**self._settings.settings, **extra}
        return Launch(
            data_directory=self._settings.data_directory,
            run_directory=self._settings.run_directory,
            log_directory=self._settings.log_directory,
            binaries=binaries,
            user=user,
            settings={**cluster.summaries(binaries.major, chosen), **chosen},
            administrator=self._superuser,
        )

    def _leave(self, hold: Hold, *, keep_running: bool) -> None:
        if hold.is_inherited:  # the server is the parent's, and may be in use
            self._mine.discard(hold)
            hold.release()
            return
        with _system_errors("stopping the server"), self._turn():
            self._mine.discard(hold)
            hold.release()
            if not keep_running and not self._mine and not self._others():
                self._stop()

    def _stop(self) -> None:
        """Stop the server if it runs. It must be our turn."""
        if inspect_directory(self._settings.data_directory).kind == "unreadable":
            return  # whoever may not look into the directory has started nothing in it
        stop_postmaster(self._settings.data_directory, self._progress)
        remove_socket_directory(self._settings.run_directory)


def _put_in_place(staging: Path, data: Path) -> None:
    """Rename onto a missing or empty directory; one that was filled meanwhile is left alone."""
    try:
        staging.rename(data)
    except OSError as error:
        if error.errno not in {errno.EBUSY, errno.EXDEV}:
            raise
        raise ServerError(
            f"{data} is a mount point, which cannot be replaced by a whole cluster in one step.",
            next_step=f"set data_directory to a directory below it: {data / 'data'}",
        ) from error


def binaries_of(facts: DirectoryFacts) -> Binaries:
    """The programs of a cluster's own version.

    Raises:
        WrongMajorVersionError: this machine does not have them.
    """
    try:
        return binaries_for_server(facts.major)
    except BinariesMissingError as error:
        raise WrongMajorVersionError(
            f"{facts.path} holds data of PostgreSQL {facts.major}. {error.message}",
            next_step=error.next_step,
        ) from error


@contextmanager
def _system_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise error_from_os(error, doing=doing) from error
