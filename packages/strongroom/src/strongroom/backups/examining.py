"""Look at every object of the store and say what is not as it should be. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from strongroom.backups.catalogue import PRUNE, Record
from strongroom.backups.findings import BRING_BACK, Finding
from strongroom.backups.manifest import DRILLS_PREFIX, PREFIX, Manifest
from strongroom.backups.reading import Reading
from strongroom.backups.retention import parent_of
from strongroom.backups.stream import StoredObject
from strongroom.errors import (
    BackupError,
    DamagedBackupError,
    NewerFormatError,
    ObjectMissingError,
    StorageError,
)
from strongroom.ledger import Entry
from strongroom.storage import ObjectInfo, ObjectStore

_UPGRADE = "upgrade strongroom, then strongroom fsck"
_HASH_IN_NAME = re.compile(r"/manifest-([0-9a-f]{64})\.json$")


@dataclass
class Folder:
    """What lies in the folder of one backup."""

    backup_id: str
    manifests: list[ObjectInfo] = field(default_factory=list)
    others: dict[str, ObjectInfo] = field(default_factory=dict)


def folders_in(store: ObjectStore) -> dict[str, Folder]:
    """Every folder of a backup, whole or not."""
    folders: dict[str, Folder] = {}
    for info in store.list(PREFIX):
        backup_id, _, name = info.key.removeprefix(PREFIX).partition("/")
        folder = folders.setdefault(backup_id, Folder(backup_id))
        if name.startswith("manifest-"):
            folder.manifests.append(info)
        else:
            folder.others[info.key] = info
    return folders


@dataclass(frozen=True)
class Past:
    """What ledger and marks say of backups and drills."""

    record: Record
    manifests: Mapping[str, str]
    """The sha256 of every recorded manifest."""
    drills: Mapping[str, str]
    """The sha256 of every recorded drill, by its key."""
    pruned: frozenset[str]
    alive: frozenset[str]
    """Backups that are being taken right now."""
    dead: frozenset[str]
    """Backups whose process has died."""


def past_from(
    record: Record, entries: Sequence[Entry], alive: frozenset[str], dead: frozenset[str]
) -> Past:
    """Take from the ledger what objects are compared with."""
    manifests: dict[str, str] = {}
    drills: dict[str, str] = {}
    pruned: set[str] = set()
    for entry in entries:
        details, backup_id = entry.details, str(entry.details.get("backup_id"))
        if entry.kind == "backup":
            manifests[backup_id] = str(details.get("manifest_sha256"))
        elif entry.kind == "drill":
            key = f"{DRILLS_PREFIX}{backup_id}/{details.get('drill_id')}.json"
            drills[key] = str(details.get("record_sha256"))
        elif entry.kind == PRUNE:
            pruned.add(backup_id)
    return Past(record, manifests, drills, frozenset(pruned), alive, dead)


class Examination:
    """Goes through the folders of backups."""

    def __init__(
        self, store: ObjectStore, past: Past, reading: Reading, *, read_data: bool
    ) -> None:
        self._store, self._past, self._reading = store, past, reading
        self._read_data = read_data
        self.not_read = 0
        """Objects of which only the size was looked at."""

    def findings(self, folders: Mapping[str, Folder]) -> Iterator[Finding]:
        """Everything about manifests and data."""
        for folder in folders.values():
            if folder.backup_id in self._past.alive:
                continue
            if folder.manifests:
                yield from self._with_manifest(folder, folders)
            else:
                yield from self._without_manifest(folder)
        for backup_id in self._past.record.backup_ids:
            if backup_id not in folders and backup_id not in self._past.alive:
                yield _missing(backup_id, self._past.manifests.get(backup_id))

    def _without_manifest(self, folder: Folder) -> Iterator[Finding]:
        backup_id, past = folder.backup_id, self._past
        if backup_id in past.record.backup_ids and backup_id not in past.dead:
            yield _missing(backup_id, past.manifests.get(backup_id))
            return
        kind = "unfinished_backup" if backup_id in past.dead else "orphaned_data"
        if backup_id in past.dead:
            why, following = "its backup died before it was whole", "strongroom fsck --repair"
        elif backup_id in past.pruned:
            why, following = "its backup was pruned, and this was left", "strongroom fsck --repair"
        else:
            why = "there is no manifest, and nothing tells whose backup it was to become"
            following = "remove it by hand if no other machine backs up into this store"
        for key in folder.others:
            yield Finding(kind, key, backup_id, why, following)

    def _with_manifest(self, folder: Folder, folders: Mapping[str, Folder]) -> Iterator[Finding]:
        backup_id = folder.backup_id
        if len(folder.manifests) > 1:
            for info in folder.manifests:
                yield Finding(
                    "duplicate",
                    info.key,
                    backup_id,
                    f"this backup has {len(folder.manifests)} manifests, and should have one",
                    "strongroom ledger show --kind backup, which tells the right one",
                )
        expected: set[str] = set()
        believed = True
        for info in folder.manifests:
            manifest = yield from self._manifest(info)
            if manifest is None:
                believed = False
                continue
            expected |= {stored.key for stored in manifest.objects}
            for stored in manifest.objects:
                yield from self._object(stored, manifest, folder.others.get(stored.key))
            parent = parent_of(manifest)
            if parent is not None and not (parent in folders and folders[parent].manifests):
                yield Finding(
                    "parent_missing",
                    info.key,
                    backup_id,
                    f"it builds on the backup {parent}, which is not in the store",
                    BRING_BACK,
                )
        if believed:
            for key in folder.others.keys() - expected:
                yield Finding(
                    "unexpected_object",
                    key,
                    backup_id,
                    "the manifest does not know this object",
                    "remove it by hand if it is no copy that you made",
                )

    def _manifest(self, info: ObjectInfo) -> Generator[Finding, None, Manifest | None]:
        """Read a manifest, and return it where it can be believed as far as its own name goes."""
        key = info.key
        backup_id = key.removeprefix(PREFIX).partition("/")[0]
        named = _HASH_IN_NAME.search(key)
        try:
            manifest = Manifest.from_bytes(self._reading.get(self._store, key), key)
        except NewerFormatError as error:
            yield Finding("newer_format", key, backup_id, error.message, _UPGRADE)
            return None
        except BackupError as error:
            sha256 = named[1] if named else None
            yield Finding("manifest_damaged", key, backup_id, error.message, BRING_BACK, sha256)
            return None
        except ObjectMissingError:
            return None  # removed since it was listed
        except StorageError as error:
            yield _unreadable(key, backup_id, error, named[1] if named else None)
            return None
        yield from self._vouched(manifest)
        return manifest

    def _vouched(self, manifest: Manifest) -> Iterator[Finding]:
        record = self._past.record
        if record.is_of_another(manifest):
            return
        try:
            known = record.vouches_for(manifest)
        except DamagedBackupError as error:
            yield Finding(
                "not_in_ledger", manifest.key, manifest.backup_id, error.message, error.next_step
            )
            return
        if not known:
            yield Finding(
                "unrecorded",
                manifest.key,
                manifest.backup_id,
                "the ledger is younger than this backup, or damaged, and cannot vouch for it",
                f"strongroom drill {manifest.backup_id}",
            )

    def _object(
        self, stored: StoredObject, manifest: Manifest, info: ObjectInfo | None
    ) -> Iterator[Finding]:
        """Compare one object with what its manifest says."""
        key, backup_id = stored.key, manifest.backup_id
        try:
            size_bytes = (info or self._store.stat(key)).size_bytes
            if size_bytes != stored.size_bytes:
                what = f"it has {size_bytes:,} bytes instead of {stored.size_bytes:,}"
                yield Finding("wrong_size", key, backup_id, what, BRING_BACK, stored.sha256)
            elif not self._read_data:
                self.not_read += 1
            elif self._reading.sha256(self._store, key) != (stored.sha256, size_bytes):
                what = "its bytes are not those that were written"
                yield Finding("flipped", key, backup_id, what, BRING_BACK, stored.sha256)
        except ObjectMissingError:
            if any(self._store.list(manifest.key)):  # else the backup was removed meanwhile
                what = "the manifest tells of this object, and it is not in the store"
                yield Finding("data_missing", key, backup_id, what, BRING_BACK, stored.sha256)
        except StorageError as error:
            yield _unreadable(key, backup_id, error, stored.sha256)


def _missing(backup_id: str, sha256: str | None) -> Finding:
    return Finding(
        "backup_missing",
        f"{PREFIX}{backup_id}/manifest-{sha256}.json" if sha256 else None,
        backup_id,
        "the ledger tells of this backup, and the store has no manifest of it",
        "see whether the right disk is mounted; else strongroom backup",
        sha256=sha256,
    )


def _unreadable(key: str, backup_id: str, error: StorageError, sha256: str | None) -> Finding:
    return Finding("unreadable", key, backup_id, error.message, error.next_step, sha256)
