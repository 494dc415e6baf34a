"""Run a migration on the real database: permits opened, limits of time, a new try after a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from strongroom.errors import MigrationError, MigrationFailedError
from strongroom.migrations.place import Place
from strongroom.migrations.rehearsal import Act
from strongroom.migrations.steering import Watcher
from strongroom.postgres.catalogue import label_of
from strongroom.progress import Progress

STEPS = ("migrate.running", "migrate.applied")

LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION = "55P03", "40P01", "40001"
TRANSIENT = frozenset({LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION})
_OPEN = "SELECT strongroom_guard.open_permit('{secret}')"

Limits = Mapping[str, tuple[int, int]]
"""By table: how many rows a migration may update and delete."""
# Counted by PostgreSQL for the open transaction, cascades and triggers included.
_HANDLED = """
SELECT s.schemaname::text, s.relname::text, s.n_tup_upd, s.n_tup_del
  FROM pg_catalog.pg_stat_xact_user_tables AS s WHERE s.n_tup_upd > 0 OR s.n_tup_del > 0
"""

PermitsFor = Callable[[str], tuple[str, ...]]
"""The secrets of the permits that a revision opens, told when it begins."""


class _Applying(Watcher):
    """Opens each revision's permit in the transaction that runs it."""

    def __init__(self, permits: PermitsFor, limits: Limits | None, progress: Progress) -> None:
        self._permits, self._limits, self._progress = permits, limits, progress
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
        """A rollback gives the permit back. What goes beyond the rehearsal is not committed."""
        if not committed:
            self._opened.clear()
        elif self._limits is not None:
            cursor: Any = connection.connection.cursor()
            cursor.execute(_HANDLED)
            rows = cursor.fetchall()
            cursor.close()
            self._compare(rows, self._limits)

    def _compare(self, rows: Iterable[Sequence[Any]], limits: Limits) -> None:
        beyond = []
        for schema, name, *counts in rows:
            label = label_of(schema, name)
            if label not in limits:
                continue  # the migration made it
            for what, count, limit in zip(
                ("updates", "deletes"), counts, limits[label], strict=True
            ):
                if count > limit:
                    beyond.append(
                        f"it {what} {count} rows of {label}, and at most {limit} on the copy"
                    )
        if beyond:
            raise MigrationError(
                "The migration does to the database what it did not do to the copy: "
                f"{'; '.join(beyond)}. It was taken back.",
                next_step="strongroom migrate, which rehearses again; a revision must not look "
                "where it runs",
            )


def apply(
    place: Place,
    act: Act,
    permits: PermitsFor,
    progress: Progress,
    *,
    limits: Limits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run it, again where another session was in the way; return the number of attempts.

    Args:
        place: the database.
        act: what is run.
        permits: told which secrets to open.
        progress: told of ``STEPS``.
        limits: how many rows of each table may be updated and deleted, as the rehearsal showed;
            tables that are not named are free.
        sleep: waits between two attempts.

    Raises:
        MigrationError: it failed, met a lock each time, or did more than on the copy. The failed
            transaction is taken back.
    """
    settings = place.settings
    for attempt in range(1, settings.attempts + 1):
        watcher = _Applying(permits, limits, progress)
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
