"""A store in a local or mounted directory: one file for each object."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from strongroom.errors import (
    NoSpaceError,
    ObjectExistsError,
    ObjectMissingError,
    StorageError,
    StrongroomError,
)
from strongroom.storage.store import ObjectInfo, check_key, is_key

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNFINISHED = ".unfinished"
"""The directory of files that are still being written; no key can reach it."""

LINK_ATTEMPTS = 5


class LocalStore:
    """Objects as files below one directory, readable by their owner only."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object, durably, or nothing."""
        with self.writer(key) as writer:
            writer.write(data)

    @contextmanager
    def writer(self, key: str) -> Iterator[_UnfinishedFile]:
        """Write an object piece by piece: committed on leaving, abandoned on an exception."""
        target = self._path(key)
        if target.exists():
            raise _exists(key)
        with _described(key):
            unfinished = _UnfinishedFile(self.directory / UNFINISHED, key)
        try:
            yield unfinished
            with _described(key):
                unfinished.publish(target)
        finally:
            unfinished.remove()

    def open(self, key: str) -> BinaryIO:
        """Read an object as a stream."""
        with _described(key):
            return io.BufferedReader(_StoredFile(self._path(key), key))

    def get(self, key: str) -> bytes:
        """Read a small object whole."""
        with _described(key):
            return self._path(key).read_bytes()

    def stat(self, key: str) -> ObjectInfo:
        """Look at an object without reading it."""
        with _described(key):
            return self._info(self._path(key))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose key starts with ``prefix``, in the order of keys."""
        start = self.directory / prefix.rpartition("/")[0]
        with _described(prefix):
            files = [
                Path(directory) / name
                for directory, _, names in os.walk(start, onerror=_raise_unless_missing)
                for name in names
            ]
        for path in sorted(files, key=self._key):
            key = self._key(path)
            if key.startswith(prefix) and is_key(key):  # others put their own files beside ours
                with suppress(ObjectMissingError):  # deleted since the directory was read
                    yield self.stat(key)

    def delete(self, key: str) -> None:
        """Remove an object, and the directories that it leaves empty."""
        path = self._path(key)
        with _described(key):
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.directory or not parent.is_dir() or any(parent.iterdir()):
                    break
                with suppress(OSError):  # another writer has just put something there
                    parent.rmdir()
            if self.directory.is_dir():
                _sync_directory(next(parent for parent in path.parents if parent.is_dir()))

    def free_bytes(self) -> int:
        """Room that is left on the file system of the directory."""
        existing = next(path for path in (self.directory, *self.directory.parents) if path.exists())
        with _described(str(self.directory)):
            return shutil.disk_usage(existing).free

    def sweep(self) -> int:
        """Remove unfinished files whose writers have died."""
        return self._abandoned(remove=True)

    def unfinished(self) -> int:
        """Count unfinished files whose writers have died."""
        return self._abandoned(remove=False)

    def _abandoned(self, *, remove: bool) -> int:
        found = 0
        with _described(UNFINISHED), suppress(FileNotFoundError):
            for path in sorted((self.directory / UNFINISHED).iterdir()):
                found += _is_abandoned(path, remove=remove)
        return found

    def _path(self, key: str) -> Path:
        return self.directory / check_key(key)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.directory).as_posix()

    def _info(self, path: Path) -> ObjectInfo:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return ObjectInfo(
            key=self._key(path),
            size_bytes=status.st_size,
            modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
        )


class _StoredFile(io.FileIO):
    """A file that is being read; a disk that fails on the way is an error of the store's own."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(path)
        self._key = key

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read what comes next."""
        with _described(self._key):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        """Read the rest."""
        with _described(self._key):
            return super().readall()


class _UnfinishedFile:
    """A file that is being written.

    Its process holds a lock on it, which ends with the process however that ends: so a sweep
    can tell the files of the living from those of the dead.
    """

    def __init__(self, directory: Path, key: str) -> None:
        _make_directory(directory)
        self._key = key
        self._path, self._descriptor = _create_locked(directory)

    def write(self, data: bytes) -> int:
        """Append ``data`` and return its length."""
        remaining = memoryview(data)
        with _described(self._key):
            while remaining:
                remaining = remaining[os.write(self._descriptor, remaining) :]
        return len(data)

    def publish(self, target: Path) -> None:
        """Give the file its name, durably, unless the name is taken.

        A hard link, unlike a rename, never replaces what is there.
        """
        os.fsync(self._descriptor)
        for attempt in range(LINK_ATTEMPTS):
            _make_directory(target.parent)
            try:
                target.hardlink_to(self._path)
                break
            except FileNotFoundError:  # a delete has just removed the empty directory
                if attempt == LINK_ATTEMPTS - 1:
                    raise
        _sync_directory(target.parent)

    def remove(self) -> None:
        """Take away the unfinished name; a published object keeps its own."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _create_locked(directory: Path) -> tuple[Path, int]:
    while True:
        path = directory / secrets.token_hex(8)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # a sweep came between creation and lock


def _is_abandoned(path: Path, *, remove: bool) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if remove:
            path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _make_directory(path: Path) -> None:
    """Make a directory and what is missing above it, each entry durable."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


@contextmanager
def _described(key: str) -> Iterator[None]:
    """Turn the operating system's errors into the store's own."""
    try:
        yield
    except OSError as error:
        raise _error(key, error) from error


def _error(key: str, error: OSError) -> StrongroomError:
    if isinstance(error, FileExistsError):
        return _exists(key)
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return ObjectMissingError(
            f"The store has no object {key}.", next_step="strongroom backups, to see what it has"
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpaceError(
            f"The store has no room left for {key}.",
            next_step="make room on its disk, then try again",
        )
    return StorageError(
        f"The store cannot use {key}: {error.strerror}.",
        next_step="check the store's directory, its disk and its permissions",
    )


def _exists(key: str) -> ObjectExistsError:
    return ObjectExistsError(
        f"{key} is in the store already, and objects are written once.", next_step="try again"
    )
