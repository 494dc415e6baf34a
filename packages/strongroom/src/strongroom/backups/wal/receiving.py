"""Receive the log of a server and store it, piece by piece; acknowledge only what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.backups.wal.keeping import Keeper
from strongroom.backups.wal.pages import Seen, look
from strongroom.backups.wal.pieces import Piece
from strongroom.postgres.replication import Replication

MERGED = 16
"""So many parts of an unfinished segment become one, and so many of those again."""
WAIT_MAX_S = 1.0
DRAIN_WAIT_S, DRAIN_MAX_S = 0.1, 1.0


@dataclass
class Tail:
    """A stored part of the segment that the server has not finished."""

    piece: Piece
    level: int = 0
    """How often it was merged."""


@dataclass
class Receiver:
    """One stream of log on its way into the store.

    Args of the constructor:
        stream: begins at a segment's beginning.
        keeper: stores pieces.
        start: that beginning.
        stored: how far the log is stored already; at or after ``start``.
        seen: what the stored log tells.
        tails: what of this segment is stored.
        flush_s: how long something new may wait.
        tell: called whenever there may be something new to tell of.
    """

    stream: Replication
    keeper: Keeper
    start: int
    stored: int
    seen: Seen
    tails: list[Tail]
    flush_s: float
    tell: Callable[[Receiver], None] = lambda _: None
    stored_at: datetime | None = None
    """Up to when everything that was committed is stored, by the server's clock."""
    pieces: int = 0
    _data: bytearray = field(default_factory=bytearray)
    _flush_at_s: float | None = None

    @property
    def received(self) -> int:
        """How far the log has come."""
        return self.start + len(self._data)

    def run(self, wanted: Callable[[], bool]) -> None:
        """Receive for as long as it is wanted; then store what has come until now.

        Raises:
            DatabaseError: the server ended the stream.
            StorageError, NoSpaceError: something could not be stored; it was not acknowledged.
        """
        while wanted():
            data = self.stream.receive(self._wait_s())
            if data:
                self._take(data)
            if self.stream.is_asked or self._is_due():
                self.flush()
            self._note()
        self._drain()
        self.flush()
        self._note()

    def _drain(self) -> None:
        """Take what is on its way already; it would come again, but later."""
        ends_s = time.monotonic() + DRAIN_MAX_S
        while time.monotonic() < ends_s and (data := self.stream.receive(DRAIN_WAIT_S)):
            self._take(data)

    def flush(self) -> None:
        """Store what has come of the unfinished segment, and acknowledge all that is stored."""
        if self.received > self.stored:
            data = self._data[self.stored - self.start :]
            piece = self._keep(data, self.stored)
            self.tails.append(Tail(piece))
            self._merge()
        self._flush_at_s = None
        self.stream.acknowledge(self.stored)

    def _take(self, data: bytes) -> None:
        size_bytes = self.keeper.segment_size_bytes
        while data:
            room = size_bytes - len(self._data)
            self._data += data[:room]
            data = data[room:]
            if len(self._data) == size_bytes:
                self._finish_segment()
        if self.received > self.stored and self._flush_at_s is None:
            self._flush_at_s = time.monotonic() + self.flush_s

    def _finish_segment(self) -> None:
        """Store a whole segment in the place of its parts."""
        if self.received > self.stored or self.tails:
            self._keep(self._data, self.start)
            self.stream.acknowledge(self.stored)
            self.keeper.progress.step("wal.acknowledged")
            self.keeper.remove([one.piece for one in self.tails])
        self.tails = []
        self.start += len(self._data)
        self._data, self._flush_at_s = bytearray(), None

    def _keep(self, data: bytes | bytearray, start: int) -> Piece:
        self.seen = look(self._data, self.start, self.seen)
        sent_at = self.stream.server_time
        alive = self._alive
        piece = self.keeper.keep(data, start, self.seen, sent_at, alive=alive)
        self.stored, self.stored_at = max(self.stored, piece.end), sent_at
        self.pieces += 1
        return piece

    def _alive(self, _: int) -> None:
        self.stream.stay()

    def _merge(self) -> None:
        """Let a few large parts take the place of many small ones."""
        while len(last := self.tails[-MERGED:]) == MERGED and len({one.level for one in last}) == 1:
            first, end = last[0].piece.start, last[-1].piece.end
            piece = self._keep(self._data[first - self.start : end - self.start], first)
            self.keeper.remove([one.piece for one in last])
            self.tails[-MERGED:] = [Tail(piece, last[0].level + 1)]

    def _is_due(self) -> bool:
        return self._flush_at_s is not None and time.monotonic() >= self._flush_at_s

    def _wait_s(self) -> float:
        if self._flush_at_s is None:
            return WAIT_MAX_S
        return min(WAIT_MAX_S, max(0.0, self._flush_at_s - time.monotonic()))

    def _note(self) -> None:
        if self.stored >= self.stream.server_position:
            self.stored_at = max(self.stored_at or self.stream.server_time, self.stream.server_time)
        self.tell(self)
