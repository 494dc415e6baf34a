"""Read what is not ours so that it does not show: no time of access moves, no link is followed.

What is looked through may be huge, damaged or hostile: every read has a limit, nothing but plain
files is opened, and a budget of entries and seconds ends every walk.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WITHOUT_TRACE = getattr(os, "O_NOATIME", 0)
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_DIRECTORY = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
_CLOCK_EVERY = 256


class Budget:
    """How many entries may be looked at, and for how long; ``spent`` once it is used up."""

    def __init__(self, *, entries_max: int, duration_max_s: float) -> None:
        self.entries = 0
        self.spent = False
        self._entries_max = entries_max
        self._ends_at = time.monotonic() + duration_max_s

    def take(self) -> bool:
        """Count one entry; False where no more may be looked at."""
        self.entries += 1
        asks_the_clock = self.entries % _CLOCK_EVERY == 0
        late = asks_the_clock and time.monotonic() > self._ends_at
        self.spent = self.spent or late or self.entries > self._entries_max
        return not self.spent


def read_quietly(path: Path, limit: int) -> bytes | None:
    """The first ``limit`` bytes of a plain file; None where there is no plain file.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        descriptor = _opened(path, _FILE)
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


@contextmanager
def entries_of(directory: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    """The entries of a directory, whose ``path`` is their name alone.

    Raises:
        OSError: it is none, or may not be read.
    """
    descriptor = _opened(directory, _DIRECTORY)
    try:
        with os.scandir(descriptor) as entries:
            yield entries
    finally:
        os.close(descriptor)


def names_in(directory: Path) -> set[str] | None:
    """The names in a directory; None where there is no directory.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with entries_of(directory) as entries:
            return {entry.name for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_directory(path: Path) -> bool:
    """Whether a directory is there, as far as this user may see."""
    try:
        return path.is_dir()
    except OSError:
        return False


def home_directory() -> Path | None:
    """This user's home; None for a number without one, as containers often run as."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _opened(path: Path, flags: int) -> int:
    """Open without moving the time of access, which only the owner of a file may ask for."""
    try:
        return os.open(path, flags | _WITHOUT_TRACE)
    except PermissionError:
        return os.open(path, flags)
