"""Mend what can be proven, and nothing else; the ledger tells of each thing that was mended.

Two things can be proven: that a backup was abandoned, by its mark or by the ledger; and that an
object in a copy of the store is the one that is missing here, by its sha256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from strongroom.backups.examining import Past
from strongroom.backups.findings import Finding
from strongroom.backups.manifest import Manifest
from strongroom.backups.reading import pieces_of
from strongroom.backups.removal import Removal
from strongroom.backups.wal.mending import LOG_KINDS, is_mended, lacking
from strongroom.backups.wal.stored import read_record
from strongroom.config import Configuration
from strongroom.errors import BackupError, DamagedBackupError, NewerFormatError, StorageError
from strongroom.ledger import ledger_of
from strongroom.progress import Progress
from strongroom.storage import ObjectStore, TellsUnfinished

REPAIRED = "fsck_repaired"
"""The ledger's kind of entry that says what was mended."""
BROUGHT_BACK = frozenset(
    {
        "backup_missing",
        "data_missing",
        "drill_damaged",
        "drill_missing",
        "flipped",
        "manifest_damaged",
        "wrong_size",
    }
)
"""What a copy can mend. An object that cannot be read may be whole, and is left alone."""


class Mending:
    """Mends one store."""

    def __init__(
        self,
        configuration: Configuration,
        store: ObjectStore,
        copies: Sequence[ObjectStore],
        past: Past,
        progress: Progress,
    ) -> None:
        self._store, self._copies, self._past = store, copies, past
        self._ledger = ledger_of(configuration)
        self._removal = Removal(configuration, progress)

    def mended(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Give each finding back, as repaired where it is."""
        if any(self._is_abandoned(one) for one in findings):
            self._removal.finish_earlier()  # takes the store's own unfinished uploads as well
        for finding in findings:
            mend = self._remove if self._is_abandoned(finding) else self._bring_back
            yield replace(finding, repaired=True, next="") if mend(finding) else finding

    def _is_abandoned(self, finding: Finding) -> bool:
        if finding.kind in ("unfinished_backup", "unfinished_upload"):
            return True
        orphaned = finding.kind in ("orphaned_data", "orphaned_drill")
        return orphaned and finding.backup_id in self._past.pruned

    def _remove(self, finding: Finding) -> bool:
        if finding.kind == "orphaned_drill" and finding.key is not None:
            self._store.delete(finding.key)
        gone = (
            not any(self._store.list(finding.key))
            if finding.key is not None
            else not (isinstance(self._store, TellsUnfinished) and self._store.unfinished())
        )
        if gone:
            self._tell(finding, "removed")
        return gone

    def _bring_back(self, finding: Finding) -> bool:
        """Bring what is missing or damaged back from the first copy that has it as it must be."""
        if finding.kind in LOG_KINDS:
            return self._bring_log(finding)
        key, sha256 = finding.key, finding.sha256
        if key is None or sha256 is None or finding.kind not in BROUGHT_BACK:
            return False
        if _has(self._store, key, sha256):
            return False  # it has its hash: what is wrong with it is not the store's doing
        for copy in self._copies:
            if not _has(copy, key, sha256):
                continue
            if finding.kind == "backup_missing" and not self._bring_objects(copy, key):
                continue
            self._bring(copy, key, sha256)
            self._tell(finding, "brought back from a copy")
            return True
        return False

    def _bring_log(self, finding: Finding) -> bool:
        """Bring pieces of the log back, each record after the object that it vouches for."""
        for copy in self._copies if finding.key else ():
            for key in lacking(self._store, copy, finding.key or "", finding.kind):
                record = read_record(copy, key)
                stored = record.object
                if not _has(self._store, stored.key, stored.sha256):
                    if not _has(copy, stored.key, stored.sha256):
                        continue
                    self._bring(copy, stored.key, stored.sha256)
                self._bring(copy, key, hashlib.sha256(record.to_bytes()).hexdigest())
            if is_mended(self._store, finding.key or "", finding.kind):
                self._tell(finding, "brought back from a copy")
                return True
        return False

    def _bring_objects(self, copy: ObjectStore, manifest_key: str) -> bool:
        """Bring the data of a backup back before its manifest, so that it is never half there."""
        try:
            manifest = Manifest.from_bytes(copy.get(manifest_key), manifest_key)
        except (BackupError, NewerFormatError, StorageError):
            return False
        lacking = [one for one in manifest.objects if not _has(self._store, one.key, one.sha256)]
        if not all(_has(copy, one.key, one.sha256) for one in lacking):
            return False
        for stored in lacking:
            self._bring(copy, stored.key, stored.sha256)
        return True

    def _bring(self, copy: ObjectStore, key: str, sha256: str) -> None:
        """Write one object whose copy was just read to its end, in the place of a damaged one."""
        if any(info.key == key for info in self._store.list(key)):
            self._store.delete(key)
        digest = hashlib.sha256()
        with self._store.writer(key) as writer:
            for piece in pieces_of(copy, key):
                digest.update(piece)
                writer.write(piece)
            if digest.hexdigest() != sha256:
                raise DamagedBackupError(
                    f"The copy of {key} changed while it was brought back.",
                    next_step="strongroom fsck --read-data --repair",
                )

    def _tell(self, finding: Finding, how: str) -> None:
        self._ledger.record(
            REPAIRED,
            found=finding.kind,
            key=finding.key,
            backup_id=finding.backup_id,
            sha256=finding.sha256,
            how=how,
        )


def _has(store: ObjectStore, key: str, sha256: str) -> bool:
    digest = hashlib.sha256()
    try:
        for piece in pieces_of(store, key):
            digest.update(piece)
    except StorageError:
        return False
    return digest.hexdigest() == sha256
