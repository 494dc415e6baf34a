"""Run ``pg_dump`` into an object of the store."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from strongroom.backups.stream import Report, StoredObject, encrypt
from strongroom.errors import BackupError
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.tools import NEVER_WAIT_FOREVER, running_tool
from strongroom.server.binaries import Binaries
from strongroom.storage import ObjectWriter

FORMAT_ARGUMENTS = ("--format=custom", "--compress=0", NEVER_WAIT_FOREVER)
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
        raise BackupError(
            f"pg_dump failed with status {finished.exit_code}: {finished.messages}",
            next_step="strongroom check",
        )
    return stored
