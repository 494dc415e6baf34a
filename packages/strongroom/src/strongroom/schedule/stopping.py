"""How a watcher is asked to end: once to finish its step, twice to abandon it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """A wish to end, which may come from a signal at any moment."""

    def __init__(self) -> None:
        # A pipe, and no threading.Event: a signal may come while its own lock is held.
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._requests = 0

    @property
    def requested(self) -> bool:
        """Whether to end after the current step."""
        return self._requests > 0

    @property
    def urgent(self) -> bool:
        """Whether to end within the current step."""
        return self._requests > 1

    def request(self) -> None:
        """Ask to end; a second time more urgently."""
        self._requests += 1
        with suppress(BlockingIOError):
            os.write(self._writer, b".")

    def wait(self, timeout_s: float) -> None:
        """Wait so long, or until there is a wish to end."""
        if not self.requested:
            select.select([self._reader], [], [], max(0.0, timeout_s))

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and Ctrl-C be the wish, for the length of a ``with`` block."""

        def handle(number: int, frame: FrameType | None) -> None:
            del number, frame
            self.request()

        before = {number: signal.signal(number, handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
