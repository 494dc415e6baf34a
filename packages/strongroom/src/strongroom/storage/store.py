"""What every object store promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, runtime_checkable

from strongroom.errors import StorageError


@dataclass(frozen=True)
class ObjectInfo:
    """What a store knows of one object without reading it."""

    key: str
    size_bytes: int
    modified_at: datetime
    """When the object was committed, in UTC."""


class ObjectWriter(Protocol):
    """Takes the bytes of one object, piece by piece."""

    def write(self, data: bytes, /) -> int:
        """Append ``data`` and return its length."""


class ObjectStore(Protocol):
    """A flat space of write-once objects.

    Every method raises StorageError when the store cannot do what is asked, and NoSpaceError
    when it has no room left.
    """

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object, durably, or nothing.

        Raises:
            ObjectExistsError: the key is taken. Of several writers at once, exactly one wins.
        """

    def writer(self, key: str) -> AbstractContextManager[ObjectWriter]:
        """Write an object piece by piece: committed on leaving, abandoned on an exception.

        Nobody sees the object before it is whole, however the process ends.

        Raises:
            ObjectExistsError: the key is taken, known on entering or at the latest on leaving.
        """

    def open(self, key: str) -> BinaryIO:
        """Read an object as a stream.

        Raises:
            ObjectMissingError: there is none. Reading raises StorageError where it ends early.
        """

    def get(self, key: str) -> bytes:
        """Read a small object whole. Raises ObjectMissingError."""

    def stat(self, key: str) -> ObjectInfo:
        """Look at an object without reading it. Raises ObjectMissingError."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose key starts with ``prefix``, in the order of keys."""

    def delete(self, key: str) -> None:
        """Remove an object. Removing what is not there is no error."""

    def free_bytes(self) -> int | None:
        """Room that is left, or None where the store has no limit of its own."""

    def sweep(self) -> int:
        """Remove what writers left that have died, and return how many. Live ones are spared."""


@runtime_checkable
class TellsUnfinished(Protocol):
    """A store that can say what writers have left that have died, without removing it."""

    def unfinished(self) -> int:
        """How many uploads nobody will finish."""


def check_key(key: str) -> str:
    """Return ``key`` when every store can hold it.

    Raises:
        StorageError: the key is empty, absolute, or could lead out of the store.
    """
    if not is_key(key):
        raise StorageError(f"{key!r} cannot be the key of an object.", next_step="use another key")
    return key


def is_key(key: str) -> bool:
    """Whether every store can hold an object of this name.

    Parts may be any printable text that does not start with a dot: such names are kept for
    the store itself, and for systems that leave files of their own everywhere.
    """
    parts = key.split("/")
    return key.isprintable() and not any(
        not part or part[0] == "." or "\\" in part for part in parts
    )
