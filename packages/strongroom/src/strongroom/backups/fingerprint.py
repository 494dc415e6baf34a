"""One hash for everything that a database is made of besides its rows."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable

from strongroom.backups.dump import WITHOUT_PROTECTION, failed_dump
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.tools import NEVER_WAIT_FOREVER, running_tool
from strongroom.server.binaries import Binaries

CHANGING_LINES = (
    b"-- Dumped from database version ",
    b"-- Dumped by pg_dump version ",
    b"\\restrict ",
    b"\\unrestrict ",
)
"""What differs between two dumps of the same schema: versions, and a random word."""

FILLING_COMMAND = b"REFRESH MATERIALIZED VIEW "
FILLING_TITLE = b"; Type: MATERIALIZED VIEW DATA; "
"""What an archive counts as schema and ``pg_dump --schema-only`` does not."""

# The guards of one database, which its copies get anew. Only an event trigger's statement has
# several lines; its second one names the function.
GUARD = re.compile(
    rb"(CREATE|ALTER) EVENT TRIGGER strongroom_"
    rb"|   EXECUTE FUNCTION strongroom_guard\."
    rb"|CREATE TRIGGER .* EXECUTE FUNCTION strongroom_guard\."
    rb"|ALTER TABLE .* ENABLE ALWAYS TRIGGER strongroom_"
    rb"|-- Name: (.* )?strongroom_\w+; Type: (EVENT )?TRIGGER;"
)


def schema_fingerprint(
    binaries: Binaries, conninfo: ConnectionInfo, *, snapshot_id: str | None = None
) -> str:
    """The sha256 of ``pg_dump --schema-only``, without the lines that change by themselves.

    Raises:
        TablesLockedError: a table was locked by another session.
        BackupError: pg_dump failed.
    """
    arguments = ["--schema-only", NEVER_WAIT_FOREVER, *WITHOUT_PROTECTION]
    if snapshot_id is not None:
        arguments.append(f"--snapshot={snapshot_id}")
    program = binaries.tool("pg_dump")
    with running_tool(program, arguments, conninfo, stdout=subprocess.PIPE) as tool:
        fingerprint = fingerprint_of(tool.process.stdout or ())
        finished = tool.finish()
    if finished.exit_code != 0:
        raise failed_dump(finished, conninfo)
    return fingerprint


def fingerprint_of(lines: Iterable[bytes]) -> str:
    """The sha256 of a schema as SQL, whether pg_dump wrote it or an archive gave it back."""
    sha256 = hashlib.sha256()
    for line in lines:
        if line.startswith((*CHANGING_LINES, FILLING_COMMAND)) or FILLING_TITLE in line:
            continue
        if GUARD.match(line):
            continue
        if line.strip() not in {b"", b"--"}:
            sha256.update(line)
    return sha256.hexdigest()
