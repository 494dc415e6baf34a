"""Recover a physical backup to its moment, and find out whether it is all there.

The server runs on our own configuration, never on the source's. Recovery stops at the very
position of the log that the manifest's digests are of; there the copy is read. After that
it is opened for writing, and its indexes are compared with their tables.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.backups.physical import FILE_LIST, chain_of
from strongroom.config import Configuration, ServerSettings
from strongroom.drills.comparison import Check, TableResult, compare
from strongroom.drills.contents import promised_by, survey
from strongroom.drills.reload import Reloaded, check_recorded, manifest_major, timed
from strongroom.drills.unpack import record_of, unpack, unpacked_bytes
from strongroom.errors import DatabaseError, ServerError
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.tools import running_tool
from strongroom.progress import SILENT, Progress
from strongroom.protection.installing import remove
from strongroom.server import cluster
from strongroom.server.binaries import Binaries, binaries_for_server
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

STEPS = ("reload.unpacked", "reload.recovered", "reload.compared", "reload.opened")

PAUSED = "SELECT pg_catalog.pg_get_wal_replay_pause_state() = 'paused'"
IN_RECOVERY = "SELECT pg_catalog.pg_is_in_recovery()"
DATABASES = "SELECT datname::text FROM pg_database WHERE datallowconn ORDER BY oid"
HAS_IDENTITY = "SELECT pg_catalog.to_regclass('strongroom.identity') IS NOT NULL"
IDENTITY = "SELECT database_id::text FROM strongroom.identity"
POLL_S = 0.05
PROMOTION_MAX_S = 600
WRONG_LINES = 5


@dataclass(frozen=True)
class Recovered:
    """A physical backup that was laid out, recovered and compared."""

    outcome: Reloaded
    server: RunningServer | None
    """Takes connections, and writes too; None where the backup brought no server up."""
    database: str = ""
    """What the backed up database is called there."""


@contextmanager
def recovered(
    configuration: Configuration,
    manifest: Manifest,
    place: Path,
    *,
    settings: Mapping[str, str],
    with_indexes: bool,
    progress: Progress = SILENT,
) -> Iterator[Recovered]:
    """Recover a physical backup in ``place``, compare it, and hand its server over for writing.

    Args:
        configuration: where the backup lies, and what opens it.
        manifest: of the backup.
        place: a new directory of ours, whose ``data`` becomes the data directory.
        settings: of the server, beside those that the recovery needs.
        with_indexes: look into tables and indexes too; that leaves an extension in the copy.
        progress: told of each step in ``STEPS``.

    Raises:
        DamagedBackupError: an object is not what was stored.
        WrongKeyError: no private key at hand opens it.
        NoSpaceError: the disk became full; that says nothing about the backup.
    """
    recovery = _Recovery(configuration, manifest, place / "data", progress)
    files = recovery.lay_out()
    if files.status == "failed":  # no server is started on files that are not the source's
        yield Recovered(recovery.outcome([files], loaded=False), None)
        return
    with ExitStack() as stack:
        try:
            supervisor = _supervisor(place, manifest, settings, progress)
            server = stack.enter_context(supervisor.running())
            checks = recovery.compare(server)
            if with_indexes:
                checks.append(recovery.check_indexes(server))
        except (ServerError, DatabaseError) as error:
            broken = Check("recovery", "failed", error.message)
            yield Recovered(recovery.outcome([files, broken], loaded=False), None)
            return
        yield Recovered(recovery.outcome([files, *checks]), server, recovery.database)


class _Recovery:
    """One recovery on its way, and how long its parts took."""

    def __init__(
        self, configuration: Configuration, manifest: Manifest, data: Path, progress: Progress
    ) -> None:
        self._configuration, self._manifest = configuration, manifest
        self._data, self._progress = data, progress
        self._parts_s: dict[str, float] = {}
        self._tables: tuple[TableResult, ...] = ()
        self.database = configuration.database

    def lay_out(self) -> Check:
        """Write files and log to where a server would find them, and look at each file."""
        user = server_user()
        binaries = binaries_for_server(manifest_major(self._manifest), user)
        chain = chain_of(self._configuration, self._manifest)
        total_bytes = unpacked_bytes(chain)

        def report(done_bytes: int) -> None:
            self._progress.amount("reload.unpacked", done_bytes, total_bytes, "bytes")

        with timed(self._parts_s, "unpack"):
            unpack(self._configuration, chain, self._data, binaries, report)
            self._progress.step("reload.unpacked")
        with timed(self._parts_s, "verify"):
            files = _check_files(binaries, self._data)
        _configure(self._data)
        return files

    def compare(self, server: RunningServer) -> list[Check]:
        """Compare what the copy holds at the moment of the proof; then open it for writing."""
        with timed(self._parts_s, "recover"):
            _await_moment(server)
            self._progress.step("reload.recovered")
        self.database = self.database or database_holding(server, self._manifest)
        with timed(self._parts_s, "compare"):
            found = survey(server, self.database, self._progress)
            tables, checks = compare(promised_by(self._manifest), found)
            self._tables = tuple(tables)
            self._progress.step("reload.compared")
        with timed(self._parts_s, "open"):
            _open(server)
            _leave_guards_out(server, self.database)
            (self._data / FILE_LIST).unlink(missing_ok=True)
            self._progress.step("reload.opened")
        return checks

    def check_indexes(self, server: RunningServer) -> Check:
        """Look for damage in tables and indexes that no digest of rows can show."""
        with timed(self._parts_s, "indexes"):
            return _check_indexes(server, self.database)

    def outcome(self, checks: list[Check], *, loaded: bool = True) -> Reloaded:
        """What was found, beside what the ledger says of the backup."""
        checks = [*checks, *check_recorded(self._configuration, self._manifest)]
        return Reloaded(self._tables, tuple(checks), self._parts_s, loaded=loaded)


def database_holding(server: RunningServer, manifest: Manifest) -> str:
    """Find the database that a backup is of where nothing tells its name: by its identity.

    Raises:
        DatabaseError: none in this cluster has it.
    """
    with connect(server.administrator()) as connection:
        names = [name for (name,) in connection.execute(DATABASES).fetchall()]
    for name in names:
        with connect(server.administrator(name)) as connection:
            there = connection.execute(HAS_IDENTITY).fetchall()[0][0]
            rows = connection.execute(IDENTITY).fetchall() if there else []
        if rows and rows[0][0] == manifest.database_id:
            return str(name)
    raise DatabaseError(
        f"No database of the cluster has the identity of the backup {manifest.backup_id}.",
        next_step="strongroom backups, and use another one",
    )


def _supervisor(
    place: Path, manifest: Manifest, settings: Mapping[str, str], progress: Progress
) -> Supervisor:
    physical = record_of(manifest)
    recovery = {
        "restore_command": "false",  # all that it needs lies in pg_wal already
        "recovery_target_lsn": physical.proof,
        "recovery_target_inclusive": "off",
        "recovery_target_action": "pause",
        "recovery_target_timeline": "current",
        "hot_standby": "on",
        "wal_level": "replica",
        # Files hold the source's subscriptions too: once opened, the copy would reach for their
        # publishers and use up what was meant for the source.
        "max_logical_replication_workers": "0",
        **physical.settings,
    }
    directories = ServerSettings(
        data_directory=place / "data",
        run_directory=place / "run",
        log_directory=place / "logs",
        settings={**settings, **recovery},
    )
    return Supervisor(directories, progress=progress)


def _configure(data: Path) -> None:
    """Put our configuration in the place of the source's, and ask for recovery."""
    user = server_user()
    only_ours = f"include = '{cluster.CONFIGURATION_FILE}'\n"
    cluster.replace_file(data / "postgresql.conf", only_ours, user)
    cluster.replace_file(data / "postgresql.auto.conf", "", user)
    (data / "standby.signal").unlink(missing_ok=True)
    cluster.replace_file(data / "recovery.signal", "", user)


