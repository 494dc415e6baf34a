"""Run a migration on the real database: permits opened, limits of time, a new try after a lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

from strongroom.errors import MigrationError, MigrationFailedError
from strongroom.migrations.place import Place
from strongroom.migrations.rehearsal import Act
from strongroom.migrations.steering import Watcher
from strongroom.progress import Progress

STEPS = ("migrate.running", "migrate.applied")

LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION = "55P03", "40P01", "40001"
TRANSIENT = frozenset({LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION})
_OPEN = "SELECT strongroom_guard.open_permit('{secret}')"

PermitsFor = Callable[[str], tuple[str, ...]]
"""The secrets of the permits that a revision opens, told when it begins."""


class _Applying(Watcher):
    """Opens each revision's permit in the transaction that runs it."""

    def __init__(self, permits: PermitsFor, progress: Progress) -> None:
        self._permits, self._progress = permits, progress
        self._revision = ""
        self._secrets: tuple[str, ...] = ()
        self._opened: set[str] = set()
        self._told = False

    def on_step(self, revision: str) -> None:
        """A revision begins."""
        self._revision = revision
        self._secrets = self._permits(revision)

    def before(self, connection: Connection, statement: str) -> None:
        """Let the permit stand open before the first statement that may need it."""
        del statement
        for secret in self._secrets:
            if secret not in self._opened:
                cursor: Any = connection.connection.cursor()
                cursor.execute(_OPEN.format(secret=secret))
                cursor.close()
                self._opened.add(secret)

    def after(self, connection: Connection, statement: str) -> None:
        """Tell that something has run and nothing of it is committed."""
        del connection, statement
        if self._revision and not self._told:
            self._told = True
            self._progress.step("migrate.running")

    def ended(self, connection: Connection, *, committed: bool) -> None:
        """A rollback gives the permit back; the next transaction opens its own."""
        del connection
        if not committed:
            self._opened.clear()


def apply(
    place: Place,
    act: Act,
    permits: PermitsFor,
    progress: Progress,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run it, again where another session was in the way; return the number of attempts.

    Raises:
        MigrationError: it failed, or met a lock each time. The failed transaction is taken back.
    """
    settings = place.settings
    for attempt in range(1, settings.attempts + 1):
        watcher = _Applying(permits, progress)
        try:
            act.run(place.target(), watcher, watcher.on_step)
        except MigrationFailedError as error:
            if error.sqlstate not in TRANSIENT:
                raise
            if attempt == settings.attempts:
                raise _in_the_way(error, attempt) from error
            progress.step("migrate.waiting_for_locks")
            sleep(settings.pause_s * attempt)
        else:
            progress.step("migrate.applied")
            return attempt
    raise _in_the_way(MigrationError("No attempt is allowed.", next_step=""), 0)


def _in_the_way(error: MigrationError, attempts: int) -> MigrationError:
    return MigrationError(
        f"Other sessions held what the migration needs, in {attempts} attempts: {error.message} "
        "Each attempt was taken back whole.",
        next_step="end long transactions (pg_stat_activity shows them), then strongroom migrate",
    )
