"""One zip archive, read member by member within limits that its own directory cannot lift."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from posixpath import splitext
from typing import BinaryIO, Self

from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.parsers.parsed import UnreadableFileError

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive begins: with its first member, or at once with its end."""

DIRECTORY_MAX_BYTES = 64 * 1024 * 1024
"""Its directory stands in memory; this is some 500,000 members."""

UNPACKED_MIN_BYTES = 1024**3
UNPACKED_RATIO_MAX = 100
"""An archive unpacks to at most a hundred times its size; recordings reach about twenty."""

READ_BYTES = 1024 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_LOCKED = 0x1
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_MAX_BYTES = _END.size + 0xFFFF
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What zipfile raises when bytes lead it astray."""


@dataclass
class Budget:
    """How much may still be unpacked of an archive, with all archives in it."""

    left_bytes: int

    def spend(self, size_bytes: int) -> None:
        """Count what was unpacked.

        Raises:
            UnreadableFileError: it was too much; nothing more is read of this archive.
        """
        self.left_bytes -= size_bytes
        if self.left_bytes < 0:
            raise UnreadableFileError(
                f"The archive unpacks to more than {UNPACKED_RATIO_MAX} times its size, which "
                "no recordings do; the rest of it was not read."
            )


class Zip:
    """An open archive; its members are read one at a time."""

    def __init__(self, file: BinaryIO, budget: Budget | None = None) -> None:
        """Read the directory.

        Raises:
            UnreadableFileError: it is damaged, or larger than any archive of recordings.
        """
        size_bytes = _size_of(file)
        self.budget = budget or Budget(max(UNPACKED_MIN_BYTES, UNPACKED_RATIO_MAX * size_bytes))
        try:
            if _directory_size_bytes(file, size_bytes) > DIRECTORY_MAX_BYTES:
                raise UnreadableFileError("The archive lists more files than any export does.")
            self._zip = zipfile.ZipFile(file)
        except _DAMAGE as error:
            raise UnreadableFileError(
                "The zip archive is damaged or not complete: its directory cannot be read. "
                "Download it again, or unpack what can be unpacked and import that."
            ) from error
        self.members = _named_apart(self._zip.infolist())

    def read(self, name: str) -> bytes:
        """One member's content.

        Raises:
            UnreadableFileError: it is locked, damaged, or larger than a file may be.
        """
        content = bytearray()
        for part in self.parts(name):
            content += part
            if len(content) > SIZE_MAX_BYTES:
                raise UnreadableFileError(
                    f"The file unpacks to more than {SIZE_MAX_BYTES // 2**20} MB, "
                    "which no recording needs."
                )
        return bytes(content)

    def parts(self, name: str) -> Iterator[bytes]:
        """One member's content in pieces, however long it says it is."""
        member = self.members[name]
        if member.flag_bits & _LOCKED:
            raise UnreadableFileError("The file is locked by a password.")
        if member.compress_type not in _METHODS:
            raise UnreadableFileError("The file is packed in a way that no export uses.")
        try:
            with self._zip.open(member) as file:
                while part := file.read(READ_BYTES):
                    self.budget.spend(len(part))
                    yield part
        except _DAMAGE as error:
            raise UnreadableFileError(f"The file is damaged in its archive: {error}.") from error

    def close(self) -> None:
        """Forget the directory; the file stays open."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def opened(file: BinaryIO, budget: Budget | None = None) -> Iterator[Zip]:
    """An archive that is closed afterwards, together with its file."""
    with file, Zip(file, budget) as archive:
        yield archive


def _shown(name: str) -> str:
    """A member's name as one line with forward slashes; it never becomes a path on a disk."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable.replace("\\", "/").lstrip("/")


def _named_apart(members: Iterable[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files by name, numbered where several have one: none is passed over."""
    named: dict[str, zipfile.ZipInfo] = {}
    again: Counter[str] = Counter()
    for member in members:
        if member.is_dir():
            continue
        shown = name = _shown(member.filename)
        while name in named:
            again[shown] += 1
            stem, ending = splitext(shown)
            name = f"{stem} ({again[shown] + 1}){ending}"
        named[name] = member
    return named


def _size_of(file: BinaryIO) -> int:
    size_bytes = file.seek(0, 2)
    file.seek(0)
    return size_bytes


def _directory_size_bytes(file: BinaryIO, size_bytes: int) -> int:
    """How long the archive says its directory is, before zipfile reads it into memory."""
    tail_at = max(0, size_bytes - _END_MAX_BYTES)
    file.seek(tail_at)
    tail = file.read(_END_MAX_BYTES)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        return 0
    length: int = _END.unpack_from(tail, end)[5]
    locator_at = tail_at + end - _LOCATOR.size
    if locator_at >= 0:
        file.seek(locator_at)
        signature, _, end_64_at, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
        if signature == b"PK\x06\x07":
            file.seek(end_64_at)
            length = max(length, _END_64.unpack(file.read(_END_64.size))[8])
    file.seek(0)
    return length
