"""From files and folders to the recordings in them, archives opened, exports understood.

An archive is read where it lies, one member after the other; only an archive inside another is
copied, one at a time, to a temporary file. Names in archives and lists are compared with each
other and shown, and never opened as paths.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from strideiq.imports.archives import garmin, strava, zips
from strideiq.imports.files import (
    FileOnDisk,
    IncomingFile,
    ReceivedFile,
    RefusedFile,
    SaidOf,
    always,
    listed_under,
)
from strideiq.imports.parsers import formats
from strideiq.imports.parsers.fit_kind import ACTIVITY, kind_of
from strideiq.imports.parsers.parsed import UnreadableFileError

NESTED_MAX = 3
"""Garmin's exports hold archives once; no export goes deeper than this."""

COPY_IN_MEMORY_MAX_BYTES = 16 * 1024 * 1024
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class ArchiveSpentError(UnreadableFileError):
    """An archive unpacks to more than it may; nothing more of it is read."""


@dataclass
class Lists:
    """What the lists of an export say, whichever export it is."""

    strava: strava.StravaList | None = None
    garmin: garmin.GarminLists | None = None
    below: str = ""
    """Where the export begins: names in its list are relative to it."""

    @property
    def of_an_export(self) -> bool:
        """Whether there is any list: then only recordings are of interest."""
        return self.strava is not None or self.garmin is not None

    def names_recording(self, name: str) -> bool:
        """Whether a file of an export is a run by its name; a route that was drawn is none."""
        drawn = self.strava is not None and name.startswith(f"{self.below}{strava.ROUTES}")
        return _recording_by_name(name) and not drawn

    def said_of(self, name: str) -> SaidOf | None:
        """How to find what is said of the activity in a file."""
        if self.strava is not None:
            listed = self.strava.by_file.get(name.removeprefix(self.below))
            return always(listed) if listed else None
        return self.garmin.of if self.garmin is not None else None


@dataclass
class _Opened:
    """How an archive goes, with all archives in it."""

    files: int = 0
    budget: zips.Budget | None = None
    lists: Lists = field(default_factory=Lists)
    inherited: SaidOf | None = None
    """What the lists beside the archive say."""

    @property
    def of_an_export(self) -> bool:
        return self.lists.of_an_export or self.inherited is not None


def files_under(paths: Iterable[Path]) -> Iterator[IncomingFile]:
    """Every file named, and every file below each folder named, in the order of their names.

    A folder that is an unpacked export gives its recordings, with what its lists say of them.
    """
    for path in paths:
        if not path.is_dir():
            yield FileOnDisk(path)
            continue
        found, closed = listed_under(path)
        files = {file.path.relative_to(path).as_posix(): file for file in found}
        lists = lists_among(files, _reader(files))
        for name, file in files.items():
            if not lists.of_an_export or lists.names_recording(name):
                yield FileOnDisk(file.path, lists.said_of(name))
        yield from _loose(lists, FileOnDisk(path).name)
        yield from closed


def expanded(files: Iterable[IncomingFile]) -> Iterator[IncomingFile]:
    """The files themselves, and in place of every archive the recordings in it."""
    for file in files:
        opened = _as_archive(file)
        if opened is None:
            yield file
        else:
            yield from inside(file.name, opened, file.said_of)


def inside(label: str, file: BinaryIO, said_of: SaidOf | None = None) -> Iterator[IncomingFile]:
    """The recordings in an archive, each with a name that begins with the archive's.

    What cannot be read of it is a file that is refused with the reason; an archive without any
    recording is refused as a whole.
    """
    state = _Opened(inherited=said_of)
    try:
        yield from _members(label, file, state, depth=0)
    except ArchiveSpentError as error:
        yield RefusedFile(label, error)
        return
    if not state.files:
        reason = "The archive holds no FIT, GPX or TCX file, and no list of activities."
        yield RefusedFile(label, UnreadableFileError(reason))


