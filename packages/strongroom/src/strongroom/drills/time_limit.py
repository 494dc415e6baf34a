"""The time limit of a drill: what runs past it is ended, and nothing of it counts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strongroom.postgres.bounds import Bounds, current_bounds, time_is_up, time_limit_error
from strongroom.progress import SILENT, Progress
from strongroom.server.launch import stop_postmaster
from strongroom.server.supervisor import RunningServer

POLL_S = 0.2


class WithinTime:
    """A progress that ends the work when the time is up."""

    def __init__(self, inner: Progress, bounds: Bounds) -> None:
        self._inner, self._bounds = inner, bounds

    def step(self, name: str) -> None:
        """Go on only while there is time."""
        self._inner.step(name)
        self._require()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Go on only while there is time."""
        self._inner.amount(task, done, total, unit)
        self._require()

    def _require(self) -> None:  # also in threads, which do not know the bounds in force
        if time_is_up(self._bounds):
            raise time_limit_error(self._bounds)


@contextmanager
def ended_in_time(server: RunningServer) -> Iterator[None]:
    """End a server of ours when the time is up, so that whatever waits for it goes on."""
    bounds, data, done = current_bounds(), server.data_directory, threading.Event()
    if data is None or bounds.ends_at_s is None:
        yield
        return

    def watch(directory: Path) -> None:
        while not done.wait(POLL_S):
            if time_is_up(bounds):
                stop_postmaster(directory, SILENT, signal.SIGQUIT)
                return

    watching = threading.Thread(target=watch, args=(data,), name="drill-time", daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
