"""What must be true of the application's data, asked of the restored copy.

Questions are the application's own: a query that returns a row for each thing that is wrong, or a
function of its own that gets a connection. Both ask as a role that may read and nothing else; no
code of the copy's owners runs with more rights than that. Rows are counted, never told.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.drills.comparison import Check, Status
from strongroom.drills.invariant_call import call_function
from strongroom.drills.settings import DrillSettings, Invariant
from strongroom.postgres.bounds import network_can_be_cut, require_time
from strongroom.postgres.connections import (
    ConnectionInfo,
    connect,
    connect_as_configured,
    database_errors,
    words_of,
)
from strongroom.progress import SILENT, Progress
from strongroom.server.supervisor import RunningServer

COUNTED_MAX = 1_000
FETCHED_AT_ONCE = 100
TEMPORARY_FILES_MAX = "1GB"

WRAPPERS = (
    "SELECT fdwname, fdwhandler::regproc::text FROM pg_foreign_data_wrapper WHERE fdwhandler <> 0"
)


def check_invariants(
    server: RunningServer,
    database: str,
    settings: DrillSettings,
    directory: Path,
    progress: Progress = SILENT,
) -> list[Check]:
    """Ask each invariant of a copy that can be written to.

    Args:
        server: of the copy.
        database: its name there.
        settings: what to ask, and what asking may take.
        directory: where the application's modules are looked for.
        progress: told of each answer.

    Raises:
        TimeLimitError: the time of the drill is up.
    """
    if not settings.invariants:
        return []
    checks = []
    with _reader(server, database) as conninfo:
        for done, one in enumerate(settings.invariants, 1):
            checks.append(_ask(one, conninfo, settings, directory))
            require_time()
            progress.amount("drill.invariants", done, len(settings.invariants), "invariants")
    return [*checks, *_reach(settings)]


def _ask(
    one: Invariant, conninfo: ConnectionInfo, settings: DrillSettings, directory: Path
) -> Check:
    if one.python is not None:
        return call_function(one, conninfo, settings, directory)
    try:
        count = _wrong_rows(one, conninfo)
    except psycopg.Error as error:
        return _check(one, "inconclusive", f"it could not be asked: {words_of(error)}")
    if count == 0:
        return _check(one, "ok", "nothing breaks it")
    told = f"{count:,}" if count <= COUNTED_MAX else f"more than {COUNTED_MAX:,}"
    return _check(one, "failed", f"broken: {told} {'row' if count == 1 else 'rows'}")


def _wrong_rows(one: Invariant, conninfo: ConnectionInfo) -> int:
    """Count what the query returns, a little further than is told, in constant memory."""
    limited = {**conninfo, "options": f"-c statement_timeout={int(one.timeout_s * 1000)}"}
    count = 0
    with connect_as_configured(limited) as connection:
        connection.read_only = True
        with connection.cursor("invariant") as cursor:
            cursor.execute(one.sql or "")
            while count <= COUNTED_MAX and (rows := cursor.fetchmany(FETCHED_AT_ONCE)):
                count += len(rows)
        connection.rollback()
    return count


def _check(one: Invariant, status: Status, detail: str) -> Check:
    return Check(f"invariant {one.name}", status, detail)


def _reach(settings: DrillSettings) -> Sequence[Check]:
    """Say where code of the copy could have reached others."""
    if settings.network or network_can_be_cut():
        return []
    detail = "the system does not let us cut the copy off from the network; foreign tables were off"
    return [Check("isolation", "warning", detail)]


@contextmanager
def _reader(server: RunningServer, database: str) -> Iterator[ConnectionInfo]:
    """A role for the questions, gone afterwards; meanwhile no foreign table leads anywhere."""
    role, password = f"strongroom_asking_{secrets.token_hex(4)}", secrets.token_urlsafe(32)
    with (
        connect(server.administrator(database), autocommit=True) as connection,
        database_errors("asking the invariants"),
    ):
        _make_reader(connection, role, password)
        wrappers = connection.execute(WRAPPERS).fetchall()
        for name, _ in wrappers:
            _alter_wrapper(connection, name, "NO HANDLER")
        yield server.conninfo(role=role, database=database, password=password)
        for name, handler in wrappers:
            _alter_wrapper(connection, name, f"HANDLER {handler}")
        _statement(connection, "DROP OWNED BY {}", role)
        _statement(connection, "DROP ROLE {}", role)


def _make_reader(connection: psycopg.Connection, role: str, password: str) -> None:
    """Row security must hide nothing from a question, so that a silent answer means something."""
    made = sql.SQL(
        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS "
        "PASSWORD {} IN ROLE pg_read_all_data"
    )
    connection.execute(made.format(sql.Identifier(role), sql.Literal(password)))
    settings = {
        "default_transaction_read_only": "on",
        "row_security": "off",
        "temp_file_limit": TEMPORARY_FILES_MAX,
    }
    for name, value in settings.items():
        _statement(connection, f"ALTER ROLE {{}} SET {name} = '{value}'", role)
    named = sql.Identifier(connection.info.dbname)
    granted = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
    connection.execute(granted.format(named, sql.Identifier(role)))


def _alter_wrapper(connection: psycopg.Connection, name: str, what: str) -> None:
    altered = sql.SQL("ALTER FOREIGN DATA WRAPPER {} " + what)
    connection.execute(altered.format(sql.Identifier(name)))


def _statement(connection: psycopg.Connection, text: str, role: str) -> None:
    connection.execute(sql.SQL(text).format(sql.Identifier(role)))
