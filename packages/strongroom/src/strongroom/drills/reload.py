"""Load a backup into an empty server, and find out whether it is all there.

Roles first, then the database, then the archive as a stream, then the comparison with the
manifest. What ``pg_restore`` exits with is one check among others; the verdict is about what
the copy holds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from subprocess import PIPE
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from strongroom.backups.archive import open_archive
from strongroom.backups.catalogue import is_recorded
from strongroom.backups.fingerprint import fingerprint_of
from strongroom.backups.manifest import Manifest, RoleRecord
from strongroom.config import Configuration
from strongroom.drills.comparison import (
    Check,
    TableResult,
    Verdict,
    compare,
    findings_of,
    verdict_of,
)
from strongroom.drills.contents import promised_by, survey, survey_sample
from strongroom.drills.encoding import archived_encoding
from strongroom.drills.interruptions import require_room, room_needed
from strongroom.postgres.bounds import is_cut_off, require_time
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.roles import create_database, create_roles, new_passwords, roles_of
from strongroom.postgres.tools import running_tool
from strongroom.progress import SILENT, Progress
from strongroom.server.administered import Administered
from strongroom.server.launch import log_since
from strongroom.server.supervisor import RunningServer

STEPS = ("reload.roles_created", "reload.database_created", "reload.loaded", "reload.compared")

ROLE_ATTRIBUTES = frozenset(
    {"LOGIN", "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "NOINHERIT"}
)
COMPLAINTS_SHOWN = 5
NO_WAY_OUT = "could not connect to server"
"""Of a materialised view, for one, that is made of a foreign table."""
# How a guard stands in an archive's list: number; oids, kind, schema, names, owner.
GUARD_ENTRY = re.compile(
    rb" EVENT TRIGGER - strongroom_\w+ "
    rb"| TRIGGER \S+ .*strongroom_(image_)?(delete|update|truncate) "
)
UNRECORDED = "the ledger does not vouch for this backup: it is younger, or was damaged or lost"


@dataclass(frozen=True)
class Reloaded:
    """A backup loaded into a server, beside what its manifest promises."""

    tables: tuple[TableResult, ...]
    checks: tuple[Check, ...]
    parts_s: Mapping[str, float]
    loaded: bool = True
    """Whether the backup could be loaded at all; if not, the checks tell why."""

    @property
    def verdict(self) -> Verdict:
        """What follows from the checks."""
        return verdict_of(self.checks)

    @property
    def findings(self) -> list[str]:
        """Why the verdict is not ``proven``."""
        return findings_of(self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Verdict, tables and checks as shown by ``--json``."""
        return {
            "verdict": self.verdict,
            "tables": [asdict(table) for table in self.tables],
            "checks": [asdict(check) for check in self.checks],
            "parts_s": dict(self.parts_s),
        }


def load_archive_into(
    server: RunningServer,
    configuration: Configuration,
    manifest: Manifest,
    *,
    passwords: Mapping[str, str] | None = None,
    sample: frozenset[str] | None = None,
    progress: Progress = SILENT,
) -> Reloaded:
    """Restore a backup into a server that has no database of this name, and compare.

    Args:
        server: any server of ours; its administrator does the work.
        configuration: where the backup lies, and what opens it.
        manifest: of the backup.
        passwords: of the application's roles; random ones where nobody will log in.
        sample: the tables to compare row by row, where that is not all of them.
        progress: told of each step in ``STEPS``.

    Raises:
        DamagedBackupError: the archive is not what was stored.
        WrongKeyError: no private key at hand opens it.
        NoSpaceError: the disk became full; that says nothing about the backup.
    """
    obstacles = obstacles_of(server, manifest)
    if obstacles:
        return Reloaded((), tuple(obstacles), {}, loaded=False)
    with room_needed(configuration.scratch_directory, server.log):
        return _reloaded(server, configuration, manifest, passwords, sample, progress)


