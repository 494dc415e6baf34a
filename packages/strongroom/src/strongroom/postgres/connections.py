"""Connections to PostgreSQL, with errors that carry no values and no secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from strongroom.errors import DatabaseError, ServerError, ServerStartingError

ConnectionInfo = Mapping[str, str | int]
"""Keyword arguments of ``psycopg.connect``: host, port, user, dbname, perhaps password."""

APPLICATION_NAME = "strongroom"
CONNECT_TIMEOUT_S = 10
SEARCH_PATH = "pg_catalog, pg_temp"
_PINNED = "-c search_path=pg_catalog,pg_temp"
# Written so that it means the same under any search path.
_SUPERUSER = (
    b"SELECT r.rolsuper FROM pg_catalog.pg_roles AS r "
    b"WHERE r.rolname OPERATOR(pg_catalog.=) current_user"
)
_STARTING = ("is starting up", "is not yet accepting connections", "is in recovery mode")
# What to do about a server's refusals, by its own words: libpq gives no code of the condition.
_WAYS_ON = {
    # A pooler in transaction mode takes no settings of a session, and so none that forbid writes.
    "unsupported startup parameter": "give the server's own address: its pooler cannot keep a "
    "connection read-only",
    **dict.fromkeys(_STARTING, "wait until that server has recovered, then strongroom check"),
    "is not accepting connections": "give the primary's address: that standby has hot_standby off",
    "is shutting down": "start that server again, then strongroom check",
    "password authentication failed": "give that role its right password, by PGPASSWORD or "
    "~/.pgpass, or in the variable that holds the address",
    "no password supplied": "give that role its password, by PGPASSWORD or ~/.pgpass, or in the "
    "variable that holds the address",
    "too many": "close connections to that server, then strongroom check",
    "remaining connection slots": "close connections to that server, then strongroom check",
    "timeout expired": "see whether that server answers, or correct the address, then strongroom "
    "check",
    "does not exist": "correct the name in the address, or make what it names again, then "
    "strongroom check",
    "Connection refused": "start that server, or correct the address, then strongroom check",
}
DATA_EXCEPTION, CONSTRAINT_VIOLATION, RAISED_BY_CODE = "22", "23", "P0"


def connect(conninfo: ConnectionInfo, *, autocommit: bool = False) -> psycopg.Connection:
    """Open one connection for strongroom's own queries: names mean PostgreSQL's own things.

    Whoever may make functions in a schema on the search path could else have them run with the
    rights of the role that connects. The path is given at the start, so that no setting of the
    database or the role comes before it, and RESET leads back to it. Other settings stay as the
    server has them.

    Raises:
        ServerError: the server cannot be reached or does not let this role in; or a pooler keeps
            the path from it, and the role is a superuser.
    """
    pinned = {**conninfo, "options": _with_path(conninfo)}
    try:
        connection = _opened(pinned, autocommit=autocommit)
    except ServerError as error:
        if conninfo.get("options") or not _refuses_options(error):
            raise
        connection = _opened(conninfo, autocommit=autocommit)
    if not _is_pinned(connection) and _is_superuser(connection):
        connection.close()
        raise ServerError(
            f"The connection as role {conninfo.get('user')!r} leads over a pooler that does not "
            "let its search path be set: functions of others could run with its rights.",
            next_step="give the server's own address",
        )
    return connection


def connect_as_configured(
    conninfo: ConnectionInfo, *, autocommit: bool = False
) -> psycopg.Connection:
    """Open one connection for statements of the application's: names mean what they mean to it.

    Raises:
        ServerError: the server cannot be reached or does not let this role in.
    """
    return _opened(conninfo, autocommit=autocommit)


def _with_path(conninfo: ConnectionInfo) -> str:
    """The options that were given, and strongroom's search path after them."""
    given = conninfo.get("options") or os.environ.get("PGOPTIONS", "")
    return f"{given} {_PINNED}".strip()


def _opened(conninfo: ConnectionInfo, *, autocommit: bool) -> psycopg.Connection:
    # Names come as text also from a database in SQL_ASCII, which anybody's initdb may have made.
    given = {"application_name": APPLICATION_NAME, "client_encoding": "utf8", **conninfo}
    if "PGCONNECT_TIMEOUT" not in os.environ:  # a server that says nothing is not waited for
        given.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
    try:
        return psycopg.connect(**given, autocommit=autocommit)  # type: ignore[arg-type]  # libpq's names
    except psycopg.OperationalError as error:
        kind = ServerStartingError if _is_starting_up(error) else ServerError
        raise kind(
            f"The database {conninfo.get('dbname')!r} cannot be reached as role "
            f"{conninfo.get('user')!r}: {_first_line(error)}.",
            next_step=_way_on(error),
        ) from error


def _refuses_options(error: ServerError) -> bool:
    """Whether a pooler in between takes no settings of a session at all."""
    told = str(error.__cause__)
    return "startup parameter" in told or "command-line options" in told


def _is_pinned(connection: psycopg.Connection) -> bool:
    """Whether the path arrived: some poolers leave options out in silence.

    Servers since 18 tell it by themselves. The question opens no transaction.
    """
    told = connection.pgconn.parameter_status(b"search_path")
    if told is None:
        told = connection.pgconn.exec_(b"SHOW search_path").get_value(0, 0)
    return told is not None and told.decode().replace(" ", "") == SEARCH_PATH.replace(" ", "")


def _is_superuser(connection: psycopg.Connection) -> bool:
    return connection.pgconn.exec_(_SUPERUSER).get_value(0, 0) != b"f"


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn PostgreSQL's errors while ``doing`` something into ``DatabaseError``."""
    try:
        yield
    except psycopg.Error as error:
        raise DatabaseError(
            f"PostgreSQL failed while {doing}: {words_of(error)}.", next_step="strongroom check"
        ) from error


def words_of(error: psycopg.Error) -> str:
    """What PostgreSQL said, without any value of a row or parameter.

    Messages of data exceptions, constraint violations and user code quote values; of those
    only the name of the condition is told.
    """
    condition = type(error).__name__
    sqlstate = error.sqlstate or ""
    primary = error.diag.message_primary
    if primary is None:
        return condition if sqlstate else _first_line(error)
    if sqlstate[:2] in {DATA_EXCEPTION, CONSTRAINT_VIOLATION, RAISED_BY_CODE}:
        return condition
    return primary


def _is_starting_up(error: psycopg.Error) -> bool:
    """Whether the server answered that it does not take connections yet."""
    return any(words in str(error) for words in _STARTING)


def _way_on(error: psycopg.Error) -> str:
    said = str(error)
    known = (way for words, way in _WAYS_ON.items() if words in said)
    return next(known, "strongroom check")


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
