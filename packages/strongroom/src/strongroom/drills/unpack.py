"""Lay a physical backup out as a data directory: its files, and over them its log."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from strongroom.backups.archive import open_object
from strongroom.backups.manifest import Manifest, PhysicalRecord
from strongroom.backups.stream import Report
from strongroom.config import Configuration
from strongroom.errors import DamagedBackupError
from strongroom.server.os_user import OsUser

PIECE_BYTES = 1 << 20


def unpack(
    configuration: Configuration,
    manifest: Manifest,
    directory: Path,
    user: OsUser,
    report: Report = lambda _: None,
) -> None:
    """Write the files of a backup and then its log into a new directory of the server's user.

    Raises:
        DamagedBackupError: an object is not what was stored, or names a place outside.
        WrongKeyError: no private key at hand opens it.
    """
    _make(directory, user)
    done_bytes = 0
    for index, stored in enumerate(manifest.objects):
        with (
            open_object(configuration, manifest, index, report=_after(report, done_bytes)) as data,
            tarfile.open(fileobj=cast("BinaryIO", data), mode="r|", bufsize=PIECE_BYTES) as archive,
        ):
            for member in archive:
                _extract(archive, member, directory, user)
        done_bytes += stored.content_size_bytes


def _after(report: Report, before_bytes: int) -> Report:
    return lambda done_bytes: report(before_bytes + done_bytes)


def record_of(manifest: Manifest) -> PhysicalRecord:
    """The physical part of a manifest that has one."""
    if manifest.physical is None:
        raise AssertionError("only physical backups are unpacked")
    return manifest.physical


def _extract(
    archive: tarfile.TarFile, member: tarfile.TarInfo, directory: Path, user: OsUser
) -> None:
    """Write one member; the archive comes from a server, and is believed in nothing."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
        raise DamagedBackupError(
            f"The base of the backup holds {member.name!r}, which no data directory has.",
            next_step="strongroom backups, and use another one",
        )
    target = directory / path
    if member.isdir():
        _make(target, user)
        return
    source = archive.extractfile(member)
    if source is None:
        raise AssertionError("a file has content")
    with _new_file(target, user) as file:
        shutil.copyfileobj(source, file, PIECE_BYTES)


def _make(directory: Path, user: OsUser) -> None:
    if not directory.is_dir():
        directory.mkdir(mode=0o700)
        user.own(directory)


def _new_file(path: Path, user: OsUser) -> BinaryIO:
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    user.own(path)
    return file