def _reloaded(
    server: RunningServer,
    configuration: Configuration,
    manifest: Manifest,
    passwords: Mapping[str, str] | None,
    sample: frozenset[str] | None,
    progress: Progress,
) -> Reloaded:
    parts_s: dict[str, float] = {}
    with timed(parts_s, "prepare"):
        encoding = archived_encoding(server, configuration, manifest)
        prepare_database(server, configuration.database, manifest, passwords, progress, encoding)
    loaded = fill_database(
        server, configuration, manifest, configuration.database, progress, sample=sample
    )
    return replace(loaded, parts_s={**parts_s, **loaded.parts_s})


def fill_database(
    server: Administered,
    configuration: Configuration,
    manifest: Manifest,
    database: str,
    progress: Progress,
    *,
    sample: frozenset[str] | None = None,
) -> Reloaded:
    """Restore a backup into a database that is empty, on any server, and compare it.

    Raises:
        DamagedBackupError: the archive is not what was stored.
        WrongKeyError: no private key at hand opens it.
        NoSpaceError: the disk became full; that says nothing about the backup.
    """
    parts_s: dict[str, float] = {}
    with timed(parts_s, "load"):
        complaints, store_s = _load(server, configuration, manifest, database, progress)
        progress.step("reload.loaded")
    parts_s["download"] = round(store_s, 3)
    with timed(parts_s, "compare"):
        promised = promised_by(manifest)
        asked = server, database, progress, promised
        found = survey(*asked) if sample is None else survey_sample(*asked, sample)
        if found.schema_fingerprint != promised.schema_fingerprint and complaints is None:
            archived = _archived_schema(server, configuration, manifest)
            found = replace(found, schema_fingerprint=archived)
        tables, checks = compare(promised, found)
        progress.step("reload.compared")
    checks = [_check_load(complaints), *checks, *check_recorded(configuration, manifest)]
    return Reloaded(tuple(tables), tuple(checks), parts_s)


def obstacles_of(server: Administered, manifest: Manifest) -> list[Check]:
    """Reasons why this server cannot tell anything about the backup."""
    obstacles = []
    if server.binaries.major < (needed := manifest_major(manifest)):
        found = f"PostgreSQL {server.binaries.version}, the backup needs {needed}"
        obstacles.append(Check("server", "inconclusive", found))
    with connect(server.administrator()) as connection:
        rows = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
    available = {name for (name,) in rows}
    missing = sorted({one.name for one in manifest.extensions} - available)
    if missing:
        detail = f"not installed on this machine: {', '.join(missing)}"
        obstacles.append(Check("extensions", "inconclusive", detail))
    return obstacles


def manifest_major(manifest: Manifest) -> int:
    """Tell the major version of the server that was backed up: ``18.6``, ``19beta1``."""
    digits = re.match(r"\d+", manifest.postgres_version)
    return int(digits[0]) if digits else 0


def prepare_database(
    server: RunningServer,
    database: str,
    manifest: Manifest,
    passwords: Mapping[str, str] | None,
    progress: Progress,
    encoding: str = "UTF8",
) -> None:
    """Make the roles of a backup and an empty database in a server that has neither."""
    roles = roles_of(manifest.application)
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("making the roles of the backup"),
    ):
        create_roles(connection, roles, passwords or new_passwords(roles))
        for role in manifest.roles:
            _create_role(connection, role)
        for role in manifest.roles:
            _grant_memberships(connection, role)
        progress.step("reload.roles_created")
        create_database(connection, database, roles, encoding)
        progress.step("reload.database_created")


def _create_role(connection: psycopg.Connection, role: RoleRecord) -> None:
    """Make a role that owns or may use something, without a password: nobody can log in by it."""
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role.name,)).fetchone()
    if exists is None:
        attributes = sql.SQL(" ").join(
            sql.SQL(one) for one in sorted(ROLE_ATTRIBUTES.intersection(role.attributes))
        )
        made = sql.SQL("CREATE ROLE {} ").format(sql.Identifier(role.name))
        connection.execute(made + attributes)


def _grant_memberships(connection: psycopg.Connection, role: RoleRecord) -> None:
    held = connection.execute(
        "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid "
        "JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s",
        (role.name,),
    ).fetchall()
    for group in sorted(set(role.member_of) - {name for (name,) in held}):
        grant = sql.SQL("GRANT {} TO {}")
        connection.execute(grant.format(sql.Identifier(group), sql.Identifier(role.name)))


