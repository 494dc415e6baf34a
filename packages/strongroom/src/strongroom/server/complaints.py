"""What PostgreSQL's programs complain about, as errors that say what to do."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from strongroom.errors import (
    NoPermissionError,
    NoSpaceError,
    ServerError,
    StrongroomError,
    WrongMajorVersionError,
)

SEVERE = re.compile(r"(?:FATAL|PANIC|ERROR|initdb: error|could not [^\n]*?):\s+(.*)")
STILL_IN_USE = "pre-existing shared memory block"
NO_SPACE = ("No space left on device", "Disk quota exceeded")
NO_PERMISSION = ("Permission denied", "Read-only file system", "has wrong ownership")
OTHER_VERSION = ("database files are incompatible with server", "incompatible with this version")


def error_from(output: str, *, doing: str, log: Path | None = None) -> StrongroomError:
    """The error that a program's output stands for."""
    said = _worst_line(output)
    if any(words in output for words in NO_SPACE):
        return NoSpaceError(
            f"The disk is full: {doing} failed ({said}).",
            next_step="make room on that disk, then run the same command again",
        )
    if any(words in output for words in NO_PERMISSION):
        return NoPermissionError(
            f"The operating system does not allow it: {doing} failed ({said}).",
            next_step="run the command as the user that owns the directory",
        )
    if any(words in output for words in OTHER_VERSION):
        return WrongMajorVersionError(
            f"The data belongs to another version of PostgreSQL: {doing} failed ({said}).",
            next_step="set PG_BIN to the programs of the data's version",
        )
    where = f"read {log}" if log else "run the same command again"
    return ServerError(f"PostgreSQL failed: {doing} ({said}).", next_step=where)


def error_from_os(error: OSError, *, doing: str) -> StrongroomError:
    """The error that a failed system call stands for."""
    said = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return error_from(_told_by(NO_SPACE, said), doing=doing)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return error_from(_told_by(NO_PERMISSION, said), doing=doing)
    return ServerError(f"{doing} failed ({said}).", next_step="run the same command again")


def _told_by(words: tuple[str, ...], said: str) -> str:
    """What was said, in words that tell its kind."""
    return said if any(one in said for one in words) else f"{words[0]}: {said}"


def _worst_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    severe = [line for line in lines if SEVERE.search(line)]
    if not lines:
        return "it said nothing"
    chosen = severe[0] if severe else lines[-1]
    match = re.search(r"(?:FATAL|PANIC|ERROR|error):\s+(.*)", chosen)
    return match[1] if match else chosen
