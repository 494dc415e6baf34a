"""Remove a schema that was brought aside: only one that we made, and only when told to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.errors import RestoreError
from strongroom.identity import forget_tables
from strongroom.ledger import ledger_of
from strongroom.postgres.catalogue import label_of
from strongroom.postgres.connections import database_errors
from strongroom.progress import SILENT, Progress
from strongroom.protection.installing import EVENT_TRIGGERS
from strongroom.restores.aside.bringing import KIND
from strongroom.restores.aside.living import living
from strongroom.restores.swap import one_at_a_time

_TABLES = """
SELECT c.relname::text, c.oid::bigint FROM pg_class AS c
WHERE c.relnamespace = %s::oid AND c.relkind = 'r' ORDER BY 1
"""
_OID = "SELECT oid::bigint FROM pg_namespace WHERE nspname = %s"
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_GUARDS = "SELECT evtname::text FROM pg_event_trigger WHERE evtname = ANY(%s) AND evtenabled = 'A'"


def remove_aside(
    configuration: Configuration, schema: str, *, progress: Progress = SILENT
) -> tuple[str, ...]:
    """Drop a schema that ``restore_aside`` made, with the tables that it put there; tell which.

    Anything else in it, or that hangs on it, keeps all of it from being dropped.

    Raises:
        RestoreError: we did not make it, or something else is in it by now.
        RefusedError: the database is not the pinned one.
    """
    with one_at_a_time(configuration), living(configuration, progress) as today:
        made, tables = _made(configuration, today, schema)
        with database_errors(f"removing the schema {schema}"), today.transaction():
            resting = _rest(today)
            found = _ours(today.execute(_TABLES, [made]).fetchall(), schema, tables)
            for name in found:
                dropped = sql.SQL("DROP TABLE {}")
                today.execute(dropped.format(sql.Identifier(schema, name)))
            today.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(schema)))
            # Backups that were taken meanwhile have counted them: they are no longer expected.
            labels = [label_of(schema, name) for name in found]
            forget_tables(configuration, labels, "brought aside, and removed again")
            for guard in resting:
                woken = sql.SQL("ALTER EVENT TRIGGER {} ENABLE ALWAYS")
                today.execute(woken.format(sql.Identifier(guard)))
        ledger_of(configuration).record("remove_aside", schema=schema, schema_oid=made)
    return found


def _made(
    configuration: Configuration, today: psycopg.Connection, schema: str
) -> tuple[int, set[int]]:
    """The numbers of the schema and of the tables that were made in it."""
    rows = today.execute(_OID, [schema]).fetchall()
    for entry in ledger_of(configuration).readable()[0] if rows else []:
        told = entry.details
        if entry.kind == KIND and (told["schema"], told["schema_oid"]) == (schema, rows[0][0]):
            return int(rows[0][0]), set(told["table_oids"])
    what = "was not made by a restore of ours" if rows else "is not there"
    raise RestoreError(
        f"The schema {schema} {what}, so it is not removed.",
        next_step=f"strongroom ledger show --kind {KIND}",
    )


def _ours(
    found: Sequence[tuple[str, int]], schema: str, tables: Collection[int]
) -> tuple[str, ...]:
    others = [name for name, oid in found if oid not in tables]
    if others:
        raise RestoreError(
            f"The schema {schema} also holds what no restore of ours has put there: "
            f"{', '.join(others)}. Nothing was removed.",
            next_step=f"move them elsewhere (ALTER TABLE … SET SCHEMA), then strongroom undo "
            f"--aside {schema}",
        )
    return tuple(name for name, _ in found)


def _rest(today: psycopg.Connection) -> list[str]:
    """Let the guards of the schema rest in this transaction: all that is dropped is a copy."""
    if not today.execute(_SUPERUSER).fetchall()[0][0]:
        return []
    guards = [name for (name,) in today.execute(_GUARDS, [list(EVENT_TRIGGERS)]).fetchall()]
    for guard in guards:
        today.execute(sql.SQL("ALTER EVENT TRIGGER {} DISABLE").format(sql.Identifier(guard)))
    return guards
