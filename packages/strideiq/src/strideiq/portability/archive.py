"""The archive itself: a zip file that is written and read as a stream.

``manifest.json`` says what there is, with the digest of each table; ``checksums.txt`` is the last
member and holds the SHA-256 of every other, as ``sha256sum`` writes it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO

from strideiq.platform.errors import StrideiqError
from strideiq.platform.language import gettext as _
from strideiq.portability.errors import ArchiveError
from strideiq.portability.tables import Digest

FORMAT = "strideiq-account"
VERSION = 1
MANIFEST, CHECKSUMS, README, ACTIVITIES = (
    "manifest.json",
    "checksums.txt",
    "README.md",
    "activities.csv",
)
PART_BYTES = 256 * 1024
LINE_BYTES_MAX = 160 * 1024 * 1024
"""The largest row that is read: a file of 64 MB written as text, and more."""
SMALL_MEMBER_BYTES_MAX = 64 * 1024 * 1024
MEMBER_NAME_UNSAFE = re.compile(r"[^\w.\- ]+")

_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
"""What zipfile raises for damage; encrypted members and unknown methods are RuntimeErrors."""


@dataclass(frozen=True)
class TableEntry:
    """What the manifest says of one table."""

    name: str
    columns: tuple[str, ...]
    digest: Digest


@dataclass(frozen=True)
class Manifest:
    """What an archive holds, and whose it was."""

    exported_at: str
    email: str
    name: str
    tables: tuple[TableEntry, ...]
    originals: Mapping[str, str] = field(repr=False)
    """The member of each original file, by the SHA-256 of its content."""

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(one.digest.rows for one in self.tables)


class Sink(io.RawIOBase):
    """Where the zip is written to: its bytes wait here until they are taken on."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Tell the zip that it may write, and no more."""
        return True

    def write(self, content: Any) -> int:  # noqa: ANN401  any buffer, as the base class has it
        """Take bytes of the zip."""
        self._parts.append(bytes(content))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """What has come since the last time."""
        parts, self._parts = b"".join(self._parts), []
        return parts


class Writer:
    """Writes members one after the other, and remembers the checksum of each."""

    def __init__(self, sink: BinaryIO | Sink) -> None:
        self._zip = zipfile.ZipFile(
            sink,
            "w",
            compression=zipfile.ZIP_DEFLATED,
            compresslevel=1,
        )
        self._checksums: dict[str, str] = {}
        self._at = datetime.now(UTC).timetuple()[:6]

    @contextmanager
    def member(self, name: str, *, stored: bool = False) -> Iterator[Any]:
        """Write one member; gives a function that takes its bytes."""
        information = zipfile.ZipInfo(name, self._at)
        information.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        summed = sha256()
        with self._zip.open(information, "w", force_zip64=True) as file:

            def write(content: bytes) -> None:
                summed.update(content)
                file.write(content)

            yield write
        self._checksums[name] = summed.hexdigest()

    def whole(self, name: str, content: str) -> None:
        """Write a member that is small."""
        with self.member(name) as write:
            write(content.encode())

    def finish(self) -> None:
        """Write the checksums, and the zip's own list of what is in it."""
        lines = [f"{summed}  {name}\n" for name, summed in self._checksums.items()]
        with self._zip.open(zipfile.ZipInfo(CHECKSUMS, self._at), "w") as file:
            file.write("".join(lines).encode())
        self._zip.close()


