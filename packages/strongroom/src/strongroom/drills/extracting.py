"""Lay the files of an archive in tar format out, as its bytes come.

The archive comes from a server, and is believed in nothing: only files and directories are made,
below one directory, and nothing that is there is written over. The standard library reads such a
stream through several copies of every byte, which took most of a restore's time.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from strongroom.errors import DamagedBackupError
from strongroom.server.os_user import OsUser

BLOCK_BYTES = tarfile.BLOCKSIZE
KINDS = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE}


class Extraction:
    """One archive on its way into a directory of the server's user, in constant memory."""

    def __init__(self, directory: Path, user: OsUser) -> None:
        self._directory, self._user = directory, user
        self._header = bytearray()
        self._file: int | None = None
        self._left_bytes = 0
        """What the file is still to get."""
        self._skip_bytes = 0
        """What fills its last block, and says nothing."""
        self._ended = False
        make_directory(directory, user)

    def take(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            DamagedBackupError: it holds what no data directory has.
            tarfile.HeaderError: it is no archive.
            OSError: the disk, or a name that cannot be used.
        """
        view = memoryview(data)
        while view and not self._ended:
            if self._left_bytes:
                view = self._write(view)
            elif self._skip_bytes:
                step = min(self._skip_bytes, len(view))
                self._skip_bytes -= step
                view = view[step:]
            else:
                step = BLOCK_BYTES - len(self._header)
                self._header += view[:step]
                view = view[step:]
                if len(self._header) == BLOCK_BYTES:
                    self._begin(bytes(self._header))
                    self._header.clear()

    def finish(self) -> None:
        """Make sure that it did not end within a file.

        Raises:
            tarfile.ReadError: it did.
        """
        if self._left_bytes or self._header:
            raise tarfile.ReadError("unexpected end of data")

    def close(self) -> None:
        """Close the file that is open, if any."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begin(self, header: bytes) -> None:
        """Make what the next header announces."""
        if not any(header):
            self._ended = True  # what follows the end fills the last record
            return
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        target = self._directory / _checked(member)
        if member.isdir():
            make_directory(target, self._user)
            return
        self._file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._user.own(target)
        self._left_bytes, self._skip_bytes = member.size, -member.size % BLOCK_BYTES
        if not member.size:
            self.close()

    def _write(self, view: memoryview) -> memoryview:
        if self._file is None:
            raise AssertionError("what is left to write belongs to an open file")
        written = os.write(self._file, view[: self._left_bytes])
        self._left_bytes -= written
        if not self._left_bytes:
            self.close()
        return view[written:]


@contextmanager
def extraction(directory: Path, user: OsUser) -> Iterator[Extraction]:
    """Lay one archive out in ``directory``, which is made where it is missing.

    Raises:
        tarfile.TarError: it is no archive, or no whole one.
    """
    files = Extraction(directory, user)
    try:
        yield files
        files.finish()
    finally:
        files.close()


def make_directory(directory: Path, user: OsUser) -> None:
    """Make a directory of the server's user that only this user can read."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700)
        user.own(directory)


def _checked(member: tarfile.TarInfo) -> PurePosixPath:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or member.type not in KINDS:
        raise DamagedBackupError(
            f"The base of the backup holds {member.name!r}, which no data directory has.",
            next_step="strongroom backups, and use another one",
        )
    return path
