"""A database whose log is followed while it is written to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from strongroom.backups.wal import Follower, LogFigures, figures_of
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import init
from strongroom.postgres.replication import position_of
from strongroom.schedule.stopping import Stop

PATIENCE_S = 60


def followed_home(home: Path, extra: str = "") -> Configuration:
    """Make a home with a new database, whose log is stored within a fraction of a second."""
    home.mkdir(mode=0o700)
    path = home / CONFIGURATION_NAME
    text = default_document(application="runs", environment="test", database="runs")
    path.write_text(f"{text}\n[wal]\nkeep = true\nflush_s = 0.1\n{extra}")
    configuration = load(path)
    init(configuration)
    return configuration


class Following:
    """A follower at work, and what it told."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.told: list[tuple[str, dict[str, object]]] = []
        self.stop = Stop()
        self._moved = threading.Condition()
        self.follower = Follower(configuration, self.stop, self.tell, self)
        self._thread = threading.Thread(target=self.follower.follow)

    def tell(self, name: str, **details: object) -> None:
        self.told.append((name, details))
        self._notify()

    def step(self, name: str) -> None:
        if name == "wal.recorded":
            self._notify()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        pass

    def _notify(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.stop.request()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def until_stored(self, lsn: str) -> LogFigures:
        """Wait until the log is stored up to a position."""
        with self._moved:
            assert self._moved.wait_for(lambda: self._is_stored(lsn), PATIENCE_S), self.told
        return figures_of(self.configuration, datetime.now(UTC))

    def until_told(self, name: str, *, times: int = 1) -> dict[str, object]:
        """Wait until something is told, and return its details."""

        def is_told() -> bool:
            return [one for one, _ in self.told].count(name) >= times

        with self._moved:
            assert self._moved.wait_for(is_told, PATIENCE_S), self.told
        return dict(self.told)[name]

    def _is_stored(self, lsn: str) -> bool:
        stored = figures_of(self.configuration, datetime.now(UTC)).stored
        return stored is not None and position_of(stored) >= position_of(lsn)


@contextmanager
def following(configuration: Configuration) -> Iterator[Following]:
    """Follow the log for the length of a ``with`` block."""
    at_work = Following(configuration)
    at_work.start()
    try:
        yield at_work
    finally:
        at_work.end()
