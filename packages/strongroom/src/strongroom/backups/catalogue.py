"""Which backups there are: those whose manifest is in the store, whole and vouched for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.backups.manifest import PREFIX, Manifest
from strongroom.backups.unfinished import ABANDONED
from strongroom.config import Configuration
from strongroom.errors import (
    BackupError,
    DamagedBackupError,
    NewerFormatError,
    NoSuchBackupError,
    ObjectMissingError,
    StorageError,
    StrongroomError,
)
from strongroom.identity.observation import Warned
from strongroom.identity.pin import pin_of
from strongroom.ledger import ledger_of
from strongroom.storage import ObjectStore, open_store

PRUNE = "prune"
"""The ledger's kind of entry that says, before it happens, that a backup is removed."""
NEXT_STEP = "strongroom backups, to see which there are"


@dataclass(frozen=True)
class Damage:
    """A manifest that cannot be believed, or whose backup is not whole."""

    backup_id: str
    problem: StrongroomError


@dataclass
class Catalogue:
    """The backups of one database in the store, newest first, and what is known of others."""

    backups: list[Manifest] = field(default_factory=list)
    damaged: list[Damage] = field(default_factory=list)
    unrecorded: set[str] = field(default_factory=set)
    """Backups that nothing vouches for: the ledger is younger than they are, or damaged."""
    of_others: list[Manifest] = field(default_factory=list)
    """Backups of other databases that share the store; our ledger can say nothing of them."""
    missing: list[str] = field(default_factory=list)
    """Backups that the ledger tells of and the store lacks: perhaps its disk is not mounted."""


class Record:
    """What the ledger of one configuration knows of backups."""

    def __init__(self, configuration: Configuration) -> None:
        pin = pin_of(configuration)
        self._database_id = pin.database_id if pin else None
        self._began_at: datetime | None = None
        self._known: set[tuple[object, object]] = set()
        self._gone: set[object] = set()
        entries, damaged = ledger_of(configuration).readable()
        for entry in entries:
            if entry.kind == "backup":
                details = entry.details
                self._known.add((details.get("backup_id"), details.get("manifest_sha256")))
            elif entry.kind in (PRUNE, ABANDONED):
                self._gone.add(entry.details.get("backup_id"))
        # Damage to the record must not stand between people and their data: such a ledger
        # vouches for what it still tells, and refuses nothing.
        if entries and not damaged:
            self._began_at = datetime.fromisoformat(entries[0].at)

    @property
    def backup_ids(self) -> list[str]:
        """Every backup that was recorded, without those that are gone as they should be."""
        return sorted(str(name) for name, _ in self._known if name not in self._gone)

    def is_of_another(self, manifest: Manifest) -> bool:
        """Whether the backup is of another database, and was not taken here.

        What this ledger recorded stays ours: after a loss a new database is pinned in the
        place of the one whose backups are needed most.
        """
        if self._database_id in (None, manifest.database_id):
            return False
        return (manifest.backup_id, manifest.sha256) not in self._known

    def vouches_for(self, manifest: Manifest) -> bool:
        """Whether this very manifest is in the ledger.

        Raises:
            DamagedBackupError: it is not, although the ledger already existed at its time.
        """
        if (manifest.backup_id, manifest.sha256) in self._known:
            return True
        if self._began_at is not None and self._began_at <= manifest.started_at:
            raise DamagedBackupError(
                f"The backup {manifest.backup_id} is not in the ledger, which has recorded every "
                "backup since before it was taken: its manifest is not one that we wrote, or the "
                "ledger has lost its end.",
                next_step="strongroom ledger verify, which tells of a ledger that was cut",
            )
        return False


def read_catalogue(configuration: Configuration) -> Catalogue:
    """Read every manifest, and say of each what can be said without opening its data."""
    store, record = open_store(configuration.store_url), Record(configuration)
    catalogue = Catalogue()
    for key in _manifest_keys(store):
        try:
            manifest = Manifest.from_bytes(store.get(key), key)
            if record.is_of_another(manifest):
                catalogue.of_others.append(manifest)
                continue
            _require_whole(store, manifest)
            if not record.vouches_for(manifest):
                catalogue.unrecorded.add(manifest.backup_id)
            catalogue.backups.append(manifest)
        except (BackupError, NewerFormatError) as problem:
            catalogue.damaged.append(Damage(_backup_id(key), problem))
    _set_broken_chains_aside(catalogue)
    catalogue.missing = _missing(store, record)
    return catalogue


