"""Read or write a stream in a thread beside, so that two processors work on it.

What passes is held in a few pieces only. Compression, encryption, hashes and files are all worked
on without Python's lock, so both sides really run at once.
"""

from __future__ import annotations

import fcntl
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Protocol

from strongroom.postgres.bounds import current_bounds, lower_this_thread

PIECES = 16
"""How many are waiting at most."""
PIPE_BYTES = 1 << 20

Take = Callable[[bytes], object]
"""Takes the next piece of a stream, all of it."""


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""


class ReadAhead:
    """A stream that is read in a thread, some pieces ahead of whoever wants them here."""

    def __init__(self, source: Readable, piece_bytes: int) -> None:
        self._source, self._piece_bytes = source, piece_bytes
        self._piece = io.BytesIO()
        self._pieces: Queue[bytes] = Queue(PIECES)
        self._failure: BaseException | None = None
        self._stopped = False
        self._thread = _started(self._run, "read-ahead")

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end.

        Raises:
            BaseException: what the source has raised.
        """
        if data := self._piece.read(size):
            return data
        piece = self._pieces.get()
        if not piece:
            self._pieces.put(b"")  # for whoever asks once more
            if self._failure is not None:
                raise self._failure
        if len(piece) <= size:
            return piece
        self._piece = io.BytesIO(piece)
        return self._piece.read(size)

    def close(self) -> None:
        """Read no further; a piece that is being read is waited for."""
        self._stopped = True
        while self._thread.is_alive():
            try:
                self._pieces.get(timeout=0.01)
            except Empty:
                continue

    def _run(self) -> None:
        try:
            while not self._stopped and (data := self._source.read(self._piece_bytes)):
                self._pieces.put(data)
        except BaseException as failure:  # noqa: BLE001 - raised again in the reader
            self._failure = failure
        self._pieces.put(b"")


@contextmanager
def read_ahead(source: Readable, piece_bytes: int) -> Iterator[ReadAhead]:
    """Read ``source`` in a thread as long as the context lasts, in pieces of this size at most."""
    ahead = ReadAhead(source, piece_bytes)
    try:
        yield ahead
    finally:
        ahead.close()


class WriteBehind:
    """Hands pieces to ``take`` in a thread, and goes on meanwhile."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._pieces: Queue[bytes | None] = Queue(PIECES)
        self._failure: BaseException | None = None
        self._thread = _started(self._run, "write-behind")

    def __call__(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BaseException: what taking an earlier one has raised.
        """
        if self._failure is not None:
            raise self._failure
        self._pieces.put(data)

    def finish(self) -> None:
        """Wait until all is taken, and raise what that has raised."""
        self.close()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Wait until what was handed over is taken."""
        if self._thread.is_alive():
            self._pieces.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (data := self._pieces.get()) is not None:
            if self._failure is None:
                try:
                    self._take(data)
                except BaseException as failure:  # noqa: BLE001 - raised again by whoever writes
                    self._failure = failure


@contextmanager
def write_behind(take: Take) -> Iterator[WriteBehind]:
    """Let ``take`` work in a thread; it has taken everything when the context is left."""
    behind = WriteBehind(take)
    try:
        yield behind
    finally:
        behind.close()


def widen_pipe(descriptor: int) -> None:
    """Let a pipe hold more than its usual 64 KiB where the system knows how, for fewer turns."""
    operation = getattr(fcntl, "F_SETPIPE_SZ", None)
    if operation is not None:
        with suppress(OSError):  # there is a limit for all pipes of a user together
            fcntl.fcntl(descriptor, operation, PIPE_BYTES)


def _started(run: Callable[[], None], name: str) -> threading.Thread:
    bounds = current_bounds()

    def bounded() -> None:
        lower_this_thread(bounds)
        run()

    thread = threading.Thread(target=bounded, name=name, daemon=True)
    thread.start()
    return thread
