"""Remove one backup, in an order that no kill can turn into a lie.

The manifest goes first: from then on the backup does not exist, and nothing that is left of it
looks whole. Then its data, last the records of its drills. The ledger tells of each removal
before it begins and after it has ended; what a dead process left is removed by the next run.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from strongroom.backups.catalogue import PRUNE
from strongroom.backups.manifest import DRILLS_PREFIX, PREFIX, Manifest
from strongroom.backups.unfinished import sweep_abandoned
from strongroom.config import Configuration
from strongroom.errors import (
    BackupError,
    ObjectMissingError,
    StorageError,
    UnverifiedObjectError,
)
from strongroom.ledger import Entry, ledger_of
from strongroom.progress import Progress
from strongroom.storage import ObjectStore, open_store

STEPS = (
    "prune.announced",
    "prune.manifest_removed",
    "prune.data_removed",
    "prune.proofs_removed",
    "prune.recorded",
)
PRUNED = "pruned"
"""The ledger's kind of entry that says that nothing of a backup is left."""


class Removal:
    """Removes backups one after the other, and remembers what the store would not let go."""

    def __init__(self, configuration: Configuration, progress: Progress) -> None:
        self._configuration, self._progress = configuration, progress
        self._store, self._ledger = open_store(configuration.store_url), ledger_of(configuration)
        self._problem: StorageError | None = None
        self.freed_bytes = 0

    def finish_earlier(self) -> list[str]:
        """Remove what earlier runs and dead backups have left; return the backups' names.

        A backup that was announced and still has its manifest is whole: it is decided on anew.
        """
        sweep_abandoned(self._configuration, self._store)
        begun: dict[str, Entry] = {}
        for entry in self._ledger.readable()[0]:
            backup_id = str(entry.details.get("backup_id"))
            if entry.kind == PRUNE:
                begun[backup_id] = entry
            elif entry.kind == PRUNED:
                begun.pop(backup_id, None)
        finished: list[str] = []
        for backup_id, entry in begun.items():
            if not any(self._store.list(f"{PREFIX}{backup_id}/manifest-")):
                self._remove_rest(backup_id, entry.details["objects"], self.freed_bytes)
                finished.append(backup_id)
        return finished

    def remove(self, manifest: Manifest, reasons: Sequence[str]) -> bool:
        """Remove one backup, from its manifest to the records of its drills.

        Returns:
            Whether it is gone; what the store does not let go is told by ``require_complete``.
        """
        objects = [one.key for one in manifest.objects]
        self._ledger.record(
            PRUNE,
            backup_id=manifest.backup_id,
            manifest_sha256=manifest.sha256,
            size_bytes=manifest.size_bytes,
            objects=objects,
            reasons=list(reasons),
        )
        self._progress.step("prune.announced")
        before = self.freed_bytes
        try:
            self._delete(manifest.key)
            require_gone(self._store, manifest.key)
        except StorageError as error:
            self._problem = self._problem or error
            return False
        self._progress.step("prune.manifest_removed")
        self._remove_rest(manifest.backup_id, objects, before)
        return True

    def require_complete(self) -> None:
        """Raise what the store said when it would not let something go."""
        if self._problem is not None:
            raise self._problem

    def _remove_rest(self, backup_id: str, objects: Sequence[str], before: int) -> None:
        try:
            for key in objects:
                self._delete(key)
            self._progress.step("prune.data_removed")
            for info in list(self._store.list(f"{DRILLS_PREFIX}{backup_id}/")):
                self._delete(info.key)
        except StorageError as error:
            self._problem = self._problem or error
            return
        self._progress.step("prune.proofs_removed")
        self._ledger.record(PRUNED, backup_id=backup_id, freed_bytes=self.freed_bytes - before)
        self._progress.step("prune.recorded")

    def _delete(self, key: str) -> None:
        try:
            size_bytes = self._store.stat(key).size_bytes
        except ObjectMissingError:
            return
        self._store.delete(key)
        self.freed_bytes += size_bytes


def require_gone(store: ObjectStore, manifest_key: str) -> None:
    """A manifest that stayed would tell of data that the next calls take away.

    Raises:
        UnverifiedObjectError: the store still shows it.
    """
    if any(store.list(manifest_key)):
        raise UnverifiedObjectError(
            f"The store said that it had removed {manifest_key}, and still has it.",
            next_step="check the store, then strongroom prune",
        )


@contextmanager
def alone(configuration: Configuration) -> Iterator[None]:
    """Keep a second run on this machine out."""
    configuration.state_cache.mkdir(parents=True, exist_ok=True)
    with (configuration.state_cache / "prune.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                "Another process is removing backups right now.", next_step="try again later"
            ) from None
        yield