def _set_broken_chains_aside(catalogue: Catalogue) -> None:
    """A backup is whole only with all that it builds on: nobody can restore it alone."""
    whole: dict[str, Manifest] = {}
    for manifest in reversed(catalogue.backups):  # what others build on is older than they are
        parent = manifest.parent
        if parent is None or parent in whole:
            whole[manifest.backup_id] = manifest
            continue
        problem = DamagedBackupError(
            f"The backup {manifest.backup_id} builds on {parent}, which is not whole in the store.",
            next_step="strongroom fsck",
        )
        catalogue.damaged.append(Damage(manifest.backup_id, problem))
    catalogue.backups = [one for one in catalogue.backups if one.backup_id in whole]
    catalogue.damaged.sort(key=lambda one: one.backup_id, reverse=True)


def missing_warnings(configuration: Configuration) -> tuple[Warned, ...]:
    """Warn where the store lacks the newest backup that the ledger tells of; no data is read."""
    record = Record(configuration)
    try:
        missing = _missing(open_store(configuration.store_url), record)
    except StorageError:
        return ()  # a store that cannot be asked is told by whoever needs it
    newest = record.backup_ids[-1:]
    return (missing_warning(missing),) if newest and missing[-1:] == newest else ()


def missing_warning(missing: Sequence[str]) -> Warned:
    """Say which backups are missing, oldest first, and why that may be."""
    return Warned(
        "backup_missing",
        f"{len(missing)} of the backups that the ledger tells of are not in the store, the newest "
        f"of them {missing[-1]}: is the right disk mounted?",
    )


def _missing(store: ObjectStore, record: Record) -> list[str]:
    stored = {_backup_id(key) for key in _manifest_keys(store)}
    return [backup_id for backup_id in record.backup_ids if backup_id not in stored]


def is_recorded(configuration: Configuration, manifest: Manifest) -> bool:
    """Whether the ledger vouches for this very manifest."""
    return Record(configuration).vouches_for(manifest)


def listed(configuration: Configuration) -> list[Manifest]:
    """Every whole backup of the database, newest first."""
    return read_catalogue(configuration).backups


def load(configuration: Configuration, backup_id: str | None = None) -> Manifest:
    """Read one backup's manifest; by default that of the database's newest backup.

    A newest backup that is damaged is an error: nobody is given an older one unasked.

    Raises:
        NoSuchBackupError: there is none, or none of this name.
        DamagedBackupError: its manifest cannot be believed, or an object is missing or short.
        NewerFormatError: it was written by a newer strongroom.
    """
    store, record = open_store(configuration.store_url), Record(configuration)
    if backup_id is None:
        backup_id = _newest(store, record)
    keys = [key for key in _manifest_keys(store) if backup_id == _backup_id(key)]
    if not keys:
        raise NoSuchBackupError(
            f"There is no backup {backup_id}." if backup_id else "There is no backup yet.",
            next_step=NEXT_STEP if backup_id else "strongroom backup",
        )
    if [_backup_id(key) for key in keys].count(_backup_id(keys[0])) > 1:
        raise DamagedBackupError(
            f"The backup {_backup_id(keys[0])} has several manifests, and should have one.",
            next_step=NEXT_STEP,
        )
    manifest = _read(store, keys[0])
    if not record.is_of_another(manifest):
        record.vouches_for(manifest)
    return manifest


def _newest(store: ObjectStore, record: Record) -> str | None:
    """The newest backup of our database, or one that cannot be read and might be."""
    for key in _manifest_keys(store):
        try:
            manifest = Manifest.from_bytes(store.get(key), key)
        except (BackupError, NewerFormatError):
            return _backup_id(key)
        if not record.is_of_another(manifest):
            return manifest.backup_id
    return None


def _manifest_keys(store: ObjectStore) -> list[str]:
    keys = [info.key for info in store.list(PREFIX)]
    return sorted((key for key in keys if "/manifest-" in key), reverse=True)


def _backup_id(manifest_key: str) -> str:
    return manifest_key.removeprefix(PREFIX).partition("/")[0]


def _read(store: ObjectStore, key: str) -> Manifest:
    """Read a manifest and see that its objects are there, in full length."""
    manifest = Manifest.from_bytes(store.get(key), key)
    _require_whole(store, manifest)
    return manifest


def _require_whole(store: ObjectStore, manifest: Manifest) -> None:
    for stored in manifest.objects:
        try:
            size_bytes = store.stat(stored.key).size_bytes
        except ObjectMissingError as error:
            raise DamagedBackupError(
                f"The backup {manifest.backup_id} is not whole: {stored.key} is missing.",
                next_step=NEXT_STEP,
            ) from error
        if size_bytes != stored.size_bytes:
            raise DamagedBackupError(
                f"The backup {manifest.backup_id} is not whole: {stored.key} has {size_bytes} "
                f"bytes instead of {stored.size_bytes}.",
                next_step=NEXT_STEP,
            )
