"""Which part of the stored log leads from a backup to a point in time, if it does."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom.backups.manifest import Manifest, PhysicalRecord
from strongroom.backups.wal.pieces import Branch, LogRecord, Piece
from strongroom.backups.wal.standing import Standing
from strongroom.backups.wal.stored import StoredLog, read_record
from strongroom.errors import LogGapError, TargetError
from strongroom.postgres.replication import position_of, text_of
from strongroom.storage import ObjectStore


@dataclass(frozen=True)
class Target:
    """A point to return to: exactly one of the three, and what to call it."""

    time: datetime | None = None
    position: int | None = None
    name: str | None = None
    inclusive: bool = True
    """Of a time: whether what was committed at that very moment belongs to it."""
    incarnation: str | None = None
    """The life of the database whose log a position is in; by default the current one."""
    told: str = ""
    """What else there is to say of it, such as the entry of the ledger that it is before."""

    def __str__(self) -> str:
        if self.time is not None:
            return self.time.isoformat()
        return text_of(self.position) if self.position is not None else f"{self.name!r}"


@dataclass(frozen=True)
class Reach:
    """How recovery gets from a backup's proof point to a target."""

    pieces: tuple[Piece, ...]
    """What has to be laid over the backup's own log."""
    settings: Mapping[str, str]
    """Where recovery stops."""
    size_bytes: int
    """Of that log, when it is laid out."""
    commit_at: datetime | None = None
    """When its newest transaction committed, where recovery goes to the very end of it."""


def reach_of(
    store: ObjectStore,
    manifest: Manifest,
    log: StoredLog,
    target: Target,
    standing: Standing | None = None,
) -> Reach:
    """Find what leads from a backup to the target.

    Args:
        store: has the log.
        manifest: of a physical backup.
        log: what is stored of the line of log that the backup is of.
        target: where to.
        standing: how a receiver on this machine stands; while nothing is written, only it
            knows up to when that is so.

    Raises:
        TargetError: the target is before the backup's moment, or beyond the stored log.
        LogGapError: a part between them is missing.
        DamagedLogError: a record on the way cannot be believed.
    """
    search = _Search(store, manifest, log, target, standing)
    if target.position is not None:
        return search.to_position(target.position)
    return search.to_time(target.time) if target.time else search.to_name()


def branch_of_backup(manifest: Manifest) -> Branch:
    """The line of log that a physical backup is of."""
    return Branch(manifest.incarnation, _physical(manifest).timeline)


def _physical(manifest: Manifest) -> PhysicalRecord:
    if manifest.physical is None:
        raise TargetError(
            f"The backup {manifest.backup_id} is a logical one: it holds one moment only, and no "
            "log leads on from it.",
            next_step="strongroom backup --method physical, for the points in time from then on",
        )
    return manifest.physical


class _Search:
    def __init__(
        self,
        store: ObjectStore,
        manifest: Manifest,
        log: StoredLog,
        target: Target,
        standing: Standing | None,
    ) -> None:
        self._store, self._manifest, self._log = store, manifest, log
        self._target, self._standing = target, standing
        of = _physical(manifest)
        self._segment_bytes = of.segment_size_bytes
        self._proof, self._own_end = position_of(of.proof), position_of(of.log_end)
        self._chain = log.chain_from(self._own_end)
        self._end = max(self._own_end, self._chain[-1].end if self._chain else 0)

    def to_position(self, position: int) -> Reach:
        """Stop before the first record that begins at or after it."""
        if position < self._proof:
            raise self._before()
        if position > self._end:
            raise self._beyond()
        stop = {"recovery_target_lsn": text_of(position), "recovery_target_inclusive": "off"}
        if position < self._own_end:
            return self._reach((), stop)
        for count, piece in enumerate(self._chain, 1):
            if piece.end > position and self._last_record(piece) >= position:
                return self._reach(self._chain[:count], stop)
        return self._to_end()

    def to_time(self, time: datetime) -> Reach:
        """Stop before the first transaction that committed after it."""
        if time < self._manifest.finished_at:  # its moment lies before that, nobody knows how far
            raise self._before()
        inclusive = "on" if self._target.inclusive else "off"
        stop = {"recovery_target_time": time.isoformat(), "recovery_target_inclusive": inclusive}
        count = bisect.bisect_right(
            self._chain,
            time.timestamp(),
            key=lambda piece: _stamp(read_record(self._store, piece.key).commit_at),
        )
        if count < len(self._chain):
            return self._reach(self._chain[: count + 1], stop)
        if self._covers(time):
            return self._to_end()
        raise self._beyond()

    def to_name(self) -> Reach:
        """Stop at the restore point of this name; only recovery can tell whether there is one."""
        name = self._target.name or ""
        return self._reach(self._chain, {"recovery_target_name": name})

    def _to_end(self) -> Reach:
        """Everything that is stored, to the last record that is there whole."""
        if not self._chain:
            raise self._beyond()
        position = text_of(self._last_record(self._chain[-1]))
        stop = {"recovery_target_lsn": position, "recovery_target_inclusive": "on"}
        reach = self._reach(self._chain, stop)
        return replace(reach, commit_at=self._newest().commit_at)

    def _reach(self, pieces: tuple[Piece, ...], stop: Mapping[str, str]) -> Reach:
        segments = {one.start // self._segment_bytes for one in pieces}
        return Reach(pieces, stop, len(segments) * self._segment_bytes)

    def _last_record(self, piece: Piece) -> int:
        record = read_record(self._store, piece.key)
        return position_of(record.last_record) if record.last_record else piece.start

    def _covers(self, time: datetime) -> bool:
        """Whether all that was committed until then is in the log that leads on."""
        if not self._chain or self._end < (self._log.end or 0):
            return False
        if self._newest().sent_at >= time:
            return True
        standing = self._standing
        return (
            standing is not None
            and standing.incarnation == self._manifest.incarnation
            and standing.stored == text_of(self._end)
            and standing.stored_at is not None
            and standing.stored_at >= time
        )

    def _newest(self) -> LogRecord:
        return read_record(self._store, self._chain[-1].key)

    def _before(self) -> TargetError:
        return TargetError(
            f"{self._target} is before the moment of the backup {self._manifest.backup_id} "
            f"({text_of(self._proof)}, complete at {self._manifest.finished_at.isoformat()}).",
            next_step="strongroom backups, and name one from before it",
        )

    def _beyond(self) -> TargetError | LogGapError:
        reached = self._reached_told()
        if self._end < (self._log.end or 0):
            missing = min(one.start for one in self._log.pieces if one.start > self._end)
            return LogGapError(
                f"{self._target} cannot be reached from the backup {self._manifest.backup_id}: the "
                f"log from {text_of(self._end)} to {text_of(missing)} is missing. {reached}",
                next_step=f"strongroom restore {self._manifest.backup_id} --to-lsn "
                f"{text_of(self._end)}, or name a later backup",
            )
        return TargetError(
            f"{self._target} is beyond the stored log. {reached}",
            next_step=f"strongroom restore {self._manifest.backup_id} --to-lsn "
            f"{text_of(self._end)}, for all that is stored",
        )

    def _reached_told(self) -> str:
        if not self._chain:
            return (
                f"No log is stored after the backup {self._manifest.backup_id}, which ends at "
                f"{text_of(self._end)}."
            )
        committed = self._newest().commit_at
        when = f", whose last transaction committed at {committed.isoformat()}" if committed else ""
        return f"It reaches to {text_of(self._end)}{when}."


def _stamp(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
