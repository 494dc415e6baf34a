"""What a watched folder holds that may be imported, as one look finds it.

Folders that belong to the system or to a program that keeps the folder in step are passed over.
Of a device that is mounted as a disk only its recordings are looked at: beside them it keeps
hundreds of files of the same format that are none.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from strideiq.imports.archives import zips
from strideiq.imports.files import FileOnDisk
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES

DEVICE_SIGN = "garmindevice.xml"
"""The file by which Garmin's devices say what is where, in the folder that holds all of it."""
DEVICE_RECORDINGS = frozenset({"activity", "activities"})
_NOT_OURS = frozenset({"system volume information", "$recycle.bin", "lost+found", "__macosx"})
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", "~")
"""How programs call files that they are still writing."""

CLOCKLESS_BEFORE_NS = 315_619_200 * 10**9
"""2 January 1980: a file that was changed earlier comes from where no clock was set."""
_MARKED_BYTES = 4096
_TAIL_BYTES = 65_536 + 22
"""Where the end of a zip archive's directory must be."""


class ChangedMeanwhileError(OSError):
    """A file was not all there when it was read: it grows, or its disk has gone."""


@dataclass(frozen=True)
class Seen:
    """A file as one look found it."""

    path: Path
    size_bytes: int
    changed_ns: int
    mark: str = ""
    """What its content looks like, where the time of its change says nothing."""

    @property
    def item_id(self) -> UUID:
        """The same for the same file as it is now."""
        return uuid5(NAMESPACE_URL, self._identity)

    @property
    def unreadable_id(self) -> UUID:
        """The same for the verdict that this file cannot be read so far."""
        return uuid5(NAMESPACE_URL, f"unreadable {self._identity}")

    @property
    def _identity(self) -> str:
        marked = f"\n{self.mark}" if self.mark else ""
        return f"{self.path}\n{self.size_bytes}\n{self.changed_ns}{marked}"

    def read(self) -> bytes:
        """The whole content; nothing of a file that is larger than any recording.

        Raises:
            OSError: it cannot be read, or is not what was seen any more.
        """
        if self.size_bytes > SIZE_MAX_BYTES:
            return b""
        content = self.path.read_bytes()
        facts = self.path.stat()
        if (len(content), facts.st_mtime_ns) != (self.size_bytes, self.changed_ns):
            raise ChangedMeanwhileError
        return content


def seen_in(directory: Path, before: Mapping[Path, Seen]) -> Iterator[Seen]:
    """Regular files that no program is still writing, by their names."""
    for path in _walked(directory):
        try:
            facts = path.stat()
            if not stat.S_ISREG(facts.st_mode) or not facts.st_size:
                continue
            known = before.get(path)
            if known and (known.size_bytes, known.changed_ns) == (facts.st_size, facts.st_mtime_ns):
                yield known
                continue
            clockless = facts.st_mtime_ns < CLOCKLESS_BEFORE_NS
            mark = _mark(path, facts.st_size) if clockless else ""
            yield Seen(path, facts.st_size, facts.st_mtime_ns, mark)
        except OSError:
            continue


def archive_looks_whole(path: Path, size_bytes: int) -> bool:
    """Whether a zip archive has its directory, which is written last."""
    with path.open("rb") as file:
        file.seek(max(0, size_bytes - _TAIL_BYTES))
        return zips.SIGNATURES[1] in file.read(_TAIL_BYTES)


def called(seen: Seen) -> str:
    """What to call the file: its path as it can be printed and stored."""
    return FileOnDisk(seen.path).name


def _walked(directory: Path) -> Iterator[Path]:
    """Every path to look at; links to directories are not followed, so that no loop is."""
    for where, below, names in os.walk(directory):
        below[:] = sorted(each for each in below if not _passed_over(each))
        if any(name.casefold() == DEVICE_SIGN for name in names):
            below[:] = [each for each in below if each.casefold() in DEVICE_RECORDINGS]
            continue
        for name in sorted(names):
            if not name.startswith(".") and not name.casefold().endswith(_UNFINISHED):
                yield Path(where, name)


def _passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder.casefold() in _NOT_OURS


def _mark(path: Path, size_bytes: int) -> str:
    with path.open("rb") as file:
        beginning = file.read(_MARKED_BYTES)
        file.seek(max(0, size_bytes - _MARKED_BYTES))
        return hashlib.sha256(beginning + file.read(_MARKED_BYTES)).hexdigest()
