"""Look at the small objects of the store: records of drills, the state, anchors of the ledger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

from strongroom.backups.examining import Folder, Past
from strongroom.backups.findings import Finding
from strongroom.backups.manifest import DRILLS_PREFIX
from strongroom.backups.reading import Reading
from strongroom.errors import (
    BackupError,
    NewerFormatError,
    ObjectMissingError,
    StateError,
    StorageError,
)
from strongroom.identity.state_object import is_as_written
from strongroom.ledger import anchor_problem
from strongroom.storage import ObjectStore

DrillCheck = Callable[[bytes, str], None]
"""Raises where a stored drill record is not as written: ``drills.require_as_written``."""

STATES, ANCHORS = "state/", "ledger/"
_VERSION = re.compile(r"state/[^/]+/\d{10,}\.json")
_ANCHOR = re.compile(r"ledger/.+/\d{10,}-[0-9a-f]{64}")
_UPGRADE = "upgrade strongroom, then strongroom fsck"


class RecordsExamination:
    """Goes through everything small; nothing is changed."""

    def __init__(self, store: ObjectStore, reading: Reading) -> None:
        self._store, self._reading = store, reading

    def drills(
        self, folders: Mapping[str, Folder], past: Past, check: DrillCheck
    ) -> Iterator[Finding]:
        """Records that are damaged, that are about nothing, or that the store lacks."""
        whole = {one.backup_id for one in folders.values() if one.manifests}
        found: set[str] = set()
        for info in self._store.list(DRILLS_PREFIX):
            backup_id = _backup_of(info.key)
            found.add(info.key)
            yield from self._drill(info.key, past.drills.get(info.key), check)
            if backup_id not in folders and backup_id not in past.record.backup_ids:
                yield Finding(
                    "orphaned_drill",
                    info.key,
                    backup_id,
                    "the backup that this drill was about is not in the store",
                    "strongroom fsck --repair"
                    if backup_id in past.pruned
                    else "remove it by hand if no other machine backs up into this store",
                )
        for key, sha256 in past.drills.items():
            if key not in found and _backup_of(key) in whole:
                what = "the ledger tells of this drill, and its record is not in the store"
                following = f"strongroom drill {_backup_of(key)}"
                yield Finding("drill_missing", key, _backup_of(key), what, following, sha256)

    def _drill(self, key: str, sha256: str | None, check: DrillCheck) -> Iterator[Finding]:
        backup_id = _backup_of(key)
        following = f"strongroom drill {backup_id}"
        try:
            data = self._reading.get(self._store, key)
            check(data, key)
        except NewerFormatError as error:
            yield Finding("newer_format", key, backup_id, error.message, _UPGRADE, sha256)
        except BackupError as error:
            yield Finding("drill_damaged", key, backup_id, error.message, following, sha256)
        except ObjectMissingError:
            return  # removed since it was listed
        except StorageError as error:
            yield Finding("unreadable", key, backup_id, error.message, error.next_step, sha256)
        else:
            if sha256 not in (None, hashlib.sha256(data).hexdigest()):
                what = "it is not the record that the ledger tells of"
                yield Finding("drill_damaged", key, backup_id, what, following, sha256)

    def states(self, store: ObjectStore) -> Iterator[Finding]:
        """Versions of the state that are damaged, of every database in ``store``."""
        for info in store.list(STATES):
            if not _VERSION.fullmatch(info.key):
                continue  # what others have put beside them
            following = f"move {info.key} out of the store, then strongroom check"
            try:
                is_as_written(self._reading.get(store, info.key))
            except NewerFormatError as error:
                yield Finding("newer_format", info.key, None, error.message, _UPGRADE)
            except StateError:
                what = "this version of the state is damaged"
                yield Finding("state_damaged", info.key, None, what, following)
            except ObjectMissingError:
                continue  # an old version, removed since it was listed
            except StorageError as error:
                yield Finding("unreadable", info.key, None, error.message, error.next_step)

    def anchors(self) -> Iterator[Finding]:
        """Anchors of the ledger that are not as they were written."""
        for info in self._store.list(ANCHORS):
            if not _ANCHOR.fullmatch(info.key):
                continue
            try:
                problem = anchor_problem(info.key, self._reading.get(self._store, info.key))
            except StorageError as error:
                problem = error.message
            if problem is not None:
                following = "strongroom ledger verify"
                yield Finding("anchor_damaged", info.key, None, problem, following)


def _backup_of(key: str) -> str:
    return key.removeprefix(DRILLS_PREFIX).partition("/")[0]
