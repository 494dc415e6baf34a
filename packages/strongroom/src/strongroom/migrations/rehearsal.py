"""A migration tried out on a restored copy, which nobody uses and nobody keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from strongroom.backups import Manifest
from strongroom.errors import MigrationError
from strongroom.migrations.comparing import (
    Handled,
    Loss,
    drops_between,
    losses_between,
    setbacks_between,
)
from strongroom.migrations.contents import Contents, TableContent, read_contents
from strongroom.migrations.measuring import Measures, watched
from strongroom.migrations.safeguards import (
    Loosened,
    loosened_between,
    read_safeguards,
)
from strongroom.migrations.shape import Shape, shape_of
from strongroom.migrations.steering import Target, Watcher
from strongroom.migrations.suite import SuiteResult
from strongroom.postgres.connections import connect, database_errors
from strongroom.progress import SILENT, Progress
from strongroom.server.supervisor import RunningServer

_CLUSTER = (
    "SELECT system_identifier::text, pg_catalog.current_database()::text "
    "FROM pg_catalog.pg_control_system()"
)
# Rows updated and deleted in each table since the copy was made, whatever they held.
_HANDLED = """
SELECT s.relid::bigint, s.n_tup_upd, s.n_tup_del FROM pg_catalog.pg_stat_user_tables AS s
"""
_OTHERS_HERE = """
SELECT count(*) FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
"""
LEAVES_WITHIN_S = 5.0
"""A server process counts what it did when it ends, a moment after its client has gone."""
STEPS = ("rehearsal.counted", "rehearsal.applied", "rehearsal.compared")


class Act:
    """What is rehearsed and then applied: an Alembic run, or files of SQL."""

    def run(self, target: Target, watcher: Watcher, on_step: Callable[[str], None]) -> None:
        """Do it on a database."""
        raise NotImplementedError

    @property
    def version_table(self) -> str | None:
        """The table that says where the database stands; it is meant to change."""
        return None


@dataclass(frozen=True)
class Rehearsal:
    """What a migration did to the copy."""

    backup_id: str
    duration_s: float
    measures: Measures
    losses: tuple[Loss, ...]
    drops: tuple[Loss, ...]
    """Tables and columns that went, whether anything was lost with them or not."""
    loosened: tuple[Loosened, ...]
    """Keys, foreign keys, triggers and policies that went from tables that stay."""
    setbacks: tuple[str, ...]
    """What else was lost, for which no permit has a word."""
    handled: tuple[Loss, ...]
    """Rows updated and deleted by all statements together, whether anything was lost or not."""
    handled_anew: tuple[Loss, ...]
    """The same in tables that the migration made itself."""
    rows_before: Mapping[str, int]
    rows_after: Mapping[str, int]
    shape_before: Shape
    shape: Shape | None
    failure: str | None
    """Why it failed on the copy; None where it ran to its end."""
    suite: SuiteResult | None = None

    def as_dict(self) -> dict[str, Any]:
        """The rehearsal as shown by ``--json``."""
        return {
            "backup_id": self.backup_id,
            "outcome": "failed" if self.failure else "ok",
            "failure": self.failure,
            "duration_s": self.duration_s,
            "rows": sum(self.rows_before.values()),
            "losses": [{**asdict(one), "effect": one.label} for one in self.losses],
            "loosened": [asdict(one) for one in self.loosened],
            "setbacks": list(self.setbacks),
            "suite": asdict(self.suite) if self.suite else None,
            **self.measures.as_dict(),
        }


def rehearse(
    server: RunningServer,
    manifest: Manifest,
    database: str,
    act: Act,
    session: tuple[str, ...],
    *,
    suite: Callable[[], SuiteResult | None] = lambda: None,
    progress: Progress = SILENT,
) -> Rehearsal:
    """Run a migration on the copy in ``server``, and measure what it does.

    Args:
        server: a scratch server with the restored copy; it is changed.
        manifest: the backup that the copy was restored from.
        database: the name of the copy.
        act: what is going to run.
        session: what prepares the connection, so that it has the rights of the real one.
        suite: runs the application's present queries on the migrated copy.
        progress: told of each of ``STEPS``.
    """
    administrator = server.administrator(database)
    ignored = frozenset([act.version_table] if act.version_table else [])
    with connect(administrator, autocommit=True) as connection:
        with database_errors("counting the copy"):
            before = read_contents(connection, without=ignored)
            safeguards, shape = read_safeguards(connection), shape_of(connection)
        progress.step("rehearsal.counted")
        target = Target(lambda: administrator, session, _leads_to(connection))
        handled_before = _handled(connection)
        measures, failure, duration_s = _tried(act, target)
        progress.step("rehearsal.applied")
        with database_errors("comparing the copy"):
            after = read_contents(connection, without=ignored, before=before)
            loosened = loosened_between(safeguards, read_safeguards(connection))
        handled = _since(handled_before, _handled(connection))
        losses = () if failure else tuple(losses_between(before, after, handled))
        progress.step("rehearsal.compared")
        tried = None if failure else suite()
        if tried is not None and not tried.passed:
            failure = "the application as it is now fails on the new schema."
        return Rehearsal(
            manifest.backup_id,
            duration_s,
            measures,
            losses,
            () if failure else tuple(drops_between(before, after)),
            () if failure else loosened,
            () if failure else tuple(setbacks_between(before, after)),
            tuple(_told(handled, before.tables.values())),
            tuple(_told(handled, _made(before, after))),
            before.rows,
            after.rows,
            shape,
            None if failure else shape_of(connection),
            failure,
            tried,
        )


def _tried(act: Act, target: Target) -> tuple[Measures, str | None, float]:
    """Run it once: what was measured, why it failed where it did, and how long it took."""
    measures, failure = Measures(), None
    begun_s = time.monotonic()
    with watched(measures, target.conninfo()):
        try:
            act.run(target, measures, lambda name: setattr(measures, "revision", name))
        except MigrationError as error:
            failure = error.message
    return measures, failure, round(time.monotonic() - begun_s, 3)


def _leads_to(connection: psycopg.Connection) -> Callable[[Any, str], None]:
    """Refuse connections to another server than the copy's, such as those of a pool's creator."""
    copy = connection.execute(_CLUSTER).fetchall()

    def verify(made: Any, _: str) -> None:  # noqa: ANN401  any driver's
        cursor = made.cursor()
        cursor.execute(_CLUSTER)
        there = [tuple(row) for row in cursor.fetchall()]
        cursor.close()
        made.rollback()
        if there != copy:
            raise MigrationError(
                "env.py connects by itself, past SQLAlchemy's engine, so that its migrations "
                "cannot be tried out on a copy. Nothing was changed.",
                next_step='let env.py use config.attributes["connection"] where it is given',
            )

    return verify


def _handled(connection: psycopg.Connection) -> dict[int, tuple[int, int]]:
    patience_s = time.monotonic() + LEAVES_WITHIN_S
    while connection.execute(_OTHERS_HERE).fetchall()[0][0] and time.monotonic() < patience_s:
        time.sleep(0.01)
    rows = connection.execute(_HANDLED).fetchall()
    return {oid: (updated, deleted) for oid, updated, deleted in rows}


def _since(then: Handled, now: Handled) -> dict[int, tuple[int, int]]:
    found = {}
    for oid, (updated, deleted) in now.items():
        updated_then, deleted_then = then.get(oid, (0, 0))
        found[oid] = (updated - updated_then, deleted - deleted_then)
    return found


def _made(before: Contents, after: Contents) -> list[TableContent]:
    there = {table.oid for table in before.tables.values()}
    return [table for table in after.tables.values() if table.oid not in there]


def _told(handled: Handled, tables: Iterable[TableContent]) -> Iterator[Loss]:
    for table in tables:
        updated, deleted = handled.get(table.oid, (0, 0))
        if updated > 0:
            yield Loss("update", table.table, None, updated)
        if deleted > 0:
            yield Loss("delete", table.table, None, deleted)
