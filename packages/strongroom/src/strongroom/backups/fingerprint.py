"""One hash for everything that a database is made of besides its rows."""

from __future__ import annotations

import hashlib
import subprocess

from strongroom.errors import BackupError
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.tools import running_tool
from strongroom.server.binaries import Binaries

CHANGING_LINES = (
    b"-- Dumped from database version ",
    b"-- Dumped by pg_dump version ",
    b"\\restrict ",
    b"\\unrestrict ",
)
"""What differs between two dumps of the same schema: versions, and a random word."""


def schema_fingerprint(
    binaries: Binaries, conninfo: ConnectionInfo, *, snapshot_id: str | None = None
) -> str:
    """The sha256 of ``pg_dump --schema-only``, without the lines that change by themselves.

    Raises:
        BackupError: pg_dump failed.
    """
    arguments = ["--schema-only"]
    if snapshot_id is not None:
        arguments.append(f"--snapshot={snapshot_id}")
    sha256 = hashlib.sha256()
    program = binaries.tool("pg_dump")
    with running_tool(program, arguments, conninfo, stdout=subprocess.PIPE) as tool:
        for line in tool.process.stdout or ():
            if not line.startswith(CHANGING_LINES):
                sha256.update(line)
        finished = tool.finish()
    if finished.exit_code != 0:
        raise BackupError(
            f"The schema could not be read: {finished.messages}", next_step="strongroom check"
        )
    return sha256.hexdigest()
