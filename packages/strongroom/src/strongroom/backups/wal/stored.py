"""What a store holds of a log: how far it reaches, and where something is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strongroom.backups.wal.pieces import (
    PREFIX,
    Branch,
    LogRecord,
    Piece,
    branch_of,
    is_record,
    piece_at,
)
from strongroom.storage import ObjectStore


@dataclass(frozen=True)
class Gap:
    """A part of the log that is not stored, between parts that are."""

    start: int
    end: int


@dataclass(frozen=True)
class StoredLog:
    """The pieces of one line of log, in order."""

    branch: Branch
    segment_size_bytes: int
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> int | None:
        """Where it begins."""
        return self.pieces[0].start if self.pieces else None

    @property
    def end(self) -> int | None:
        """How far it reaches, whatever is missing before."""
        return max((one.end for one in self.pieces), default=None)

    @property
    def newest(self) -> Piece | None:
        """The piece that reaches furthest."""
        return max(self.pieces, key=lambda one: (one.end, -one.start), default=None)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing between the first piece and the last."""
        return gaps_between(self.pieces)

    def chain_from(self, position: int) -> tuple[Piece, ...]:
        """Pieces that lead on from a position without a gap, as few as do.

        The first holds the beginning of the segment that the position is in. Of pieces that
        overlap the one that reaches further is taken, so that nothing superseded is read.
        """
        if not self.pieces:
            return ()
        at = position - position % self.segment_size_bytes
        chain: list[Piece] = []
        while True:
            leading = [one for one in self._segment(at) if one.start <= at < one.end]
            if not leading:
                return tuple(chain)
            chain.append(max(leading, key=lambda one: (one.end, -one.start)))
            at = chain[-1].end

    def superseded(self) -> tuple[Piece, ...]:
        """Pieces that another one holds whole."""
        return tuple(
            one
            for one in self.pieces
            if any(other != one and other.holds(one) for other in self._segment(one.start))
        )

    def _segment(self, position: int) -> Sequence[Piece]:
        """The pieces of the segment that a position is in."""
        return self._segments.get(position // self.segment_size_bytes, ())

    @cached_property
    def _segments(self) -> Mapping[int, Sequence[Piece]]:
        found: dict[int, list[Piece]] = {}
        for one in self.pieces:
            found.setdefault(one.start // self.segment_size_bytes, []).append(one)
        return found


def gaps_between(pieces: Iterable[Piece]) -> tuple[Gap, ...]:
    """What is missing between pieces that are in order."""
    found, reached = [], None
    for piece in pieces:
        if reached is not None and piece.start > reached:
            found.append(Gap(reached, piece.start))
        reached = max(reached or 0, piece.end)
    return tuple(found)


def read_log(
    store: ObjectStore, branch: Branch, segment_size_bytes: int | None = None
) -> StoredLog:
    """See which pieces of a line of log are stored; without the size, one record is read.

    Raises:
        DamagedLogError: that record cannot be believed.
    """
    keys = [info.key for info in store.list(branch.prefix) if is_record(info)]
    if not keys:
        return StoredLog(branch, segment_size_bytes or 0, ())
    size_bytes = segment_size_bytes or read_record(store, keys[-1]).segment_size_bytes
    found = (piece_at(key, size_bytes) for key in keys)
    return StoredLog(branch, size_bytes, tuple(sorted(one for one in found if one)))


def read_record(store: ObjectStore, key: str) -> LogRecord:
    """Read the record of a piece.

    Raises:
        DamagedLogError: it cannot be believed.
    """
    return LogRecord.from_bytes(store.get(key), key)


def branches_in(store: ObjectStore) -> list[Branch]:
    """Every line of log that the store has something of."""
    found = {branch_of(info.key) for info in store.list(PREFIX)}
    return sorted((one for one in found if one), key=lambda one: (one.incarnation, one.timeline))