def _check_files(binaries: Binaries, data: Path) -> Check:
    """Compare every file with the server's own list, before any server touches them."""
    answer = cluster.run_program(
        binaries, "pg_verifybackup", ["--no-parse-wal", "--quiet", cluster.DIRECTORY], data
    )
    if answer.returncode == 0:
        return Check("files", "ok", "every file has the size and checksum of the server's list")
    said = [line for line in answer.stderr.splitlines() if line.strip()][:WRONG_LINES]
    return Check("files", "failed", "; ".join(said))


def _await_moment(server: RunningServer) -> None:
    """Wait until recovery stands at the position of the proof."""
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("waiting for the recovery"),
    ):
        while not connection.execute(PAUSED).fetchall()[0][0]:
            time.sleep(POLL_S)


def _open(server: RunningServer) -> None:
    """End the recovery, so that the copy can be written to."""
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("opening the copy"),
    ):
        connection.execute("SELECT pg_catalog.pg_promote(true, %s)", [PROMOTION_MAX_S])
        if connection.execute(IN_RECOVERY).fetchall()[0][0]:
            raise ServerError(
                "The copy's recovery did not end.", next_step="strongroom drill, once more"
            )


def _leave_guards_out(server: RunningServer, database: str) -> None:
    """Take the source's guards out: files hold them too, and a copy in a place gets its own."""
    with connect(server.administrator(database), autocommit=True) as connection:
        remove(connection)


def _check_indexes(server: RunningServer, database: str) -> Check:
    missing = _missing_amcheck(server)
    if missing:
        return Check("indexes", "warning", missing)
    program, arguments = server.binaries.tool("pg_amcheck"), ["--install-missing", database]
    with running_tool(
        program, arguments, server.administrator(database), stdout=subprocess.PIPE
    ) as tool:
        found = (tool.process.stdout.read() if tool.process.stdout else b"").decode()
        finished = tool.finish()
    if finished.exit_code == 0:
        return Check("indexes", "ok", "pg_amcheck found nothing wrong in tables and B-tree indexes")
    said = [line for line in (found or finished.messages).splitlines() if line.strip()]
    return Check("indexes", "failed", "; ".join(said[:WRONG_LINES]))


def _missing_amcheck(server: RunningServer) -> str | None:
    query = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck')"
    with connect(server.administrator()) as connection:
        if connection.execute(query).fetchall()[0][0]:
            return None
    return "not looked at: the extension amcheck is not installed on this machine"
