"""What ends a drill without saying anything about the backup: a full disk, too little memory.

Programs and servers that run out of something complain in the words of whoever meets damage. Such
a complaint must neither refute a backup nor count for it.
"""

from __future__ import annotations

import errno
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from strongroom.drills.comparison import Check
from strongroom.errors import (
    BinariesMissingError,
    DamagedBackupError,
    DatabaseError,
    NoPermissionError,
    NoSpaceError,
    ServerError,
    StrongroomError,
    TimeLimitError,
    WrongMajorVersionError,
)
from strongroom.postgres.bounds import current_bounds, time_is_up, time_limit_error
from strongroom.server.complaints import NO_SPACE, error_from_os
from strongroom.server.launch import log_since

OF_THE_MACHINE = (BinariesMissingError, NoPermissionError, WrongMajorVersionError)
OUT_OF_RESOURCES = "53"
"""The class of conditions such as out_of_memory and too_many_connections."""
ENDED_FROM_OUTSIDE = {"57014", "57P01"}
"""A statement that was cancelled, a server that was told to stop."""
WRONG_NAMES = {errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}
"""What the names in an archive lead to when they are not those of a data directory."""


def require_room(directory: Path, *told: str) -> None:
    """Tell a full disk from damage, by what programs and servers said.

    Raises:
        NoSpaceError: one of them ran out of room; that says nothing about the backup.
    """
    if any(words in text for text in told for words in NO_SPACE):
        raise NoSpaceError(
            "The disk became full while a backup was being restored; that says nothing about "
            "the backup.",
            next_step=f"free space in {directory}, then repeat",
        )


@contextmanager
def room_needed(directory: Path, log: Path | None) -> Iterator[None]:
    """Look, where something fails, whether the server had only run out of room.

    Raises:
        NoSpaceError: it had.
    """
    begins_at = log.stat().st_size if log and log.exists() else 0
    try:
        yield
    except (ServerError, DatabaseError) as error:
        require_room(directory, error.message, log_since(log, begins_at) if log else "")
        raise
    except OSError as error:
        raise error_from_os(error, doing="restoring a backup") from error


@contextmanager
def archive_believed_in_nothing() -> Iterator[None]:
    """Tell what is wrong with an archive from what is wrong with the disk that it is laid out on.

    Raises:
        DamagedBackupError: it is no archive, or not one of a data directory.
        NoSpaceError: the disk became full.
    """
    try:
        yield
    except tarfile.TarError as error:
        raise _no_data_directory(str(error)) from error
    except OSError as error:
        if error.errno in WRONG_NAMES:
            raise _no_data_directory(str(error.strerror)) from error
        raise error_from_os(error, doing="laying out a backup") from error


def check_broken(name: str, error: StrongroomError) -> Check:
    """The check that an error stands for: of the machine, or of the backup."""
    if isinstance(error, TimeLimitError) or time_is_up(current_bounds()):
        return Check("time", "inconclusive", time_limit_error().message)
    return Check(name, "inconclusive" if _says_nothing(error) else "failed", error.message)


def _says_nothing(error: StrongroomError) -> bool:
    cause = error.__cause__
    sqlstate = (cause.sqlstate or "") if isinstance(cause, psycopg.Error) else ""
    return (
        isinstance(error, OF_THE_MACHINE)
        or sqlstate.startswith(OUT_OF_RESOURCES)
        or sqlstate in ENDED_FROM_OUTSIDE
    )


def _no_data_directory(what: str) -> DamagedBackupError:
    return DamagedBackupError(
        f"An archive of the backup cannot be laid out as a data directory: {what}.",
        next_step="strongroom backups, and use another one",
    )
