"""Run ``pg_dump`` into an object of the store."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from strongroom.backups.stream import StoredObject, encrypt
from strongroom.backups.stream_ends import Report
from strongroom.errors import BackupError, StrongroomError, TablesLockedError
from strongroom.postgres.catalogue import PROTECTION_SCHEMA, quoted
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.tools import NEVER_WAIT_FOREVER, Finished, running_tool
from strongroom.server.binaries import Binaries
from strongroom.storage import ObjectWriter

# Guards and permits belong to one database in its place: a copy gets its own. A subscription
# that is restored would reach for its publisher.
WITHOUT_PROTECTION = (f"--exclude-schema={PROTECTION_SCHEMA}", "--no-subscriptions")
FORMAT_ARGUMENTS = ("--format=custom", "--compress=0", NEVER_WAIT_FOREVER, *WITHOUT_PROTECTION)
LOCKED_OUT = re.compile("canceling statement due to (lock|statement) timeout")
"""What ends pg_dump's wait for a lock: it limits the statement."""
KEPT_FROM_READING = re.compile("permission denied for|row-level security policy")
WITHOUT_LARGE_OBJECTS = "-B"
"""The option's only name that every version of pg_dump knows."""


def dump_encrypted(
    binaries: Binaries,
    conninfo: ConnectionInfo,
    destination: ObjectWriter,
    *,
    arguments: Sequence[str],
    key: str,
    recipients: Sequence[str],
    report: Report,
) -> StoredObject:
    """Stream a dump through compression and encryption into ``destination``.

    Raises:
        TablesLockedError: a table was locked by another session; the backup can begin again.
        BackupError: pg_dump failed; what was written so far is worth nothing.
    """
    with running_tool(
        binaries.tool("pg_dump"),
        [*FORMAT_ARGUMENTS, *arguments],
        conninfo,
        stdout=subprocess.PIPE,
    ) as tool:
        if tool.process.stdout is None:
            raise AssertionError("a piped process has its stream")
        stored = encrypt(
            tool.process.stdout, destination, key=key, recipients=recipients, report=report
        )
        finished = tool.finish()
    if finished.exit_code != 0:
        raise failed_dump(finished, conninfo)
    return stored


def failed_dump(finished: Finished, conninfo: ConnectionInfo) -> StrongroomError:
    """The error for a pg_dump that failed; a lock that was not free in time is a kind of its own.

    pg_dump locks every table once more, behind whoever has asked for it since we did.
    """
    if LOCKED_OUT.search(finished.messages):
        return TablesLockedError(
            "A table stayed locked by another session while pg_dump was waiting for it.",
            next_step="wait until that session (a migration?) is finished, then try again",
        )
    if KEPT_FROM_READING.search(finished.messages):
        role = str(conninfo.get("user", ""))
        name = quoted(role)
        return BackupError(
            f"The role {role} may not read everything that is to be backed up: {finished.messages}",
            next_step=f"as superuser: GRANT pg_read_all_data TO {name}; ALTER ROLE {name} "
            'BYPASSRLS; or name a role that has both: backup = "$VARIABLE" in [database]',
        )
    return BackupError(
        f"pg_dump failed with status {finished.exit_code}: {finished.messages}",
        next_step="strongroom check",
    )