class Reader:
    """Reads an archive from a file that can be sought in; every byte is held to its checksum.

    Raises:
        ArchiveError: it is none of ours, or it is damaged.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except _UNREADABLE as error:
            raise _damaged(_("It is no zip file, or its end is missing.")) from error
        self._checksums = self._read_checksums()
        self.manifest = self._read_manifest()

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a member; the last one is given only if the whole member is right."""
        with self._opened(name) as (file, summed):
            previous: str | None = None
            while line := file.readline(LINE_BYTES_MAX):
                summed.update(line)
                if not line.endswith(b"\n"):
                    raise _damaged(_("A row in {name} has no end.").format(name=name))
                if previous is not None:
                    yield previous
                previous = line[:-1].decode()
            self._compare(name, summed.hexdigest())
            if previous is not None:
                yield previous

    def original(self, content_sha256: str, size_bytes_max: int) -> bytes:
        """An original file, by the SHA-256 of its content."""
        name = self.manifest.originals.get(content_sha256, "")
        content = self._whole(name, size_bytes_max)
        if sha256(content).hexdigest() != content_sha256:
            raise _damaged(_("{name} is not the file that its row tells of.").format(name=name))
        return content

    def _whole(self, name: str, size_bytes_max: int) -> bytes:
        with self._opened(name) as (file, summed):
            content = file.read(size_bytes_max + 1)
            if len(content) > size_bytes_max:
                raise _damaged(_("{name} is larger than it may be.").format(name=name))
            summed.update(content)
        self._compare(name, summed.hexdigest())
        return content

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[IO[bytes], Any]]:
        try:
            with self._zip.open(name) as file:
                yield file, sha256()
        except StrideiqError:
            raise
        except KeyError as error:
            raise _damaged(_("{name} is missing.").format(name=name)) from error
        except _UNREADABLE as error:
            raise _damaged(_("{name} cannot be read.").format(name=name)) from error

    def _compare(self, name: str, found: str) -> None:
        if self._checksums.get(name) != found:
            raise _damaged(_("{name} is not as it was written.").format(name=name))

    def _read_checksums(self) -> dict[str, str]:
        with self._opened(CHECKSUMS) as (file, _summed):
            written = file.read(SMALL_MEMBER_BYTES_MAX).decode()
        return {name: summed for summed, _gap, name in _fields(written)}

    def _read_manifest(self) -> Manifest:
        try:
            document = json.loads(self._whole(MANIFEST, SMALL_MEMBER_BYTES_MAX))
            if document["format"] != FORMAT:
                raise _damaged(_("It is an archive of something else."))
            if document["version"] > VERSION:
                raise ArchiveError(
                    _("A newer StrideIQ has made this archive."), next_step=_("upgrade this one")
                )
            return Manifest(
                exported_at=str(document["exported_at"]),
                email=str(document["athlete"]["email"]),
                name=str(document["athlete"]["name"]),
                tables=tuple(
                    TableEntry(
                        str(one["name"]),
                        tuple(map(str, one["columns"])),
                        Digest(int(one["rows"]), str(one["sha256"])),
                    )
                    for one in document["tables"]
                ),
                originals={str(key): str(name) for key, name in document["originals"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(_("Its manifest cannot be read.")) from error


def manifest_document(manifest: Manifest, left_out: Mapping[str, str]) -> str:
    """The manifest as it stands in the archive."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": manifest.exported_at,
        "athlete": {"email": manifest.email, "name": manifest.name},
        "tables": [
            {
                "name": one.name,
                "file": table_member(one.name),
                "columns": list(one.columns),
                "rows": one.digest.rows,
                "sha256": one.digest.sha256,
            }
            for one in manifest.tables
        ],
        "originals": dict(manifest.originals),
        "left_out": dict(left_out),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def table_member(table: str) -> str:
    """Where the rows of a table are."""
    return f"tables/{table}.jsonl"


def original_member(content_sha256: str, name: str) -> str:
    """Where an original file is: under its own name, apart from others of that name."""
    plain = MEMBER_NAME_UNSAFE.sub("_", PurePosixPath(name).name).strip(". ")[-100:] or "file"
    return f"originals/{content_sha256[:16]}/{plain}"


def _fields(written: str) -> Iterator[tuple[str, str, str]]:
    for line in written.splitlines():
        yield line.partition("  ")


def _damaged(why: str) -> ArchiveError:
    return ArchiveError(
        _("This archive cannot be used. {why}").format(why=why),
        next_step=_("export it again, or bring the whole file"),
    )
