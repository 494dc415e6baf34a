"""Lay a physical backup out as a data directory: its files, and over them its log."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from strongroom.backups.archive import pour_object
from strongroom.backups.manifest import Manifest, PhysicalRecord
from strongroom.backups.stream_ends import Report
from strongroom.config import Configuration
from strongroom.drills.extracting import extraction
from strongroom.drills.interruptions import archive_believed_in_nothing
from strongroom.errors import DamagedBackupError, ServerError, StrongroomError
from strongroom.postgres.bounds import gently
from strongroom.server.binaries import Binaries
from strongroom.server.cluster import environment, within_time
from strongroom.server.complaints import error_from
from strongroom.server.os_user import OsUser, server_user

PIECE_BYTES = 1 << 20
LINKS_SINCE = 18
"""From this version on pg_combinebackup can take whole files over without copying them."""
VERSION_FILE = "PG_VERSION"

BASE = 0
"""Which of a manifest's objects the files are in; those after it are its log."""


def unpack(
    configuration: Configuration,
    chain: Sequence[Manifest],
    directory: Path,
    binaries: Binaries,
    report: Report = lambda _: None,
) -> float:
    """Write the files of a chain and then its log into a new directory of the server's user.

    Args:
        configuration: where the backups lie, and what opens them.
        chain: the backups to combine, the full one first.
        directory: is made.
        binaries: of the version that was backed up.
        report: told how many plain bytes have passed.

    Returns:
        How long the store was waited for meanwhile, in seconds.

    Raises:
        DamagedBackupError: an object is not what was stored, or they do not fit together.
        WrongKeyError: no private key at hand opens one.
        NoSpaceError: the disk became full; that says nothing about the backup.
    """
    user, passed = server_user(), _Passed(report)
    if len(chain) == 1:
        _unpack_object(configuration, chain[0], BASE, directory, user, passed)
    else:
        parts = [directory.with_name(f"part-{n:03}") for n in range(len(chain))]
        for one, part in zip(chain, parts, strict=True):
            _unpack_object(configuration, one, BASE, part, user, passed)
        _combine(binaries, parts, directory, user)
    newest = chain[-1]
    for index in range(BASE + 1, len(newest.objects)):
        _unpack_object(configuration, newest, index, directory, user, passed)
    return passed.store_s


def unpacked_bytes(chain: Sequence[Manifest]) -> int:
    """How many plain bytes pass when a chain is unpacked."""
    logs = sum(one.content_size_bytes for one in chain[-1].objects[BASE + 1 :])
    return logs + sum(one.objects[BASE].content_size_bytes for one in chain)


class _Passed:
    """Adds up what has passed of one object after the other."""

    def __init__(self, report: Report) -> None:
        self._report, self._before_bytes = report, 0
        self.store_s = 0.0

    def tell(self, done_bytes: int) -> None:
        """So much of this object has passed."""
        self._report(self._before_bytes + done_bytes)

    def add(self, size_bytes: int, store_s: float) -> None:
        """This object has passed whole."""
        self._before_bytes += size_bytes
        self.store_s += store_s


def _unpack_object(
    configuration: Configuration,
    manifest: Manifest,
    index: int,
    directory: Path,
    user: OsUser,
    passed: _Passed,
) -> None:
    with archive_believed_in_nothing(), extraction(directory, user) as files:
        store_s = pour_object(configuration, manifest, index, files.take, report=passed.tell)
    passed.add(manifest.objects[index].content_size_bytes, store_s)


def _combine(binaries: Binaries, parts: Sequence[Path], directory: Path, user: OsUser) -> None:
    """Make one data directory of a full backup and those that build on it."""
    program = binaries.tool("pg_combinebackup")
    links = ["--link"] if binaries.major >= LINKS_SINCE and _can_link(parts[0]) else []
    with within_time() as timeout:
        answer = subprocess.run(
            gently([str(program), "--no-sync", *links, f"--output={directory}", *map(str, parts)]),
            check=False,
            capture_output=True,
            text=True,
            env=environment(),
            timeout=timeout,
        )
    if answer.returncode != 0:
        raise _why_not_combined(answer)
    for part in parts:
        shutil.rmtree(part)
    for place, _, files in os.walk(directory):
        user.own(Path(place))
        for name in files:
            user.own(Path(place) / name)


def _can_link(part: Path) -> bool:
    """Whether a file may have a second name here: whole files need no copy, the parts go anyway."""
    try:
        tried = part.with_name("link")
        tried.hardlink_to(part / VERSION_FILE)
        tried.unlink()
    except OSError:
        return False
    return True


def _why_not_combined(answer: subprocess.CompletedProcess[str]) -> StrongroomError:
    """Tell a full disk, or a program that was ended, from backups that do not fit together."""
    error = error_from(answer.stderr, doing="combining the backups of a chain")
    if type(error) is not ServerError or answer.returncode < 0:
        return error
    return DamagedBackupError(
        f"The backups of a chain do not fit together: {answer.stderr.strip()}",
        next_step="strongroom backups, and use another one",
    )


def record_of(manifest: Manifest) -> PhysicalRecord:
    """The physical part of a manifest that has one."""
    if manifest.physical is None:
        raise AssertionError("only physical backups are unpacked")
    return manifest.physical
