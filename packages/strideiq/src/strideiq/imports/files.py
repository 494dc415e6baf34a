"""Finding files on disk, and reading them without being led astray by what they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from strideiq.imports.archives.listed import Listed
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.parsers.parsed import UnreadableFileError

SaidOf = Callable[[datetime], Listed | None]
"""What the list of an export says of the activity in a file, by when that started."""


def always(listed: Listed) -> SaidOf:
    """One row's words, whenever its activity started."""
    return lambda _: listed


class IncomingFile(Protocol):
    """A file on its way in, from wherever."""

    @property
    def name(self) -> str:
        """What to call it; one line, without a path when it was uploaded."""

    @property
    def said_of(self) -> SaidOf | None:
        """What a list beside the file says; None when there is no list."""

    def read(self) -> bytes:
        """The whole content, at most ``SIZE_MAX_BYTES``, or UnreadableFileError."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file whose content is here already."""

    name: str
    content: bytes
    said_of: SaidOf | None = None

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
    said_of: SaidOf | None = None

    def read(self) -> bytes:
        """Nothing: the reason is raised."""
        raise self.why


@dataclass(frozen=True)
class FileOnDisk:
    """A path that somebody named, or that lies under a directory that somebody named."""

    path: Path
    said_of: SaidOf | None = None

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

    def opened_if(self, beginnings: tuple[bytes, ...]) -> BinaryIO | None:
        """The open file when it is a regular one and begins like that, of whatever size."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            file = os.fdopen(descriptor, "rb")
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                begins = file.read(max(map(len, beginnings)))
                if begins.startswith(beginnings):
                    file.seek(0)
                    return file
            file.close()
        except OSError:
            return None
        return None


def listed_under(directory: Path) -> tuple[list[FileOnDisk], list[RefusedFile]]:
    """Every file below a directory, in the order of their names, and what could not be listed.

    Links to directories are not followed, so that no loop is.
    """
    files: list[FileOnDisk] = []
    closed: list[OSError] = []
    for where, below, names in os.walk(directory, onerror=closed.append):
        below.sort()
        files += (FileOnDisk(Path(where, name)) for name in sorted(names))
    return files, [
        RefusedFile(
            FileOnDisk(Path(os.fsdecode(error.filename))).name,
            UnreadableFileError(f"The folder cannot be read: {error.strerror}."),
        )
        for error in closed
    ]


def too_large(size_bytes: int) -> UnreadableFileError:
    """The refusal of a file that no recording could fill."""
    return UnreadableFileError(
        f"The file has {size_bytes / 2**20:,.0f} MB; recordings have at most "
        f"{SIZE_MAX_BYTES // 2**20} MB. It was not read."
    )
