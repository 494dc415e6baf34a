"""Let the stores of copies follow: what retention has removed here goes there as well.

Nothing is decided anew. A copy goes only when the ledger says that its backup was removed to the
end; one that merely vanished from the store, that somebody brought back there, or that another
database put there, stays. Of the log goes what no kept backup leads to, as it goes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strongroom.backups.catalogue import PRUNE
from strongroom.backups.manifest import DRILLS_PREFIX, PREFIX, Manifest
from strongroom.backups.removal import PRUNED, require_gone
from strongroom.backups.wal.pruning import LogPruning
from strongroom.config import Configuration
from strongroom.errors import ObjectLockedError, ObjectMissingError, StrongroomError
from strongroom.ledger import ledger_of
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
    configuration: Configuration, staying: Sequence[Manifest], progress: Progress
) -> list[PrunedCopies]:
    """Remove from every store of copies what was removed here; a store that fails stops no other.

    Args:
        configuration: whose copies.
        staying: the backups that are kept, from which log leads on.
        progress: told of ``STEP`` for each backup.
    """
    if not configuration.copies:
        return []
    wanted = _removed_here(configuration)
    outcomes = []
    for url in configuration.copies:
        outcome = _prune_store(url, wanted, progress)
        if outcome.problem is None:
            _prune_log(configuration.with_store(url), staying, outcome)
        outcomes.append(outcome)
        if outcome.removed:
            ledger_of(configuration).record(
                PRUNED_COPY,
                store=outcome.store,
                backups=outcome.removed,
                freed_bytes=outcome.freed_bytes,
            )
    return outcomes


def _removed_here(configuration: Configuration) -> dict[str, list[str]]:
    """The objects of every backup that the ledger says was removed, and that is not back since."""
    announced, removed = dict[str, list[str]](), set[str]()
    for entry in ledger_of(configuration).readable()[0]:
        backup_id = str(entry.details.get("backup_id"))
        if entry.kind == PRUNE:
            announced[backup_id] = list(entry.details["objects"])
        elif entry.kind == PRUNED:
            removed.add(backup_id)
    back = {_backup_of(info.key) for info in open_store(configuration.store_url).list(PREFIX)}
    return {one: announced[one] for one in removed - back if one in announced}


def _prune_store(url: str, wanted: Mapping[str, Sequence[str]], progress: Progress) -> PrunedCopies:
    outcome = PrunedCopies(shown_address(url))
    try:
        store = open_store(url)
        present = {_backup_of(info.key) for info in store.list(PREFIX)}
        # The newest first: what is left by a kill builds on nothing that is gone.
        for backup_id in sorted(present & wanted.keys(), reverse=True):
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


def _prune_log(copy: Configuration, staying: Sequence[Manifest], outcome: PrunedCopies) -> None:
    try:
        log = LogPruning(copy, staying)
        log.remove()
        outcome.freed_bytes += log.size_bytes
    except StrongroomError as error:
        outcome.problem = error


def _backup_of(key: str) -> str:
    return key.removeprefix(PREFIX).partition("/")[0]


def _remove(store: ObjectStore, backup_id: str, data: Sequence[str]) -> int:
    """Remove a copy, its manifest first: from then on nothing that is left of it looks whole."""
    manifests = [one.key for one in store.list(f"{PREFIX}{backup_id}/manifest-")]
    drills = [one.key for one in store.list(f"{DRILLS_PREFIX}{backup_id}/")]
    freed_bytes = sum(_delete(store, key) for key in manifests)
    for key in manifests:
        require_gone(store, key)
    return freed_bytes + sum(_delete(store, key) for key in (*data, *drills))


def _delete(store: ObjectStore, key: str) -> int:
    try:
        size_bytes = store.stat(key).size_bytes
    except ObjectMissingError:
        return 0
    store.delete(key)
    return size_bytes
