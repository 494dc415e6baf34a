"""Look for damage in tables and indexes that no digest of rows can show, by ``pg_amcheck``."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from psycopg.conninfo import make_conninfo

from strongroom.drills.comparison import Check, Status
from strongroom.drills.interruptions import require_room
from strongroom.drills.lacking import status_of
from strongroom.postgres.bounds import require_time
from strongroom.postgres.connections import connect
from strongroom.postgres.tools import running_tool
from strongroom.server.supervisor import RunningServer

DAMAGE_FOUND = 2
"""The exit status of ``pg_amcheck`` that says what was looked for; others say that it was not."""
WRONG_LINES = 5
JOBS = 2
"""How many relations are looked into at once."""


def check_indexes(server: RunningServer, databases: Sequence[str]) -> Check:
    """Look into all tables and B-tree indexes of these databases of a copy.

    It leaves the extension amcheck there.

    Raises:
        NoSpaceError, TimeLimitError: it ended for want of something; that says nothing.
    """
    missing = _missing_amcheck(server)
    if missing:
        return Check("indexes", "warning", missing)
    wrong = [found for found in (_wrong_in(server, name) for name in databases) if found]
    if not wrong:
        return Check("indexes", "ok", "pg_amcheck found nothing wrong in tables and B-tree indexes")
    told = "; ".join([line for _, lines in wrong for line in lines][:WRONG_LINES])
    failed = any(status == "failed" for status, _ in wrong)
    return Check("indexes", status_of(told) if failed else "inconclusive", told)


def _wrong_in(server: RunningServer, database: str) -> tuple[Status, list[str]] | None:
    program = server.binaries.tool("pg_amcheck")
    # A name with "=" in it would be read as a connection string, so it always is one.
    arguments = [f"--jobs={JOBS}", "--install-missing", make_conninfo(dbname=database)]
    info = server.administrator(database)
    with running_tool(program, arguments, info, stdout=subprocess.PIPE) as tool:
        found = (tool.process.stdout.read() if tool.process.stdout else b"").decode()
        finished = tool.finish()
    if finished.exit_code == 0:
        return None
    require_time()
    require_room(server.socket_directory, found, finished.messages)
    lines = [line for line in (found or finished.messages).splitlines() if line.strip()]
    status: Status = "failed" if finished.exit_code == DAMAGE_FOUND else "inconclusive"
    return status, lines or [f"pg_amcheck ended with status {finished.exit_code}"]


def _missing_amcheck(server: RunningServer) -> str | None:
    query = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck')"
    with connect(server.administrator()) as connection:
        if connection.execute(query).fetchall()[0][0]:
            return None
    return "not looked at: the extension amcheck is not installed on this machine"
