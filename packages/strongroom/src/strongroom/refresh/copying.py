"""Fill the new cluster: its schema without words of the source, then rows, masked on their way.

No file of the source gets into the new cluster. Rows leave the scratch server by COPY with an
expression in each masked column's place, so what arrives has never been anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from strongroom.errors import RefreshError
from strongroom.postgres.catalogue import sequences
from strongroom.postgres.connections import words_of
from strongroom.postgres.tools import run_tool, running_tool
from strongroom.progress import Progress
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.reading import MaskedRows
from strongroom.refresh.schema import Column, Schema, SourceTable
from strongroom.server.supervisor import RunningServer

NOT_CARRIED = ("USER MAPPING", "SUBSCRIPTION", "PUBLICATION", "COMMENT", "SECURITY LABEL")
"""Kinds of a dump's entries that hold the source's passwords, connections or words."""
OF_STRONGROOM = " strongroom"
"""Guards and their like, by the start of their names; they are installed afresh."""

POPULATED_VIEWS = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND c.relispopulated ORDER BY 1, 2
"""


def dump_schema(server: RunningServer, database: str, place: Path) -> Path:
    """Write the schema of the restored backup as an archive; return where."""
    archive = place / "schema.dump"
    arguments = [
        "-Fc",
        "--schema-only",
        "--no-comments",
        "--no-publications",
        "--no-subscriptions",
        "--no-security-labels",
        "--exclude-schema=strongroom",
        f"--file={archive}",
    ]
    run_tool(server.binaries.tool("pg_dump"), arguments, server.administrator(database))
    archive.chmod(0o600)
    return archive


def load_schema(server: RunningServer, database: str, archive: Path, section: str) -> None:
    """Make one section of the schema: ``pre-data`` (tables) or ``post-data`` (keys, triggers).

    Raises:
        RefreshError: something could not be made; of a key, because masked rows break it.
    """
    program = server.binaries.tool("pg_restore")
    wanted = archive.with_name("wanted.list")
    listed = archive.with_name("schema.list")
    run_tool(program, ["--list", f"--file={listed}", str(archive)], {})
    wanted.write_text(_wanted(listed.read_text(encoding="utf-8")), encoding="utf-8")
    arguments = [
        f"--section={section}",
        f"--use-list={wanted}",
        f"--dbname={make_conninfo(dbname=database)}",
        str(archive),
    ]
    with running_tool(program, arguments, server.administrator(database)) as tool:
        finished = tool.finish()
    if finished.exit_code != 0:
        raise RefreshError(
            "The masked rows do not fit the schema, so the copy was removed: "
            f"{'; '.join(finished.messages.splitlines()[:5])}.",
            next_step="give the columns of that key rules under which different values stay "
            "different (pseudonym, email), then repeat",
        )


def _wanted(listed: str) -> str:
    """Leave out of an archive's list what is not carried over."""
    lines = []
    for line in listed.splitlines():
        entry = line.partition("; ")[2].split(" ", 2)[-1]
        unwanted = entry.startswith(NOT_CARRIED)
        guard = entry.startswith(("EVENT TRIGGER", "TRIGGER")) and OF_STRONGROOM in entry
        lines.append(f";{line}" if unwanted or guard else line)
    return "\n".join(lines) + "\n"


def copy_rows(
    source: psycopg.Connection,
    target: psycopg.Connection,
    schema: Schema,
    masks: Mapping[Place, Mask],
    *,
    without_rows: frozenset[str],
    progress: Progress,
) -> dict[str, int]:
    """Stream the rows of every table, masked; return how many there are of each.

    Raises:
        RefreshError: a masked value does not fit its column.
    """
    tables: dict[str, list[SourceTable]] = {}
    for table in schema.tables:
        if table.root.label not in without_rows:
            tables.setdefault(table.root.label, []).append(table)
    copied = dict.fromkeys(without_rows, 0)
    masked = MaskedRows(schema, masks)
    for done, (label, parts) in enumerate(tables.items(), 1):
        copied[label] = _copy_table(source, target, parts, masked)
        progress.amount("refresh.rows_copied", done, len(tables), "tables")
    return copied


def _copy_table(
    source: psycopg.Connection,
    target: psycopg.Connection,
    parts: list[SourceTable],
    masked: MaskedRows,
) -> int:
    """Copy a table, or all partitions of one, in one transaction."""
    root = parts[0].root
    name = sql.Identifier(root.schema, root.name)
    rows = 0
    try:
        with target.transaction():
            # Files that are new in this transaction need no write-ahead log at this wal_level.
            only = sql.SQL("" if root.kind == "p" else "ONLY ")
            target.execute(sql.SQL("TRUNCATE {}{}").format(only, name))
            for part in parts:
                rows += _stream(source, target, part, masked)
    except psycopg.Error as error:
        raise RefreshError(
            f"The rows of {root.label} could not be masked and copied: "
            f"{words_of(error)}{_where(error)}. The copy was removed.",
            next_step=f"correct the rules of {root.label}, then repeat",
        ) from error
    return rows


def _stream(
    source: psycopg.Connection,
    target: psycopg.Connection,
    part: SourceTable,
    masked: MaskedRows,
) -> int:
    columns = [one for one in part.columns if not one.generated]
    reading = sql.SQL("COPY ({}) TO STDOUT").format(masked.of(part.table, columns))
    writing = sql.SQL("COPY {}{} FROM STDIN").format(
        sql.Identifier(part.root.schema, part.root.name), _listed(columns)
    )
    with source.cursor() as read, target.cursor() as written:
        with read.copy(reading) as rows, written.copy(writing) as taken:
            for block in rows:
                taken.write(block)
        return written.rowcount


def _listed(columns: list[Column]) -> sql.Composable:
    if not columns:
        return sql.SQL("")
    names = sql.SQL(", ").join(one.identifier for one in columns)
    return sql.SQL(" ({})").format(names)


def _where(error: psycopg.Error) -> str:
    named = error.diag.constraint_name or error.diag.column_name
    return f" ({named})" if named else ""


def copy_sequences(source: psycopg.Connection, target: psycopg.Connection) -> None:
    """Let every sequence go on from where the source's stands."""
    for one in sequences(source):
        if one.schema != "strongroom":
            name = sql.Identifier(one.schema, one.name).as_string(target)
            target.execute(
                "SELECT pg_catalog.setval(%s::regclass, %s, %s)",
                (name, one.last_value, one.is_called),
            )


def fill_views(source: psycopg.Connection, target: psycopg.Connection) -> None:
    """Compute the materialised views from the masked rows, in whatever order they need.

    Raises:
        RefreshError: one cannot be computed.
    """
    waiting = source.execute(POPULATED_VIEWS).fetchall()
    while waiting:
        failed, said = [], ""
        for view in waiting:
            refreshing = sql.SQL("REFRESH MATERIALIZED VIEW {}")
            try:
                target.execute(refreshing.format(sql.Identifier(*view)))
            except psycopg.Error as error:
                failed.append(view)
                said = words_of(error)
        if len(failed) == len(waiting):
            raise RefreshError(
                f"The materialised view {'.'.join(failed[0])} cannot be computed from the masked "
                f"rows: {said}. The copy was removed.",
                next_step="correct the rules of the tables that it reads, then repeat",
            )
        waiting = failed
