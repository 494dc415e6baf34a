"""Remove the log that no kept backup leads to; nothing else of it ever."""

from __future__ import annotations

from collections.abc import Sequence

from strongroom.backups.manifest import Manifest, PhysicalRecord
from strongroom.backups.wal.pieces import PREFIX, Branch, branch_of, history_sha256
from strongroom.backups.wal.reaching import branch_of_backup
from strongroom.config import Configuration
from strongroom.errors import ObjectLockedError
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import ledger_of
from strongroom.postgres.replication import position_of, segment_name
from strongroom.storage import ObjectInfo, open_store

NAME_LENGTH = 24
"""Of a segment."""


class LogPruning:
    """Decides what of the log goes, and removes it.

    Of a line of log it is what lies before the segment in which the oldest kept backup ends. Of a
    former life of which no backup is kept it is everything; the current life's log stays whole
    until there is one. Logs of other databases in the same store are left alone.

    Raises:
        StorageError: the store cannot be listed.
    """

    def __init__(self, configuration: Configuration, kept: Sequence[Manifest]) -> None:
        self._configuration = configuration
        self._store = open_store(configuration.store_url)
        state = pinned_state_store(configuration).load().state
        self._current = state.current.id
        self._lives = {one.id for one in state.incarnations} | {one.incarnation for one in kept}
        self._needed: dict[Branch, str] = {}
        for manifest in kept:
            if manifest.physical is not None:
                branch, first = branch_of_backup(manifest), _first_segment(manifest.physical)
                self._needed[branch] = min(first, self._needed.get(branch, first))
        self._going = self._decided()

    @property
    def size_bytes(self) -> int:
        """Of what goes."""
        return sum(info.size_bytes for infos in self._going.values() for info in infos)

    def remove(self) -> None:
        """Remove it, each record before its data, the oldest first.

        What the store has locked stays, and is tried again the next time.
        """
        for branch, infos in self._going.items():
            before = self._needed.get(branch, "the end of that life")
            details = {"incarnation": branch.incarnation, "timeline": branch.timeline}
            ledger_of(self._configuration).record(
                "wal_pruned", before=before, objects=len(infos), **details
            )
            try:
                for info in infos:
                    self._store.delete(info.key)
            except ObjectLockedError:
                continue

    def _decided(self) -> dict[Branch, list[ObjectInfo]]:
        going: dict[Branch, list[ObjectInfo]] = {}
        for life in sorted(self._lives):
            for info in self._store.list(f"{PREFIX}{life}/"):
                branch = branch_of(info.key)
                if branch is not None and self._goes(branch, info.key):
                    going.setdefault(branch, []).append(info)
        return {branch: sorted(infos, key=_order) for branch, infos in going.items()}

    def _goes(self, branch: Branch, key: str) -> bool:
        first = self._needed.get(branch)
        if first is None:
            return branch.incarnation != self._current
        return history_sha256(key) is None and key.rpartition("/")[2][:NAME_LENGTH] < first


def _first_segment(of: PhysicalRecord) -> str:
    return segment_name(of.timeline, position_of(of.log_end), of.segment_size_bytes)


def _order(info: ObjectInfo) -> tuple[str, bool]:
    name = info.key.rpartition("/")[2]
    return name[:NAME_LENGTH], not name.endswith(".json")
