"""The thread by which a process that lives long leads its database's chain on."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from strongroom.errors import StrongroomError

HEARTBEAT_S = 50.0
"""Below the 60 s of ``failover_loss_max_s``, so that one lost beat stays within that window."""

_LOG = logging.getLogger("strongroom")


@contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """Call ``beat`` again and again, in a thread of its own that no error ends.

    Whoever needs a server that is away meets that by himself; the next beat tries again, and
    until then the chain is only shorter than it could be.
    """
    ended, owner = threading.Event(), os.getpid()

    def run() -> None:
        told = False
        while not ended.wait(HEARTBEAT_S):
            try:
                beat()
                told = False
            except Exception as error:  # noqa: BLE001  whatever a driver raises
                if not told:
                    _log(error)
                told = True

    thread = threading.Thread(target=run, name="strongroom-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        if os.getpid() == owner:  # a forked process has no such thread, and perhaps its lock
            ended.set()
            thread.join()


def _log(error: Exception) -> None:
    """Say it once, until a beat succeeds again; a driver's own words may quote values."""
    why = error.message if isinstance(error, StrongroomError) else type(error).__name__
    _LOG.warning("No epoch could be appended to the chain; it is tried again. %s", why)
