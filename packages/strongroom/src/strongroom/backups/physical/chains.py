"""Chains of physical backups: what a new one may build on, and what one is built on.

An incremental backup holds the blocks that changed since its parent. The server finds them by
the parent's own list of files, which is encrypted with the backup; so a plain copy of that list
(names, sizes and checksums, no contents) is kept beside the state, for the next backup only.
"""

from __future__ import annotations

from pathlib import Path

from strongroom.backups.catalogue import listed, load
from strongroom.backups.manifest import Manifest
from strongroom.backups.settings import backup_settings
from strongroom.config import Configuration
from strongroom.errors import BackupError, DamagedBackupError, NoSuchBackupError
from strongroom.files import write_whole
from strongroom.identity.keys import recipients
from strongroom.postgres.replication import Identified

LENGTH_MAX = 64


def files_path(configuration: Configuration, backup_id: str) -> Path:
    """Where the list of files of a backup is kept."""
    return configuration.state_cache / "base-files" / backup_id


def remember_files(configuration: Configuration, backup_id: str, files: bytes) -> None:
    """Keep the list of files of a backup, in the place of those of the backups before."""
    path = files_path(configuration, backup_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, files)
    standing = {one.backup_id for one in listed(configuration)[:1]} | {backup_id}
    for other in path.parent.iterdir():
        if other.name not in standing:
            other.unlink(missing_ok=True)


def forget_files(configuration: Configuration, backup_id: str) -> None:
    """Let nothing build on this backup: without the list of its files the next one is full."""
    files_path(configuration, backup_id).unlink(missing_ok=True)


def parent_for(configuration: Configuration, identified: Identified) -> Manifest | None:
    """The backup that a new one may build on; None where it has to be a full one.

    That is the newest backup, if it is a physical one of this very cluster on this timeline, its
    list of files is at hand, and its chain is not too long yet.
    """
    newest = next(iter(listed(configuration)), None)
    if newest is None or newest.physical is None:
        return None
    of = newest.physical
    same = (of.system_identifier, of.timeline) == (
        identified.system_identifier,
        identified.timeline,
    )
    if not _opened_by_all(configuration, newest):
        return None
    if not same or not files_path(configuration, newest.backup_id).exists():
        return None
    try:
        length = len(chain_of(configuration, newest))
    except BackupError:
        return None  # what builds on a chain that lacks a link could never be restored
    return newest if length < backup_settings(configuration).chain_max else None


def _opened_by_all(configuration: Configuration, parent: Manifest) -> bool:
    """Whether whoever can open the new backup can open what it would build on."""
    wanted = {str(one) for one in recipients(configuration)}
    return wanted.issubset(parent.recipients)


def chain_of(configuration: Configuration, manifest: Manifest) -> list[Manifest]:
    """The backups that have to be combined for this one, the full one first.

    Raises:
        DamagedBackupError: one of them is missing or not whole, or they lead nowhere.
    """
    chain = [manifest]
    while (parent := chain[0].parent) is not None:
        if len(chain) >= LENGTH_MAX or parent in {one.backup_id for one in chain}:
            raise DamagedBackupError(
                f"The chain of the backup {manifest.backup_id} leads to no full one.",
                next_step="strongroom backups, and use another one",
            )
        chain.insert(0, _link(configuration, manifest, parent))
    return chain


def _link(configuration: Configuration, manifest: Manifest, parent: str) -> Manifest:
    try:
        return load(configuration, parent)
    except NoSuchBackupError as error:
        raise DamagedBackupError(
            f"The backup {manifest.backup_id} builds on {parent}, which is not there: its chain "
            "lacks a link.",
            next_step="strongroom backups, and use another one",
        ) from error
