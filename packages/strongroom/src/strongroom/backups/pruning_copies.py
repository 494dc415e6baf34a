"""Let the stores of copies follow: what retention has removed here goes there as well.

Nothing is decided anew. A copy goes only when the ledger says that its backup was removed to the
end; one that merely vanished from the store, or that another database put there, stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strongroom.backups.manifest import DRILLS_PREFIX, PREFIX
from strongroom.config import Configuration
from strongroom.errors import ObjectLockedError, ObjectMissingError, StrongroomError
from strongroom.ledger import Entry, ledger_of
from strongroom.progress import Progress
from strongroom.storage import ObjectStore, open_store, shown_address

PRUNED_COPY = "pruned_copy"
"""The ledger's kind of entry that says which copies a store let go."""
STEP = "prune.copy_removed"


@dataclass
class PrunedCopies:
    """What one store of copies has let go."""

    store: str
    removed: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    """Backups that its server keeps for now, as it was told to: a later run comes back."""
    freed_bytes: int = 0
    problem: StrongroomError | None = None

    def as_dict(self) -> dict[str, object]:
        """The outcome as documented for ``--json``."""
        return {**vars(self), "problem": self.problem.as_dict() if self.problem else None}


def prune_copies(
    configuration: Configuration, pruned: str, announced: str, progress: Progress
) -> list[PrunedCopies]:
    """Remove from every store of copies what was removed here; a store that fails stops no other.

    Args:
        configuration: whose copies.
        pruned: the ledger's kind of entry for a backup that is gone.
        announced: the kind of the entry before it, which names the objects.
        progress: told of ``STEP`` for each backup.
    """
    if not configuration.copies:
        return []
    ledger = ledger_of(configuration)
    gone, objects = set[str](), dict[str, Entry]()
    for entry in ledger.readable()[0]:
        backup_id = str(entry.details.get("backup_id"))
        if entry.kind == announced:
            objects[backup_id] = entry
        elif entry.kind == pruned:
            gone.add(backup_id)
    wanted = {one: list(objects[one].details["objects"]) for one in gone if one in objects}
    outcomes = [_prune_store(url, wanted, progress) for url in configuration.copies]
    for outcome in outcomes:
        if outcome.removed:
            ledger.record(
                PRUNED_COPY,
                store=outcome.store,
                backups=outcome.removed,
                freed_bytes=outcome.freed_bytes,
            )
    return outcomes


def _prune_store(url: str, wanted: Mapping[str, Sequence[str]], progress: Progress) -> PrunedCopies:
    outcome = PrunedCopies(shown_address(url))
    try:
        store = open_store(url)
        present = {_backup_of(info.key) for info in store.list(PREFIX)}
        for backup_id in sorted(present & wanted.keys()):
            try:
                outcome.freed_bytes += _remove(store, backup_id, wanted[backup_id])
            except ObjectLockedError:
                outcome.locked.append(backup_id)
                continue
            outcome.removed.append(backup_id)
            progress.step(STEP)
    except StrongroomError as error:
        outcome.problem = error
    return outcome


def _backup_of(key: str) -> str:
    return key.removeprefix(PREFIX).partition("/")[0]


def _remove(store: ObjectStore, backup_id: str, data: Sequence[str]) -> int:
    """Remove a copy, its manifest first: from then on nothing that is left of it looks whole."""
    manifests = [one.key for one in store.list(f"{PREFIX}{backup_id}/manifest-")]
    drills = [one.key for one in store.list(f"{DRILLS_PREFIX}{backup_id}/")]
    freed_bytes = 0
    for key in (*manifests, *data, *drills):
        try:
            size_bytes = store.stat(key).size_bytes
        except ObjectMissingError:
            continue
        store.delete(key)
        freed_bytes += size_bytes
    return freed_bytes
