"""Copies of backups in other stores: object by object as they are, compared on their way.

What is copied is what is stored: encrypted, and without any key. A backup counts as copied
when its manifest is there, which is written last, and when its objects have their full size.
A copy that fails takes nothing away: the backup stands, and the next one catches up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from strongroom.backups.catalogue import listed, load
from strongroom.backups.manifest import PREFIX, Manifest
from strongroom.backups.stream import StoredObject
from strongroom.backups.stream_ends import PIECE_BYTES
from strongroom.backups.wal.pieces import PREFIX as LOG_PREFIX
from strongroom.backups.wal.pieces import history_sha256, is_whole_segment
from strongroom.backups.wal.stored import read_record
from strongroom.config import Configuration
from strongroom.errors import (
    ConfigurationError,
    DamagedBackupError,
    ObjectExistsError,
    StrongroomError,
    UnverifiedObjectError,
)
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.storage import ObjectStore, open_store, shown_address

STEPS = ("copy.object_stored", "copy.sealed")
"""What is reported for each backup that is copied, to each store."""

DRILLS_PREFIX = "drills/"
"""Where the room above keeps its records; they prove a backup wherever it lies."""


@dataclass
class StoreCopies:
    """What one store of copies has got, and what it lacks."""

    store: str
    copied: list[str] = field(default_factory=list)
    """Backups that were copied just now."""
    there: list[str] = field(default_factory=list)
    """Backups that it had already."""
    missing: list[str] = field(default_factory=list)
    size_bytes: int = 0
    """How much was copied just now."""
    records: int = 0
    """How many records of drills were copied just now."""
    segments: int = 0
    """How many whole segments of the log were copied just now."""
    problems: list[StrongroomError] = field(default_factory=list)
    """Why something is missing."""

    @property
    def complete(self) -> bool:
        """Whether it has everything."""
        return not self.missing and not self.problems

    def as_dict(self) -> dict[str, object]:
        """The outcome as documented for ``--json``."""
        return {**vars(self), "problems": [one.as_dict() for one in self.problems]}


def copy_backups(
    configuration: Configuration, backup_id: str | None = None, *, progress: Progress = SILENT
) -> list[StoreCopies]:
    """Copy what the stores of copies lack: one backup, or every whole one, newest first.

    A store that fails is told of in its outcome and stops no other.

    Raises:
        ConfigurationError: no store of copies is configured.
        NoSuchBackupError, DamagedBackupError: there is no such backup, or it is not whole.
        StorageError: the store that is copied from cannot be asked.
    """
    if not configuration.copies:
        raise ConfigurationError(
            "No store for copies is configured.",
            next_step=f'write copies = ["s3://…"] below [store] in {configuration.path}',
        )
    manifests = [load(configuration, backup_id)] if backup_id else listed(configuration)
    source = open_store(configuration.store_url)
    outcomes = [_Copying(url, source, progress).run(manifests) for url in configuration.copies]
    for outcome in outcomes:
        _record(configuration, outcome)
    return outcomes


def copy_after_backup(configuration: Configuration, *, progress: Progress) -> list[StoreCopies]:
    """Catch up with the copies; the backup that was just sealed stands whatever happens here."""
    if not configuration.copies:
        return []
    try:
        return copy_backups(configuration, progress=progress)
    except StrongroomError as error:
        return [StoreCopies(shown_address(url), problems=[error]) for url in configuration.copies]


def copy_record(configuration: Configuration, key: str, data: bytes) -> None:
    """Put the record of a drill beside each copy; where that fails, the next backup catches up."""
    for url in configuration.copies:
        with suppress(StrongroomError):
            open_store(url).put(key, data)


def has_backup(present: Mapping[str, int], manifest: Manifest) -> bool:
    """Whether a store has a backup whole, by the sizes of its objects."""
    return manifest.key in present and all(
        present.get(one.key) == one.size_bytes for one in manifest.objects
    )


def sizes_of(store: ObjectStore, prefix: str = PREFIX) -> dict[str, int]:
    """The sizes of the objects of backups in a store, by their keys."""
    return {one.key: one.size_bytes for one in store.list(prefix)}


class _Copying:
    """Brings one store up to date."""

    def __init__(self, url: str, source: ObjectStore, progress: Progress) -> None:
        self._url, self._source, self._progress = url, source, progress
        self._outcome = StoreCopies(shown_address(url))

    def run(self, manifests: Sequence[Manifest]) -> StoreCopies:
        """Copy; a damaged backup is passed over, a store that fails ends it."""
        outcome = self._outcome
        try:
            self._copy_all(open_store(self._url), manifests)
        except StrongroomError as error:
            outcome.problems.append(error)
        has = {*outcome.copied, *outcome.there}
        outcome.missing = [one.backup_id for one in manifests if one.backup_id not in has]
        return outcome

    def _copy_all(self, target: ObjectStore, manifests: Sequence[Manifest]) -> None:
        present, outcome = sizes_of(target), self._outcome
        for manifest in manifests:
            if has_backup(present, manifest):
                outcome.there.append(manifest.backup_id)
                continue
            try:
                self._copy_backup(target, manifest, present)
            except DamagedBackupError as error:
                outcome.problems.append(error)
            else:
                outcome.copied.append(manifest.backup_id)
        self._copy_records(target, {*outcome.copied, *outcome.there})
        self._copy_log(target, {one.incarnation for one in manifests if one.physical})

    def _copy_backup(
        self, target: ObjectStore, manifest: Manifest, present: Mapping[str, int]
    ) -> None:
        for stored in manifest.objects:
            ours = stored.key not in present and self._copy_object(target, stored)
            if target.stat(stored.key).size_bytes != stored.size_bytes:
                self._refuse_other(target, stored, manifest, ours=ours)
            if ours:
                self._progress.step("copy.object_stored")
        with suppress(ObjectExistsError):  # its name carries its hash: it is the same
            target.put(manifest.key, manifest.to_bytes())
        self._progress.step("copy.sealed")

    def _refuse_other(
        self, target: ObjectStore, stored: StoredObject, manifest: Manifest, *, ours: bool
    ) -> None:
        """Something else lies where a copy belongs; what we have just put there goes again."""
        if ours:
            target.delete(stored.key)
            raise UnverifiedObjectError(
                f"{self._outcome.store} said that it had {stored.key}, and did not have all of it.",
                next_step=f"check that store, then strongroom copy {manifest.backup_id}",
            )
        raise DamagedBackupError(
            f"{self._outcome.store} has another object under {stored.key}.",
            next_step=f"remove it there, then strongroom copy {manifest.backup_id}",
        )

    def _copy_object(self, target: ObjectStore, stored: StoredObject) -> bool:
        """Copy one object in constant memory; it is committed only if it is the one described.

        Returns:
            Whether it is ours; False where another process was first.
        """
        try:
            self._write_object(target, stored)
        except ObjectExistsError:
            return False
        return True

    def _write_object(self, target: ObjectStore, stored: StoredObject) -> None:
        found, size_bytes = hashlib.sha256(), 0
        with self._source.open(stored.key) as stream, target.writer(stored.key) as writer:
            while data := stream.read(PIECE_BYTES):
                writer.write(data)
                found.update(data)
                size_bytes += len(data)
                self._progress.amount("copy.data", size_bytes, stored.size_bytes, "bytes")
            if (size_bytes, found.hexdigest()) != (stored.size_bytes, stored.sha256):
                raise DamagedBackupError(
                    f"{stored.key} is not what its manifest describes; it was not copied.",
                    next_step="strongroom backup, then strongroom drill",
                )
        self._outcome.size_bytes += size_bytes

    def _copy_records(self, target: ObjectStore, backup_ids: set[str]) -> None:
        present = sizes_of(target, DRILLS_PREFIX)
        for info in self._source.list(DRILLS_PREFIX):
            backup_id = info.key.removeprefix(DRILLS_PREFIX).partition("/")[0]
            if info.key not in present and backup_id in backup_ids:
                with suppress(ObjectExistsError):
                    target.put(info.key, self._source.get(info.key))
                    self._outcome.records += 1

    def _copy_log(self, target: ObjectStore, lives: set[str]) -> None:
        """Copy whole segments of the log; parts of the last one wait until it is whole."""
        for life in sorted(lives):
            present = sizes_of(target, f"{LOG_PREFIX}{life}/")
            for key in [one.key for one in self._source.list(f"{LOG_PREFIX}{life}/")]:
                if history_sha256(key) and key not in present:
                    with suppress(ObjectExistsError):
                        target.put(key, self._source.get(key))
                if key in present or not is_whole_segment(key):
                    continue
                record = read_record(self._source, key)
                with suppress(ObjectExistsError):
                    if present.get(record.object.key) != record.object.size_bytes:
                        self._copy_object(target, record.object)
                with suppress(ObjectExistsError):
                    target.put(key, record.to_bytes())
                self._outcome.segments += 1


def _record(configuration: Configuration, outcome: StoreCopies) -> None:
    """Tell the ledger what has changed, and what failed."""
    ledger = ledger_of(configuration)
    if outcome.copied:
        ledger.record(
            "copy",
            store=outcome.store,
            backups=outcome.copied,
            size_bytes=outcome.size_bytes,
        )
    if not outcome.complete:
        ledger.record(
            "copy_failed",
            store=outcome.store,
            missing=outcome.missing,
            why="; ".join(one.message for one in outcome.problems),
        )
