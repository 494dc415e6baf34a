"""Run PostgreSQL's client programs: passwords by environment, complaints without values."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from psycopg.pq import Conninfo

from strongroom.errors import DatabaseError
from strongroom.postgres.bounds import gently
from strongroom.postgres.connections import APPLICATION_NAME, ConnectionInfo

VARIABLES = {
    option.keyword.decode(): option.envvar.decode()
    for option in Conninfo.get_defaults()
    if option.envvar
}
"""By which variable libpq takes each keyword of a connection; a few fine settings have none."""

PASSED_ON = ("PATH", "HOME", "PGPASSFILE", "PGSERVICEFILE")
WITH_VALUES = ("DETAIL:", "CONTEXT:", "HINT:", "STATEMENT:", "Command was:", "pg_restore: detail:")
NEVER_WAIT_FOREVER = "--lock-wait-timeout=10s"
"""For pg_dump on an exported snapshot: see ``snapshots.adopt_snapshot`` for the reason."""
MESSAGES_MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class Finished:
    """How a program ended, and what it said."""

    exit_code: int
    messages: str


class RunningTool:
    """One program at work; its streams are ``process.stdin`` and ``process.stdout``."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes], secret: str) -> None:
        self.process = process
        self._stderr = stderr
        self._secret = secret

    def finish(self) -> Finished:
        """Wait for the end. How it ended is for the caller to judge."""
        exit_code = self.process.wait()
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - MESSAGES_MAX_BYTES))
        said = self._stderr.read().decode(errors="replace")
        return Finished(exit_code, scrubbed(said, self._secret))


@contextmanager
def running_tool(
    program: Path,
    arguments: Sequence[str],
    conninfo: ConnectionInfo,
    *,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
) -> Iterator[RunningTool]:
    """Start a client program; whatever still runs at the end of the context is killed."""
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            gently([str(program), *arguments]),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=tool_environment(conninfo),
        )
        try:
            yield RunningTool(process, stderr, str(conninfo.get("password", "")))
        finally:
            _end(process)


def run_tool(program: Path, arguments: Sequence[str], conninfo: ConnectionInfo) -> None:
    """Run a client program to its end.

    Raises:
        DatabaseError: it failed; the message has its complaints.
    """
    with running_tool(program, arguments, conninfo) as tool:
        finished = tool.finish()
    if finished.exit_code != 0:
        raise DatabaseError(
            f"{program.name} failed with status {finished.exit_code}: {finished.messages}",
            next_step="strongroom check",
        )


def tool_environment(conninfo: ConnectionInfo) -> dict[str, str]:
    """The whole environment of a client program: how to connect, and little else.

    pg_dump and pg_restore empty the search path themselves, by their first statement. They take
    the database's own encoding: bytes that belong to none (SQL_ASCII) could not be translated.
    """
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    given = {"application_name": APPLICATION_NAME, **conninfo}
    known = VARIABLES.keys() - {"client_encoding"}
    told = {VARIABLES[name]: str(given[name]) for name in given if name in known}
    return {**kept, "LC_ALL": "C", **told}


def scrubbed(messages: str, secret: str) -> str:
    """Complaints without the lines that quote values of rows, and without the password."""
    lines = (line for line in messages.splitlines() if not line.lstrip().startswith(WITH_VALUES))
    text = "\n".join(lines).strip()
    return text.replace(secret, "…") if secret else text


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except BrokenPipeError:
                continue  # it ended before it had read everything; its status tells