def lists_among(names: Iterable[str], read: Callable[[str], bytes]) -> Lists:
    """Find and read the lists of an export among the names of its files."""
    known = sorted(names, key=lambda name: (name.count("/"), name))
    tables = [name for name in known if PurePosixPath(name).name == strava.LIST_NAME]
    for name in tables[:1]:
        content = _content(name, read)
        if content and strava.is_list(content):
            below = name.removesuffix(strava.LIST_NAME)
            files = {each.removeprefix(below) for each in known if each.startswith(below)}
            return Lists(strava=strava.read(content, files), below=below)
    documents = [name for name in known if garmin.is_list(name)]
    if not documents:
        return Lists()
    found = garmin.GarminLists()
    for name in documents:
        found.add(_content(name, read))
    return Lists(garmin=found)


def _as_archive(file: IncomingFile) -> BinaryIO | None:
    """The file opened as an archive; None when it is something else, or cannot be read."""
    if isinstance(file, FileOnDisk):
        return file.opened_if(zips.SIGNATURES)
    if isinstance(file, ReceivedFile) and file.content.startswith(zips.SIGNATURES):
        return BytesIO(file.content)
    return None


def _members(label: str, file: BinaryIO, state: _Opened, depth: int) -> Iterator[IncomingFile]:
    try:
        with zips.opened(file, state.budget) as archive:
            state.budget = archive.budget
            found = lists_among(archive.members, archive.read)
            if found.of_an_export:
                state.lists = found
            for name in archive.members:
                if _of_interest(name, state):
                    yield from _member(label, name, archive, state, depth)
            for row in _loose(found, label):
                state.files += 1
                yield row
    except ArchiveSpentError:
        raise
    except UnreadableFileError as error:
        state.files += 1
        yield RefusedFile(label, error)


def _member(
    label: str, name: str, archive: zips.Zip, state: _Opened, depth: int
) -> Iterator[IncomingFile]:
    shown = f"{label}/{name}"
    try:
        if name.casefold().endswith(".zip"):
            yield from _nested(shown, name, archive, state, depth)
            return
        content = archive.read(name)
    except UnreadableFileError as error:
        _refuse_all_if_spent(error, state)
        state.files += 1
        yield RefusedFile(shown, error)
        return
    if state.of_an_export and kind_of(content) not in {None, ACTIVITY}:
        return
    state.files += 1
    yield ReceivedFile(shown, content, state.lists.said_of(name) or state.inherited)


def _nested(
    shown: str, name: str, archive: zips.Zip, state: _Opened, depth: int
) -> Iterator[IncomingFile]:
    if depth + 1 > NESTED_MAX:
        raise UnreadableFileError("An archive too deep in other archives; it was not opened.")
    with tempfile.SpooledTemporaryFile(COPY_IN_MEMORY_MAX_BYTES) as copy:
        for part in archive.parts(name):
            copy.write(part)
        copy.seek(0)
        yield from _members(shown, copy, state, depth + 1)  # type: ignore[arg-type]  # a file in all but name


def _refuse_all_if_spent(error: UnreadableFileError, state: _Opened) -> None:
    if state.budget is not None and state.budget.left_bytes < 0:
        raise ArchiveSpentError(error.reason) from error


def _of_interest(name: str, state: _Opened) -> bool:
    if state.of_an_export:
        return state.lists.names_recording(name)
    return not (name.startswith(_LITTER) or name.endswith(_LITTER))


def _recording_by_name(name: str) -> bool:
    return formats.claimed(name) is not None or name.casefold().endswith(".zip")


def _loose(lists: Lists, label: str) -> Iterator[IncomingFile]:
    """The rows of a list of which there is no file."""
    if lists.strava is None:
        return
    for row, listed in strava.each_loose(lists.strava):
        yield ReceivedFile(f"{label}/{row.name}", row.content, always(listed))


def _reader(files: Mapping[str, FileOnDisk]) -> Callable[[str], bytes]:
    return lambda name: files[name].read()


def _content(name: str, read: Callable[[str], bytes]) -> bytes:
    try:
        return read(name)
    except UnreadableFileError:
        return b""
