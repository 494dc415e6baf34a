"""Finding files on disk, and reading them without being led astray by what they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.parsers.parsed import UnreadableFileError


class IncomingFile(Protocol):
    """A file on its way in, from wherever."""

    @property
    def name(self) -> str:
        """What to call it; one line, without a path when it was uploaded."""

    def read(self) -> bytes:
        """The whole content, at most ``SIZE_MAX_BYTES``, or UnreadableFileError."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file whose content is here already."""

    name: str
    content: bytes

    def read(self) -> bytes:
        """The content."""
        if len(self.content) > SIZE_MAX_BYTES:
            raise too_large(len(self.content))
        return self.content


@dataclass(frozen=True)
class RefusedFile:
    """A file that was turned away before all of it was here."""

    name: str
    why: UnreadableFileError

    def read(self) -> bytes:
        """Nothing: the reason is raised."""
        raise self.why


@dataclass(frozen=True)
class FileOnDisk:
    """A path that somebody named, or that lies under a directory that somebody named."""

    path: Path

    @property
    def name(self) -> str:
        """The path as it can be printed and stored, whatever bytes the file system holds."""
        return os.fsencode(self.path).decode("utf-8", errors="replace")

    def read(self) -> bytes:
        """Read a regular file of reasonable size; anything else is refused unread."""
        try:
            # Without waiting: to open a pipe that nobody writes to would last for ever.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                facts = os.fstat(descriptor)
                if not stat.S_ISREG(facts.st_mode):
                    raise UnreadableFileError("Not a regular file.")
                if facts.st_size > SIZE_MAX_BYTES:
                    raise too_large(facts.st_size)
                return file.read(SIZE_MAX_BYTES)
        except OSError as error:
            raise UnreadableFileError(f"The file cannot be read: {error.strerror}.") from error


def files_under(paths: Iterable[Path]) -> Iterator[FileOnDisk]:
    """Every file named, and every file below each directory named, in the order of their names.

    Links to directories are not followed, so that no loop is.
    """
    for path in paths:
        if not path.is_dir():
            yield FileOnDisk(path)
            continue
        for directory, below, names in os.walk(path):
            below.sort()
            yield from (FileOnDisk(Path(directory, name)) for name in sorted(names))


def too_large(size_bytes: int) -> UnreadableFileError:
    """The refusal of a file that no recording could fill."""
    return UnreadableFileError(
        f"The file has {size_bytes / 2**20:,.0f} MB; recordings have at most "
        f"{SIZE_MAX_BYTES // 2**20} MB. It was not read."
    )
