"""Recover a physical backup to its moment, and find out whether it is all there.

The server runs on our own configuration, never on the source's. Recovery stops at the very
position of the log that the manifest's digests are of; there the copy is read. After that
it is opened for writing, and its indexes are compared with their tables.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.backups.physical import FILE_LIST, chain_of
from strongroom.config import Configuration, ServerSettings
from strongroom.drills.comparison import Check, TableResult, compare, verdict_of
from strongroom.drills.contents import promised_beside, promised_by, survey, survey_sample
from strongroom.drills.indexes import check_indexes
from strongroom.drills.interruptions import check_broken, room_needed
from strongroom.drills.lacking import check_collations, status_of
from strongroom.drills.onward import Onward, Reached, lay_out_log, reached, reaching
from strongroom.drills.reload import Reloaded, check_recorded, manifest_major, timed
from strongroom.drills.time_limit import ended_in_time
from strongroom.drills.unpack import record_of, unpack, unpacked_bytes
from strongroom.errors import DatabaseError, ServerError, TimeLimitError
from strongroom.postgres.catalogue import label_part
from strongroom.postgres.connections import connect, database_errors
from strongroom.progress import SILENT, Progress
from strongroom.protection.installing import remove
from strongroom.server import cluster
from strongroom.server.binaries import Binaries, binaries_for_server
from strongroom.server.launch import LOG_NAME
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

STEPS = ("reload.unpacked", "reload.recovered", "reload.compared", "reload.opened")

PAUSED = """
SELECT pg_catalog.pg_get_wal_replay_pause_state() = 'paused',
       coalesce(pg_catalog.pg_last_wal_replay_lsn()::text, '')
"""
STANDSTILL_MAX_S = 600.0
"""How long a recovery may stand still that has not come to its moment."""
IN_RECOVERY = "SELECT pg_catalog.pg_is_in_recovery()"
DATABASES = "SELECT datname::text FROM pg_database WHERE datallowconn ORDER BY oid"
HAS_IDENTITY = "SELECT pg_catalog.to_regclass('strongroom.identity') IS NOT NULL"
IDENTITY = "SELECT database_id::text FROM strongroom.identity"
POLL_S = 0.05
PROMOTION_MAX_S = 600
WRONG_LINES = 5
DAMAGE_FOUND = 2
"""How pg_amcheck ends then; otherwise it could not look."""


@dataclass(frozen=True)
class Recovered:
    """A physical backup that was laid out, recovered and compared."""

    outcome: Reloaded
    server: RunningServer | None
    """Takes connections, and writes too; None where the backup brought no server up."""
    database: str = ""
    """What the backed up database is called there."""
    reached: Reached | None = None
    """Where recovery went on to after the comparison; None where it did not."""


@dataclass(frozen=True)
class Look:
    """How closely a recovered copy is looked at, beside its counts and the server's own checks."""

    sample: frozenset[str] | None = None
    """The tables to compare row by row, where that is not all of them."""
    with_indexes: bool = False
    """Into tables and indexes too; that leaves an extension in the copy."""


