"""Exchange two directories in one atomic step of the file system."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from strongroom.errors import ServerError
from strongroom.server.complaints import error_from_os

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # Linux, renameat2(2)
RENAME_SWAP = 2  # macOS, renamex_np(2)


def exchange_directories(a: Path, b: Path) -> None:
    """Let ``a`` and ``b`` change places: at no moment is either name missing.

    Raises:
        StrongroomError: the file system cannot do it; nothing has been changed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(a.absolute()), os.fsencode(b.absolute())
    if sys.platform == "darwin":
        failed = libc.renamex_np(first, second, RENAME_SWAP)
    elif hasattr(libc, "renameat2"):
        failed = libc.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE)
    else:
        raise ServerError(
            f"This system cannot exchange {a} and {b} in one step, so neither was moved.",
            next_step="run strongroom where the C library has renameat2 (glibc 2.28 or newer)",
        )
    if failed:
        number = ctypes.get_errno()
        raise error_from_os(
            OSError(number, os.strerror(number)), doing=f"exchanging {a} and {b} in one step"
        )
    for parent in {a.absolute().parent, b.absolute().parent}:
        sync_directory(parent)


def sync_directory(directory: Path) -> None:
    """Make renames in ``directory`` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
