"""What a cluster holds, told by its files alone: how much, how new, and in which databases.

User tables are told from PostgreSQL's own by the numbers of their files, which begin at 16384.
Names of databases are read from the pages of ``pg_database``; those of a server that has not
written them yet (after a crash, or while it runs) are missing.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from strongroom.discovery.quiet import Budget, entries_of, read_quietly

FIRST_USER_NUMBER = 16_384
_RELATION = re.compile(r"(\d+)(\.\d+|_fsm|_vm|_init)?(\.\d+)?")
_CATALOGUE_OF_DATABASES = 1262
_CATALOGUE_MAX_BYTES = 4 * 1024 * 1024
_MAP = struct.Struct("<II")
_MAP_MAGIC = 0x592717
_MAPPINGS_MAX = 64
_PAGE_BYTES = 8192
_PAGE_HEAD = struct.Struct("<12xHH")
"""Where the free room of a page begins and ends."""
_PAGE_HEAD_BYTES = 24
_NORMAL = 1
_TUPLE_HEAD_BYTES = 23
_DATABASE = struct.Struct("<I64s")
TEMPLATES = frozenset({"template0", "template1"})


@dataclass
class DatabaseFiles:
    """One database's directory: what is in it."""

    oid: int
    name: str | None = None
    size_bytes: int = 0
    user_bytes: int = 0
    """Of tables and indexes that are not PostgreSQL's own."""
    relations: int = 0
    """How many those are."""


@dataclass
class Content:
    """Sizes, the newest change, and the databases of a cluster."""

    size_bytes: int = 0
    changed_at: datetime | None = None
    databases: list[DatabaseFiles] = field(default_factory=list)
    complete: bool = True
    """Whether everything was looked at; else the sizes are at least these."""
    unreadable: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    """Links within it, which were not followed: a part of it, or something else, lies elsewhere."""
    special: list[Path] = field(default_factory=list)
    """What is no file, directory or link, such as pipes: to open one could wait for ever."""

    @property
    def user_bytes(self) -> int:
        """Of all databases together."""
        return sum(one.user_bytes for one in self.databases)


def measure(cluster: Path, budget: Budget) -> Content:
    """Add up the files of a cluster; links (tablespaces) are not followed."""
    content, newest = Content(), 0.0
    databases: dict[int, DatabaseFiles] = {}
    for directory, entry, found in _files(cluster, budget, content):
        content.size_bytes += found.st_size
        newest = max(newest, found.st_mtime)
        parts = directory.relative_to(cluster).parts
        if len(parts) == 2 and parts[0] == "base" and parts[1].isdigit():  # noqa: PLR2004  base/<oid>
            oid = int(parts[1])
            _count(databases.setdefault(oid, DatabaseFiles(oid)), entry, found.st_size)
    names = _database_names(cluster)
    for one in databases.values():
        one.name = names.get(one.oid)
    content.databases = sorted(databases.values(), key=lambda one: one.oid)
    content.changed_at = datetime.fromtimestamp(newest, UTC) if newest else None
    content.complete = content.complete and not budget.spent
    return content


def _files(
    cluster: Path, budget: Budget, content: Content
) -> Iterator[tuple[Path, str, os.stat_result]]:
    waiting = [cluster]
    while waiting:
        directory = waiting.pop()
        try:
            with entries_of(directory) as entries:
                for entry in entries:
                    if not budget.take():
                        return
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(directory / entry.name)
                    elif entry.is_file(follow_symlinks=False):
                        yield directory, entry.name, entry.stat(follow_symlinks=False)
                    else:
                        kind = content.links if entry.is_symlink() else content.special
                        kind.append(directory / entry.name)
        except FileNotFoundError:
            continue  # a running server removes files while we look
        except OSError:
            content.unreadable.append(directory)
            content.complete = False


def _count(database: DatabaseFiles, name: str, size_bytes: int) -> None:
    database.size_bytes += size_bytes
    match = _RELATION.fullmatch(name)
    if match and int(match[1]) >= FIRST_USER_NUMBER:
        database.user_bytes += size_bytes
        database.relations += match[2] is None


def _database_names(cluster: Path) -> dict[int, str]:
    """Names by number; nothing where the catalogue cannot be read."""
    try:
        number = _mapped(read_quietly(cluster / "global/pg_filenode.map", 512) or b"")
        pages = read_quietly(cluster / "global" / str(number), _CATALOGUE_MAX_BYTES) or b""
    except OSError:
        return {}
    return dict(_rows(pages))


def _mapped(data: bytes) -> int:
    """Which file holds the catalogue of databases: its own number, unless it was rewritten."""
    if len(data) < _MAP.size:
        return _CATALOGUE_OF_DATABASES
    magic, count = _MAP.unpack_from(data)
    if magic != _MAP_MAGIC or count > _MAPPINGS_MAX or len(data) < _MAP.size * (count + 1):
        return _CATALOGUE_OF_DATABASES
    mappings = dict(_MAP.iter_unpack(data[_MAP.size : _MAP.size * (count + 1)]))
    return int(mappings.get(_CATALOGUE_OF_DATABASES, _CATALOGUE_OF_DATABASES))


def _rows(pages: bytes) -> Iterator[tuple[int, str]]:
    """Number and name of each row, dead ones among them; a later one wins."""
    for begin in range(0, len(pages) - _PAGE_BYTES + 1, _PAGE_BYTES):
        page = pages[begin : begin + _PAGE_BYTES]
        lower, _ = _PAGE_HEAD.unpack_from(page)
        if not _PAGE_HEAD_BYTES <= lower <= _PAGE_BYTES:
            continue
        for (pointer,) in struct.iter_unpack("<I", page[_PAGE_HEAD_BYTES : lower - lower % 4]):
            offset, flags, length = pointer & 0x7FFF, pointer >> 15 & 3, pointer >> 17
            if flags == _NORMAL and offset + length <= _PAGE_BYTES and length > _TUPLE_HEAD_BYTES:
                yield from _row(page[offset : offset + length])


def _row(tuple_bytes: bytes) -> Iterator[tuple[int, str]]:
    begins = tuple_bytes[_TUPLE_HEAD_BYTES - 1]
    if begins + _DATABASE.size <= len(tuple_bytes):
        oid, name = _DATABASE.unpack_from(tuple_bytes, begins)
        text = name.partition(b"\0")[0].decode(errors="replace")
        if oid and text and text.isprintable():
            yield oid, text