@contextmanager
def recovered(
    configuration: Configuration,
    manifest: Manifest,
    place: Path,
    *,
    settings: Mapping[str, str],
    look: Look = Look(),
    onward: Onward | None = None,
    progress: Progress = SILENT,
) -> Iterator[Recovered]:
    """Recover a physical backup in ``place``, compare it, and hand its server over for writing.

    Args:
        configuration: where the backup lies, and what opens it.
        manifest: of the backup.
        place: a new directory of ours, whose ``data`` becomes the data directory.
        settings: of the server, beside those that the recovery needs.
        look: how closely it is looked at.
        onward: go on to this point after the comparison, if it found nothing wrong.
        progress: told of each step in ``STEPS``.

    Raises:
        DamagedBackupError: an object is not what was stored.
        WrongKeyError: no private key at hand opens it.
        NoSpaceError: the disk became full; that says nothing about the backup.
    """
    recovery = _Recovery(configuration, manifest, place / "data", progress)
    files = recovery.lay_out()
    if files.status != "ok":  # no server is started on files that are not the source's
        yield Recovered(recovery.outcome([files], loaded=False), None)
        return
    checks: list[Check] = []
    with ExitStack() as stack:
        try:
            with room_needed(place, place / "logs" / LOG_NAME):
                at_rest, reached_point = ExitStack(), None
                supervisor = _supervisor(place, manifest, settings, progress)
                with timed(recovery.parts_s, "start"):
                    server = stack.enter_context(at_rest).enter_context(supervisor.running())
                with ended_in_time(server):
                    checks += recovery.compare(server, look.sample)
                    if onward is None or verdict_of(checks) == "failed":
                        recovery.open(server)
                if onward is not None and verdict_of(checks) != "failed":
                    at_rest.close()
                    server, reached_point = recovery.go_on(stack, onward, place, settings)
                if look.with_indexes:
                    with ended_in_time(server):
                        checks.append(recovery.check_indexes(server, checks))
        except (ServerError, DatabaseError, TimeLimitError) as error:
            broken = check_broken("recovery", error)
            if broken.status == "failed":
                broken = replace(broken, status=status_of(error.message))
            yield Recovered(recovery.outcome([files, *checks, broken], loaded=False), None)
            return
        outcome = recovery.outcome([files, *checks])
        yield Recovered(outcome, server, recovery.database, reached_point)


class _Recovery:
    """One recovery on its way, and how long its parts took."""

    def __init__(
        self, configuration: Configuration, manifest: Manifest, data: Path, progress: Progress
    ) -> None:
        self._configuration, self._manifest = configuration, manifest
        self._data, self._progress = data, progress
        self.parts_s: dict[str, float] = {}
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

        with timed(self.parts_s, "unpack"):
            store_s = unpack(self._configuration, chain, self._data, binaries, report)
            self._progress.step("reload.unpacked")
        self.parts_s["download"] = round(store_s, 3)
        with timed(self.parts_s, "verify"):
            files = _check_files(binaries, self._data)
        _configure(self._data)
        return files

    def compare(self, server: RunningServer, sample: frozenset[str] | None) -> list[Check]:
        """Compare what the copy holds at the moment of the proof."""
        with timed(self.parts_s, "recover"):
            _await_moment(server)
            self._progress.step("reload.recovered")
        self.database = self.database or database_holding(server, self._manifest)
        with timed(self.parts_s, "compare"):
            checks = self._compared(server, sample)
            self._progress.step("reload.compared")
        return checks

    def open(self, server: RunningServer) -> None:
        """Open the copy for writing."""
        with timed(self.parts_s, "open"):
            _open(server)
            self._opened(server)

    def go_on(
        self, stack: ExitStack, onward: Onward, place: Path, settings: Mapping[str, str]
    ) -> tuple[RunningServer, Reached]:
        """Recover further, from where the comparison was made; the copy is open then.

        Raises:
            TargetError: recovery ended before the target.
        """

        def report(done_bytes: int) -> None:
            total_bytes = onward.reach.size_bytes
            self._progress.amount("reload.log", done_bytes, total_bytes, "bytes")

        with timed(self.parts_s, "unpack_log"):
            pieces = onward.reach.pieces
            lay_out_log(self._configuration, self._manifest, pieces, self._data, report)
        stop = {**onward.reach.settings, "recovery_target_action": "promote"}
        supervisor = _supervisor(place, self._manifest, settings, self._progress, stop)
        with timed(self.parts_s, "replay"):
            log = place / "logs" / LOG_NAME
            with reaching(onward, log):
                server = stack.enter_context(supervisor.running())
                point = reached(server, self._manifest, onward, self._progress)
            self._opened(server)
        return server, point

    def _opened(self, server: RunningServer) -> None:
        _leave_guards_out(server, self.database)
        (self._data / FILE_LIST).unlink(missing_ok=True)
        self._progress.step("reload.opened")

    def _compared(self, server: RunningServer, sample: frozenset[str] | None) -> list[Check]:
        physical = record_of(self._manifest)
        collations = check_collations(server, self._databases)
        if physical.unproven is not None:
            return [Check("proof point", "inconclusive", physical.unproven), *collations]
        promised = promised_by(self._manifest)
        asked = server, self.database, self._progress, promised
        found = survey(*asked) if sample is None else survey_sample(*asked, sample)
        tables, checks = compare(promised, found)
        for record in physical.databases:
            promised = promised_beside(record)
            found = survey(server, record.name, self._progress, promised)
            more, questions = compare(promised, found)
            tables += [replace(one, name=f"{label_part(record.name)}.{one.name}") for one in more]
            checks += [replace(one, name=f"{one.name} of {record.name}") for one in questions]
        self._tables = tuple(tables)
        return [*checks, *collations]

    @property
    def _databases(self) -> list[str]:
        """Those that are compared, the pinned one first."""
        beside = [one.name for one in record_of(self._manifest).databases]
        return [self.database, *beside]

    def check_indexes(self, server: RunningServer, checks: Sequence[Check]) -> Check:
        """Look for damage in tables and indexes that no digest of rows can show."""
        with timed(self.parts_s, "indexes"):
            found = check_indexes(server, self._databases)
        if found.status == "failed" and any(one.name == "collations" for one in checks):
            return replace(found, status="inconclusive")
        return found

    def outcome(self, checks: list[Check], *, loaded: bool = True) -> Reloaded:
        """What was found, beside what the ledger says of the backup."""
        checks = [*checks, *check_recorded(self._configuration, self._manifest)]
        return Reloaded(self._tables, tuple(checks), self.parts_s, loaded=loaded)


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
    place: Path,
    manifest: Manifest,
    settings: Mapping[str, str],
    progress: Progress,
    stop: Mapping[str, str] | None = None,
) -> Supervisor:
    physical = record_of(manifest)
    at_proof = {"recovery_target_lsn": physical.proof, "recovery_target_inclusive": "off"}
    recovery = {
        "restore_command": "false",  # all that it needs lies in pg_wal already
        "recovery_target_timeline": "current",
        "hot_standby": "on",
        "wal_level": "replica",
        # Files hold the source's subscriptions too: once opened, the copy would reach for their
        # publishers and use up what was meant for the source.
        "max_logical_replication_workers": "0",
        **physical.settings,
        **(stop or {**at_proof, "recovery_target_action": "pause"}),
    }
    directories = ServerSettings(
        data_directory=place / "data",
        run_directory=place / "run",
        log_directory=place / "logs",
        settings={**settings, **recovery},
    )
    return Supervisor(directories, superuser=physical.administrator, progress=progress)


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
    if answer.returncode < 0:
        return Check("files", "inconclusive", f"pg_verifybackup was ended ({answer.returncode})")
    said = [line for line in answer.stderr.splitlines() if line.strip()][:WRONG_LINES]
    return Check("files", "failed", "; ".join(said))


