"""The ends of a stream as age's library sees them: what passes is counted, hashed and told."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from strongroom.backups.beside import Readable, Take
from strongroom.storage import ObjectWriter

PIECE_BYTES = 1 << 18

Report = Callable[[int], None]
"""Told how many plain bytes have passed so far."""


class StoreTime:
    """Adds up how long a store was waited for."""

    spent_s = 0.0


class End:
    """One end of a stream as age's library sees it.

    That library replaces an exception by its text, so each end remembers its own.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self.sha256 = hashlib.sha256()
        self.failure: BaseException | None = None

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Keep the exception that passes."""
        try:
            yield
        except BaseException as failure:
            self.failure = failure
            raise

    def flush(self) -> None:
        """Nothing is held back here."""


class CountingReader(End):
    """The plain side on the way in."""

    def __init__(self, source: Readable, report: Report) -> None:
        super().__init__()
        self._source, self._report = source, report

    def read(self, size: int = PIECE_BYTES) -> bytes:
        """Read what comes next of the source."""
        with self.remembered():
            data = self._source.read(size)
            self.size_bytes += len(data)
            self._report(self.size_bytes)
            return data


class HashingReader(End):
    """The stored side on the way out; age's library asks for 8 KiB at a time."""

    def __init__(self, source: Readable, spent: StoreTime) -> None:
        super().__init__()
        self._source, self._spent = source, spent
        self._ahead = io.BytesIO()

    def read(self, size: int = PIECE_BYTES) -> bytes:
        """Read what comes next, of which more was fetched at once."""
        if data := self._ahead.read(size):
            return data
        fetched = self._fetched()
        if len(fetched) <= size:
            return fetched
        self._ahead = io.BytesIO(fetched)
        return self._ahead.read(size)

    def drain(self) -> None:
        """Read the rest, for size and sha256 of the whole."""
        while self.failure is None and self._fetched():
            pass

    def _fetched(self) -> bytes:
        begun_s = time.monotonic()
        with self.remembered():
            data = self._source.read(PIECE_BYTES)
        self._spent.spent_s += time.monotonic() - begun_s
        self.size_bytes += len(data)
        self.sha256.update(data)
        return data


class HashingWriter(End):
    """The stored side on the way in."""

    def __init__(self, destination: ObjectWriter) -> None:
        super().__init__()
        self._destination = destination

    def write(self, data: bytes) -> int:
        """Store it."""
        with self.remembered():
            self._destination.write(data)
        self.size_bytes += len(data)
        self.sha256.update(data)
        return len(data)


class PlainWriter(End):
    """The plain side on the way out."""

    def __init__(self, take: Take, report: Report) -> None:
        super().__init__()
        self._take, self._report = take, report
        self.ended_by: BaseException | None = None
        """What whoever was told of the progress has raised."""

    def write(self, data: bytes) -> int:
        """Hand it on, and tell how far that is."""
        with self.remembered():
            self._take(data)
        self.size_bytes += len(data)
        try:
            self._report(self.size_bytes)
        except BaseException as failure:
            self.ended_by = failure
            raise
        return len(data)
