"""Check the store: is everything there, is it as it was written, and is nothing left over."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from strongroom.backups.catalogue import Record
from strongroom.backups.examining import Examination, Folder, Past, folders_in, past_from
from strongroom.backups.examining_records import DrillCheck, RecordsExamination
from strongroom.backups.findings import Finding
from strongroom.backups.mending import Mending
from strongroom.backups.reading import Reading
from strongroom.backups.removal import alone
from strongroom.backups.unfinished import marks_in, unfinished_marks
from strongroom.backups.wal.examining import LogExamination
from strongroom.config import Configuration
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.storage import ObjectInfo, ObjectStore, TellsUnfinished, open_store

DAMAGE_EXIT_CODE = 23


@dataclass(frozen=True)
class Checked:
    """What a check of the store found, and how much of it was read."""

    findings: Sequence[Finding]
    backups: int
    objects: int
    """Objects of backups."""
    size_bytes: int
    """Of those objects."""
    read_bytes: int
    not_read: int
    """Data objects of which only the size was looked at."""
    duration_s: float

    @property
    def damaged(self) -> bool:
        """Whether something is lost or cannot be believed, and was not repaired."""
        return any(one.severity == "damage" and not one.repaired for one in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as documented for ``--json``."""
        return {
            "whole": not self.damaged,
            "findings": [one.as_dict() for one in self.findings],
            "counts": dict(Counter(one.kind for one in self.findings)),
            "backups": self.backups,
            "objects": self.objects,
            "size_bytes": self.size_bytes,
            "read_bytes": self.read_bytes,
            "not_read": self.not_read,
            "duration_s": self.duration_s,
        }


def fsck(
    configuration: Configuration,
    *,
    check_drill: DrillCheck,
    read_data: bool = False,
    repair: bool = False,
    copies: Sequence[ObjectStore] = (),
    progress: Progress = SILENT,
) -> Checked:
    """Check every object of the store against what manifests, names, marks and ledger say.

    Args:
        configuration: whose store; objects of other databases in it are checked as well, as
            far as they vouch for themselves.
        check_drill: ``strongroom.drills.require_as_written``.
        read_data: read all data too, and compare each object's sha256; else only its size.
        repair: mend what can be proven; nothing else is ever removed or written.
        copies: other stores with the same objects, to bring back from.
        progress: told of bytes that were read.

    Raises:
        StorageError: the store cannot be listed, or what was to be mended cannot be written.
        BackupError: a repair was asked for while backups are being removed.
    """
    with alone(configuration) if repair else nullcontext():
        return _Check(configuration, progress, read_data=read_data).run(
            check_drill, copies if repair else None
        )


class _Check:
    """One check on its way."""

    def __init__(
        self, configuration: Configuration, progress: Progress, *, read_data: bool
    ) -> None:
        self._configuration, self._progress, self._read_data = configuration, progress, read_data
        self._store = open_store(configuration.store_url)
        self._marks = unfinished_marks(configuration)
        self._log_not_read = 0

    def run(self, check_drill: DrillCheck, copies: Sequence[ObjectStore] | None) -> Checked:
        begun = time.monotonic()
        past, folders = self._past_and_folders()
        sizes = [info.size_bytes for folder in folders.values() for info in _infos(folder)]
        total = sum(sizes) if self._read_data else sum(_of_manifests(folders))
        reading = Reading(self._progress, total)
        examination = Examination(self._store, past, reading, read_data=self._read_data)
        findings = list(self._found(examination, reading, past, folders, check_drill))
        if copies is not None:
            mending = Mending(self._configuration, self._store, copies, past, self._progress)
            findings = list(mending.mended(findings))
        return Checked(
            findings=findings,
            backups=sum(bool(folder.manifests) for folder in folders.values()),
            objects=len(sizes),
            size_bytes=sum(sizes),
            read_bytes=reading.read_bytes,
            not_read=examination.not_read + self._log_not_read,
            duration_s=round(time.monotonic() - begun, 3),
        )

    def _past_and_folders(self) -> tuple[Past, Mapping[str, Folder]]:
        """Marks are read before and after: a backup may begin or end in between."""
        alive, _ = marks_in(self._marks)
        folders = folders_in(self._store)
        alive_after, dead = marks_in(self._marks)
        entries = ledger_of(self._configuration).readable()[0]
        record = Record(self._configuration)
        return past_from(record, entries, frozenset(alive | alive_after), frozenset(dead)), folders

    def _found(
        self,
        examination: Examination,
        reading: Reading,
        past: Past,
        folders: Mapping[str, Folder],
        check_drill: DrillCheck,
    ) -> Iterator[Finding]:
        yield from examination.findings(folders)
        records = RecordsExamination(self._store, reading)
        yield from records.drills(folders, past, check_drill)
        yield from records.states(open_store(self._configuration.state_url))
        if self._read_data:
            yield from records.anchors()
        yield from self._log(reading)
        if isinstance(self._store, TellsUnfinished) and (count := self._store.unfinished()):
            yield Finding(
                "unfinished_upload",
                None,
                None,
                f"{count} uploads that nobody will finish take room in the store",
                "strongroom fsck --repair",
            )

    def _log(self, reading: Reading) -> Iterator[Finding]:
        entries = ledger_of(self._configuration).readable()[0]
        told = {str(one.details.get("start")) for one in entries if one.kind == "wal_gap"}
        log = LogExamination(self._store, reading, told, read_data=self._read_data)
        yield from log.findings()
        self._log_not_read = log.not_read


def _infos(folder: Folder) -> Iterator[ObjectInfo]:
    yield from folder.manifests
    yield from folder.others.values()


def _of_manifests(folders: Mapping[str, Folder]) -> Iterator[int]:
    return (info.size_bytes for folder in folders.values() for info in folder.manifests)
