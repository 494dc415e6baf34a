"""The pinned database, opened once for the length of this process.

Applications whose framework owns ``main`` have no place for a ``with`` block. The first
connection that they make opens the gate; the end of the process closes it.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from strongroom.config import Configuration, find
from strongroom.identity import OpenDatabase, open_database


@dataclass(frozen=True)
class _Opened:
    database: OpenDatabase
    resources: ExitStack


class ProcessDatabase:
    """The database of one configuration, opened when it is first needed.

    A process that was forked from one that had it open opens it again for itself: locks and
    the thread of heartbeats are not inherited. What was inherited is let go of,
    which ends nothing of the parent's.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._turn = threading.Lock()
        self._opened: tuple[int, _Opened] | None = None

    def open(self) -> OpenDatabase:
        """Judge in full and open, or give what is open already.

        Raises:
            RefusedError: the verdict is not ``match``. The next call judges again.
        """
        with self._turn:
            if self._opened is None or self._opened[0] != os.getpid():
                resources = ExitStack()
                database = resources.enter_context(
                    open_database(self.configuration, heartbeat=True)
                )
                inherited, self._opened = self._opened, (os.getpid(), _Opened(database, resources))
                if inherited is not None:
                    inherited[1].resources.close()
                atexit.register(self.close)
            return self._opened[1].database

    def close(self) -> None:
        """Let go of the database, if this very process has opened it."""
        with self._turn:
            if self._opened is not None and self._opened[0] == os.getpid():
                opened, self._opened = self._opened[1], None
                opened.resources.close()
                atexit.unregister(self.close)

    def _after_fork(self) -> None:
        # Whoever held the lock in the parent does not exist here.
        self._turn = threading.Lock()


_known: dict[tuple[Path, str], ProcessDatabase] = {}
_known_turn = threading.Lock()


def process_database(configuration: Configuration | None = None) -> ProcessDatabase:
    """The one for this configuration; by default for the one that is found from here.

    Nothing is opened yet.

    Raises:
        ConfigurationError: there is no configuration, or several could be meant.
    """
    configuration = configuration or find()
    key = (configuration.path, getattr(configuration, "key", "main"))
    with _known_turn:
        if key not in _known:
            _known[key] = ProcessDatabase(configuration)
        return _known[key]


def _after_fork() -> None:
    global _known_turn  # noqa: PLW0603  the parent's lock may be held by a thread that is not here
    _known_turn = threading.Lock()
    for database in _known.values():
        database._after_fork()  # noqa: SLF001  of this file


os.register_at_fork(after_in_child=_after_fork)
