"""The part of the write-ahead log that belongs to a backup, taken while the backup is."""

from __future__ import annotations

import tarfile
from collections import deque
from collections.abc import Iterator

from strongroom.errors import BackupError
from strongroom.postgres.replication import Replication, segment_name

LOG_DIRECTORY = "pg_wal"
PIECE_BYTES = 1 << 18
WAIT_S = 0.5
END_WAIT_MAX_S = 60.0


class LogOfBackup:
    """The log as a stream of bytes, from one position to another that is told later.

    Reading waits for what the server has not written yet. It ends once the end has been told
    and reached.
    """

    def __init__(self, replication: Replication, start: int) -> None:
        self._replication = replication
        self._position = start
        self._end: int | None = None
        self._abandoned = False
        self._ready: deque[bytes] = deque()

    @property
    def position(self) -> int:
        """How far the log has been read."""
        return self._position

    def end_at(self, position: int) -> None:
        """Let the stream end here; the server has written this far."""
        self._end = position

    def abandon(self) -> None:
        """Let the reader fail, because the backup has."""
        self._abandoned = True

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end.

        Raises:
            BackupError: the backup was abandoned, or the server does not send what it has.
            DatabaseError: the server ended the stream.
        """
        waited_s = 0.0
        while not self._ready:
            if self._abandoned:
                raise _gone("the backup was given up")
            end = self._end
            if end is not None and self._position >= end:
                return b""
            data = self._replication.receive(WAIT_S)
            if data:
                self._ready.append(data)
            elif end is not None and (waited_s := waited_s + WAIT_S) > END_WAIT_MAX_S:
                raise _gone("the server did not send the end of its log")
        data = self._ready.popleft()
        if self._end is not None:
            data = data[: max(0, self._end - self._position)]
        if len(data) > size:
            self._ready.appendleft(data[size:])
            data = data[:size]
        self._position += len(data)
        return data


class Archive:
    """The log as an archive in tar format, one member for each of the server's segments.

    So it is unpacked with public tools, over the base. What the last segment lacks is zeros,
    as in a file that the server has just begun.
    """

    def __init__(self, log: LogOfBackup, timeline: int, segment_size_bytes: int) -> None:
        self._log, self._timeline, self._size_bytes = log, timeline, segment_size_bytes
        self._pieces = self._written()
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        if not self._left:
            self._left = next(self._pieces, b"")
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _written(self) -> Iterator[bytes]:
        position = self._log.position
        while first := self._log.read(PIECE_BYTES):
            name = segment_name(self._timeline, position, self._size_bytes)
            member = tarfile.TarInfo(f"{LOG_DIRECTORY}/{name}")
            member.size, member.mode = self._size_bytes, 0o600
            yield member.tobuf(tarfile.USTAR_FORMAT)
            yield from self._segment(first)
            position += self._size_bytes
        yield bytes(2 * tarfile.BLOCKSIZE)

    def _segment(self, data: bytes) -> Iterator[bytes]:
        missing = self._size_bytes
        while data:
            yield data
            missing -= len(data)
            data = self._log.read(min(missing, PIECE_BYTES)) if missing else b""
        while missing:
            zeros = min(missing, PIECE_BYTES)
            yield bytes(zeros)
            missing -= zeros


def _gone(why: str) -> BackupError:
    return BackupError(f"The write-ahead log was not read: {why}.", next_step="strongroom backup")
