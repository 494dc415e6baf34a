"""A server of others, as the role that restores on it: how to reach it, and what it may do."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.backups.source import as_connected
from strongroom.config import Configuration
from strongroom.errors import RestoreError, ServerError
from strongroom.identity.address import administrator_of, connection_of, has_administrator
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.roles import GRANT_OPTIONS_SINCE
from strongroom.server.binaries import Binaries, find_binaries

LIBPQ_MAJOR = 10_000
MAINTENANCE = ("postgres", "template1", "defaultdb")
"""Databases that are on most servers: two others can be renamed from there."""
NAME_BYTES = 63
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")

_RIGHTS = """
SELECT r.rolname::text, r.rolsuper, r.rolcreatedb,
       pg_has_role(r.oid, 'pg_signal_backend', 'USAGE')
FROM pg_roles AS r WHERE r.rolname = current_user
"""
_NOT_HELD = """
SELECT o.rolname::text, o.rolsuper FROM pg_roles AS o
WHERE o.rolname = ANY(%s) AND NOT pg_has_role(current_user, o.oid, %s) ORDER BY o.rolsuper DESC, 1
"""
_UNKNOWN = "SELECT n FROM unnest(%s::text[]) AS n WHERE n NOT IN (SELECT rolname FROM pg_roles)"
# PostgreSQL shows the unsigned number as a signed one.
_SYSTEM_IDENTIFIER = (
    "SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE') THEN "
    "(SELECT trunc(mod(system_identifier + 2::numeric ^ 64, 2::numeric ^ 64))::text "
    "FROM pg_control_system()) END"
)
_DIRECTORY = (
    "SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') "
    "THEN current_setting('data_directory') END"
)


@dataclass(frozen=True)
class OthersServer:
    """A server that others run, reached by the role that has most rights here."""

    info: ConnectionInfo
    """Without the name of a database."""
    name: str
    """The database that the configuration is about."""
    maintenance: str
    binaries: Binaries
    role: str
    superuser: bool
    system_identifier: int | None
    data_directory: Path | None
    """Where the server says that it has its files, if that is on this machine."""
    log: Path | None = None
    """Its own log is not ours to read."""

    def administrator(self, database: str | None = None) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for that role."""
        return {**self.info, "dbname": database or self.maintenance}

    @contextmanager
    def connected(
        self, database: str | None = None, *, autocommit: bool = True
    ) -> Iterator[psycopg.Connection]:
        """Connect to one database of it, by default to one that is not about to be renamed."""
        with (
            connect(self.administrator(database), autocommit=autocommit) as connection,
            database_errors("restoring on a server of others"),
        ):
            yield connection

    def free_bytes(self) -> int | None:
        """Room on the disk of the server; None where this machine cannot know."""
        return shutil.disk_usage(self.data_directory).free if self.data_directory else None


def others_server(configuration: Configuration) -> OthersServer:
    """Reach the server of a configuration, by its administrator where one is known here.

    Raises:
        ServerError: it cannot be reached.
        RestoreError: there is no second database to work from.
        BinariesMissingError: PostgreSQL's programs of its version are not on this machine.
    """
    application = connection_of(configuration)
    known = has_administrator(configuration)
    info = administrator_of(configuration) if known else application
    name = str(application.get("dbname") or configuration.database)
    rest = {key: value for key, value in info.items() if key != "dbname"}
    maintenance = _maintenance(rest, name)
    with (
        connect({**rest, "dbname": maintenance}, autocommit=True) as connection,
        database_errors("asking a server for its rights"),
    ):
        role, superuser, _, _ = connection.execute(_RIGHTS).fetchall()[0]
        identifier = connection.execute(_SYSTEM_IDENTIFIER).fetchall()[0][0]
        directory = connection.execute(_DIRECTORY).fetchall()[0][0]
        host = connection.info.host
        rest = {key: one for key, one in as_connected(connection).items() if key != "dbname"}
        major = connection.info.server_version // LIBPQ_MAJOR
    return OthersServer(
        info=rest,
        name=name,
        maintenance=maintenance,
        binaries=find_binaries(major),
        role=role,
        superuser=superuser,
        system_identifier=int(identifier) if identifier else None,
        data_directory=_local(host, directory),
    )


def _maintenance(info: ConnectionInfo, name: str) -> str:
    refused: ServerError | None = None
    for database in MAINTENANCE:
        if database == name:
            continue
        try:
            connect({**info, "dbname": database}).close()
        except ServerError as error:
            refused = refused or error
            continue
        return database
    why = refused.message if refused else "there is none"
    raise RestoreError(
        f"A database beside the one to be replaced is needed to work from: {why}",
        next_step=f"let this role connect to one of {', '.join(MAINTENANCE)}, then repeat",
    )


def _local(host: str, directory: str | None) -> Path | None:
    """The server's directory, if it is on this machine and may be looked at."""
    if directory is None or not (host.startswith("/") or host in LOCAL_HOSTS):
        return None
    path = Path(directory)
    try:
        return path if path.is_dir() else None
    except OSError:
        return None


def require_rights(connection: psycopg.Connection, owners: Iterable[str], *, swap: bool) -> None:
    """Refuse before anything is made what this role could not finish.

    Args:
        connection: as the role that is going to do it.
        owners: roles that are to own something in the new database.
        swap: whether sessions of others will have to be ended.

    Raises:
        RestoreError: it lacks a right; the message names it.
    """
    role, superuser, may_create, may_end = connection.execute(_RIGHTS).fetchall()[0]
    named = sorted({one for one in owners if not one.startswith("pg_")})
    missing = [one for (one,) in connection.execute(_UNKNOWN, [named]).fetchall()]
    if missing:
        raise RestoreError(
            f"What is in the backup belongs to roles that this server does not have: "
            f"{', '.join(missing)}. Nothing was made.",
            next_step=f"as its administrator: CREATE ROLE {_quoted(missing[0])} NOLOGIN",
        )
    if superuser:
        return
    if not may_create:
        raise _lacks(role, "CREATEDB", f"ALTER ROLE {_quoted(role)} CREATEDB")
    right = "SET" if connection.info.server_version >= GRANT_OPTIONS_SINCE else "MEMBER"
    foreign = connection.execute(_NOT_HELD, [named, right]).fetchall()
    if foreign:
        grant = f"GRANT {_quoted(foreign[0][0])} TO {_quoted(role)}"
        over_all = foreign[0][1]
        raise _lacks(
            role,
            f"membership of {', '.join(one for one, _ in foreign)}",
            None if over_all else grant,
        )
    if swap and not may_end:
        grant = f"GRANT pg_signal_backend TO {_quoted(role)}"
        raise _lacks(role, "the right to end the sessions of others", grant)


def _lacks(role: str, what: str, mend: str | None) -> RestoreError:
    """The error that names what mends it: none where an application would become a superuser."""
    administrator = 'administrator = "$VARIABLE" beside the url'
    return RestoreError(
        f"Role {role} lacks {what} on this server, which this restore needs. Nothing was made.",
        next_step=f"as its administrator: {mend}; or {administrator}"
        if mend
        else f"{administrator} in strongroom.toml, with a superuser's address in that variable",
    )


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def name_beside(name: str, what: str, swap_id: str) -> str:
    """A name for a database beside another: of what it is, and as short as PostgreSQL wants it."""
    end = f"_{what}_{swap_id.lower().replace('-', '_')}"
    kept = name.encode()[: NAME_BYTES - len(end)].decode(errors="ignore")
    return f"{kept}{end}"