def _load(
    server: Administered,
    configuration: Configuration,
    manifest: Manifest,
    database: str,
    progress: Progress,
) -> tuple[str | None, float]:
    """Stream the archive through ``pg_restore``; return what it complained about.

    The second is how long the store was waited for meanwhile, in seconds.
    """
    total_bytes = manifest.objects[0].content_size_bytes
    # A name with "=" in it would be read as a connection string, so it always is one.
    arguments = [f"--dbname={make_conninfo(dbname=database)}"]
    program = server.binaries.tool("pg_restore")
    chosen = _without_guards(server, configuration, manifest)
    begins_at = server.log.stat().st_size if server.log else 0

    def report(done_bytes: int) -> None:
        progress.amount("reload.loaded", done_bytes, total_bytes, "bytes")

    with (
        NamedTemporaryFile() as listed,
        open_archive(configuration, manifest, report=report) as archive,
    ):
        if chosen is not None:
            listed.write(chosen)
            listed.flush()
            arguments.append(f"--use-list={listed.name}")
        with running_tool(
            program, arguments, server.administrator(database), stdin=archive.fileno()
        ) as tool:
            finished = tool.finish()
    require_time()
    if finished.exit_code == 0:
        return None, archive.store_s
    told = log_since(server.log, begins_at) if server.log else ""
    require_room(configuration.scratch_directory, finished.messages, told)
    return finished.messages or f"it ended with status {finished.exit_code}", archive.store_s


def _without_guards(
    server: Administered, configuration: Configuration, manifest: Manifest
) -> bytes | None:
    """List what to restore of an archive from a protected database; None where it is all.

    No dump can leave triggers out. Those of the database that was backed up are not the copy's,
    which gets its own when it takes the place.
    """
    program = server.binaries.tool("pg_restore")
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(program, ["--list"], {}, stdin=archive.fileno(), stdout=PIPE) as tool,
    ):
        entries = list(tool.process.stdout or ())
        finished = tool.finish()
    kept = [entry for entry in entries if not GUARD_ENTRY.search(entry)]
    # A list that could not be read whole would restore less, without a complaint.
    return b"".join(kept) if finished.exit_code == 0 and len(kept) < len(entries) else None


def _archived_schema(server: Administered, configuration: Configuration, manifest: Manifest) -> str:
    """Take the fingerprint of the schema that the archive holds.

    PostgreSQL writes some expressions differently once they have been restored (``IN`` over
    varchar in a constraint, for one), so that source and faithful copy do not always have the
    same text. The archive has the source's own; where every statement of it was executed
    without complaint, the copy's schema is the archive's.
    """
    program = server.binaries.tool("pg_restore")
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(
            program, ["--schema-only", "--file=-"], {}, stdin=archive.fileno(), stdout=PIPE
        ) as tool,
    ):
        fingerprint = fingerprint_of(tool.process.stdout or ())
        finished = tool.finish()
    return fingerprint if finished.exit_code == 0 else "unreadable"


def _check_load(complaints: str | None) -> Check:
    """Ask whether everything could be created; the backup's own bytes are known to be whole."""
    if complaints is None:
        return Check("load", "ok", "pg_restore had no complaint")
    detail = "; ".join(complaints.splitlines()[:COMPLAINTS_SHOWN])
    if NO_WAY_OUT in complaints and is_cut_off():
        detail = f"the copy has no network, and something in it needs one (drill.network): {detail}"
        return Check("load", "inconclusive", detail)
    return Check("load", "failed", detail)


def check_recorded(configuration: Configuration, manifest: Manifest) -> list[Check]:
    """Warn of a backup that only its own manifest speaks for: whoever wrote both made them fit."""
    if is_recorded(configuration, manifest):
        return []
    return [Check("ledger", "warning", UNRECORDED)]


@contextmanager
def timed(parts_s: dict[str, float], name: str) -> Iterator[None]:
    """Take down how long a part took."""
    begun = time.monotonic()
    yield
    parts_s[name] = round(time.monotonic() - begun, 3)
