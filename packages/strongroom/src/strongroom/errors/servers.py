"""Errors of PostgreSQL: its servers, its programs and its databases."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


class ServerError(StrongroomError):
    """A PostgreSQL server could not be found, started, reached or stopped."""

    code = "server"


class ServerStartingError(ServerError):
    """The server answers that it takes no connections yet."""

    code = "server_starting"


class BinariesMissingError(ServerError):
    """PostgreSQL's programs are not on this machine, or not in the version that is needed."""

    code = "binaries_missing"


class NotADataDirectoryError(ServerError):
    """The directory holds something, and it is not a PostgreSQL cluster."""

    code = "not_a_data_directory"


class WrongMajorVersionError(ServerError):
    """The data directory belongs to another major version of PostgreSQL."""

    code = "wrong_major_version"


class NoPermissionError(ServerError):
    """The operating system does not let us read or write what the work needs."""

    code = "no_permission"


class ServerHeldError(ServerError):
    """Another process holds the server, so that this act must wait for it."""

    code = "server_held"


class DatabaseError(StrongroomError):
    """PostgreSQL refused a statement; the message carries its words without any value."""

    code = "database"


class LogGoneError(DatabaseError):
    """The server has removed a part of its write-ahead log that is asked for."""

    code = "wal_gone"


class TablesLockedError(DatabaseError):
    """A table stayed locked by another session; the whole act can be tried again."""

    code = "tables_locked"


class NoProofPointError(DatabaseError):
    """No moment could be found at which snapshot and log were sure to agree."""

    code = "no_proof_point"