def _await_moment(server: RunningServer) -> None:
    """Wait until recovery stands at the position of the proof."""
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("waiting for the recovery"),
    ):
        before, moved_at_s = "", time.monotonic()
        while True:
            paused, replayed = connection.execute(PAUSED).fetchall()[0]
            if paused:
                return
            if replayed != before:
                before, moved_at_s = replayed, time.monotonic()
            elif time.monotonic() - moved_at_s > STANDSTILL_MAX_S:
                raise ServerError(
                    f"The copy's recovery stands still at {replayed}, before its moment.",
                    next_step="strongroom drill, once more",
                )
            time.sleep(POLL_S)


def _open(server: RunningServer) -> None:
    """End the recovery, so that the copy can be written to."""
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("opening the copy"),
    ):
        # Where recovery pauses at its target, to go on is to end it. pg_promote does so as well,
        # but a recovery that pauses looks for that only once in a second.
        connection.execute("SELECT pg_catalog.pg_wal_replay_resume()")
        ends_at_s = time.monotonic() + PROMOTION_MAX_S
        while connection.execute(IN_RECOVERY).fetchall()[0][0]:
            if time.monotonic() > ends_at_s:
                raise ServerError(
                    "The copy's recovery did not end.", next_step="strongroom drill, once more"
                )
            time.sleep(POLL_S)


def _leave_guards_out(server: RunningServer, database: str) -> None:
    """Take the source's guards out: files hold them too, and a copy in a place gets its own."""
    with connect(server.administrator(database), autocommit=True) as connection:
        remove(connection)
