"""Bring tables of the past beside those of today, in one transaction and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.drills import (
    FreeBytes,
    TableContent,
    free_bytes_at,
    needed_for,
    promised_as_text,
    promised_by,
    require_space,
)
from strongroom.errors import RestoreError
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.digests import settle_session
from strongroom.progress import SILENT, Progress
from strongroom.restores.aside.copying import Copying, content_of, names_aside
from strongroom.restores.aside.living import living
from strongroom.restores.aside.records import Aside, Target
from strongroom.restores.aside.shape import not_carried, shape_of
from strongroom.restores.aside.source import Held, Wanted, holding, leaves_of
from strongroom.restores.points import chosen
from strongroom.restores.swap import one_at_a_time

STEPS = (
    "aside.defined",
    "aside.loaded",
    "aside.copied",
    "aside.compared",
    "aside.recorded",
    "aside.committed",
)
KIND = "restore_aside"
"""Of the ledger's entry: which schema was made, by name and number."""

_NUMBERS = """
SELECT n.oid::bigint, ARRAY(SELECT c.oid::bigint FROM pg_catalog.pg_class AS c
                             WHERE c.relnamespace = n.oid AND c.relkind = 'r' ORDER BY 1)
  FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %s
"""


def restore_aside(
    configuration: Configuration,
    wanted: Wanted,
    backup_id: str | None = None,
    *,
    into: str | None = None,
    progress: Progress = SILENT,
    free_bytes: FreeBytes = free_bytes_at,
    on_begin: Callable[[str, str], None] = lambda _origin, _schema: None,
) -> Aside:
    """Bring tables of a backup into a new schema of the living database, verified.

    Nothing that is there is touched. The schema appears whole and compared, or not at all.

    Args:
        configuration: whose database.
        wanted: which tables, and of which point in time where it is not the backup's own; what
            arrives is then compared with the copy that went on to it.
        backup_id: by default the newest backup, or the newest that leads to the point.
        into: the name of the new schema; ``restored_`` and the time by default.
        progress: told of each of ``STEPS``, of bytes and of rows.
        free_bytes: asked for the room that the scratch server needs.
        on_begin: told the backup or the point, and the schema, before anything is done.

    Raises:
        RestoreError: the schema is there, the tables are not in the backup, or what arrived is
            not what was backed up.
        RefusedError: the database is not the pinned one.
        NoSpaceError: there is not enough room; nothing was started.
        TargetError, LogGapError: nothing leads to the point.
    """
    with one_at_a_time(configuration):
        manifest, onward = chosen(configuration, backup_id, wanted.at)
        origin = manifest.backup_id if wanted.at is None else f"{manifest.backup_id}, {wanted.at}"
        schema = into or default_schema(datetime.now(UTC))
        scratch = configuration.scratch_directory
        log_bytes = onward.reach.size_bytes if onward else 0
        needed_bytes = needed_for(configuration, manifest) + log_bytes
        require_space(scratch, needed_bytes, free_bytes(scratch))
        with living(configuration, progress) as today:
            _require_new(today, schema)
            on_begin(origin, schema)
            with holding(configuration, manifest, wanted, onward, progress) as held:
                promised = promised_by(manifest).tables if onward is None else None
                aside = bring_aside(
                    today,
                    held,
                    wanted,
                    target=Target(schema, origin),
                    promised=promised,
                    record=partial(record_aside, configuration),
                    progress=progress,
                )
    return aside


def default_schema(now: datetime) -> str:
    """A name for a schema that is made now."""
    return f"restored_{now:%Y%m%d_%H%M%S}"


def record_aside(
    configuration: Configuration, aside: Aside, oid: int, table_oids: Sequence[int]
) -> None:
    """Record what is made, before it is committed: so it can always be told from what was not."""
    ledger_of(configuration).record(
        KIND,
        schema=aside.schema,
        schema_oid=oid,
        origin=aside.origin,
        tables=[table.aside for table in aside.tables],
        table_oids=list(table_oids),
        rows=aside.rows,
    )


def bring_aside(
    today: psycopg.Connection,
    held: Held,
    wanted: Wanted,
    *,
    target: Target,
    record: Callable[[Aside, int, Sequence[int]], None],
    promised: Mapping[str, TableContent] | None = None,
    progress: Progress = SILENT,
) -> Aside:
    """Stream tables from a server that holds the past into a new schema, and compare them.

    Args:
        today: a connection to the living database, in autocommit.
        held: where the past is.
        wanted: which tables of it.
        target: the schema, which is made, and what to say of where it comes from.
        record: told what is about to be committed, and the number of the schema.
        promised: rows and digests by table; what ``held`` itself has, where nothing is promised.
        progress: told of what is done.

    Raises:
        RestoreError: the schema is there, or what arrived is not what was promised.
    """
    schema, origin = target.schema, target.origin
    _require_new(today, schema)
    with (
        connect(held.server.administrator(held.database), autocommit=True) as past,
        database_errors("bringing tables aside"),
    ):
        settle_session(past)
        tables = leaves_of(past, wanted)
        shapes = [shape_of(past, table) for table in tables]
        lost = {
            table.label: [*held.not_loaded.get(table.label, ()), *not_carried(past, table.oid)]
            for table in tables
        }
        if promised is None:
            promised = {table.label: content_of(past, table) for table in tables}
        promised = promised_as_text(past, tables, promised)
        with today.transaction():
            copying = Copying(past, today, schema, names_aside(tables), promised, progress)
            made = copying.all_of(shapes, lost)
            comment = sql.SQL("COMMENT ON SCHEMA {} IS {}")
            said = sql.Literal(f"Brought back by strongroom from {origin}.")
            today.execute(comment.format(sql.Identifier(schema), said))
            aside = Aside(schema, origin, tuple(made))
            ((number, tables_made),) = today.execute(_NUMBERS, [schema]).fetchall()
            record(aside, number, tables_made)
            progress.step("aside.recorded")
        today.execute("RESET ALL")
        progress.step("aside.committed")
    return aside


def _require_new(today: psycopg.Connection, schema: str) -> None:
    if today.execute(_NUMBERS, [schema]).fetchall():
        raise RestoreError(
            f"There is a schema {schema} already, and nothing is ever put over anything.",
            next_step="the same with --into and another name",
        )
