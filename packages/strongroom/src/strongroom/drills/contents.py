"""What the manifest promises and what a database holds, in the same terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import MappingProxyType

import psycopg
from psycopg import sql

from strongroom.backups.digesting import Digesting
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.manifest import (
    LARGE_OBJECTS_GAP,
    DatabaseRecord,
    Manifest,
    TableRecord,
)
from strongroom.drills.comparison import NOT_SAMPLED, Contents, SequencePosition, TableContent
from strongroom.postgres.catalogue import (
    LARGE_OBJECTS,
    Sequence,
    Table,
    extensions,
    sequences,
    user_tables,
)
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.digests import (
    Method,
    TableDigest,
    count_table,
    digest_table,
    method_of,
    settle_session,
)
from strongroom.postgres.large_objects import with_large_objects
from strongroom.progress import SILENT, Progress
from strongroom.server.administered import Administered

# The highest number a sequence's own column holds, or the lowest where it counts down.
HIGHEST_USED = "SELECT {extreme}({column})::bigint FROM {table}"


def promised_by(manifest: Manifest) -> Contents:
    """What a copy must hold to be the one that the manifest describes."""
    return Contents(
        tables={table.name: _content(table) for table in manifest.tables},
        sequences={
            one.name: SequencePosition(one.last_value, one.is_called) for one in manifest.sequences
        },
        extensions={one.name: one.version for one in manifest.extensions},
        schema_fingerprint=manifest.schema_fingerprint,
        unpromised=_without_digest(
            manifest.tables,
            known=not any(gap.what.endswith(LARGE_OBJECTS_GAP) for gap in manifest.not_covered),
        ),
    )


def promised_beside(record: DatabaseRecord) -> Contents:
    """The same of another database of the cluster."""
    return Contents(
        tables={table.name: _content(table) for table in record.tables},
        sequences={
            one.name: SequencePosition(one.last_value, one.is_called) for one in record.sequences
        },
        extensions={one.name: one.version for one in record.extensions},
        schema_fingerprint=record.schema_fingerprint,
        unpromised=_without_digest(record.tables, known=False),
    )


def survey(server: Administered, database: str, progress: Progress, promised: Contents) -> Contents:
    """Count and digest everything in a database, by the methods of what was promised."""
    return survey_sample(server, database, progress, promised, None)


def survey_sample(
    server: Administered,
    database: str,
    progress: Progress,
    promised: Contents,
    sample: frozenset[str] | None,
) -> Contents:
    """The same, but with digests of these tables only, where a sample is given."""
    methods = _methods(promised.tables)
    administrator = server.administrator(database)
    with (
        connect(administrator, autocommit=True) as connection,
        database_errors("counting and digesting a database"),
        ThreadPoolExecutor(1, thread_name_prefix="schema") as beside,
    ):
        # In our own context, so that it keeps to the same bounds.
        of_schema = beside.submit(
            copy_context().run, schema_fingerprint, server.binaries, administrator
        )
        tables = user_tables(connection)
        owners = {table.label: table for table in tables}
        return Contents(
            tables=_survey_at_rest(connection, administrator, progress, methods, sample),
            sequences={
                one.label: _position(connection, one, owners.get(one.owner_table or ""))
                for one in sequences(connection)
            },
            extensions=dict(extensions(connection)),
            schema_fingerprint=of_schema.result(),
            computed=frozenset(table.label for table in tables if _is_computed(table)),
        )


def survey_tables(
    connection: psycopg.Connection,
    progress: Progress = SILENT,
    promised: Mapping[str, TableContent] = MappingProxyType({}),
) -> dict[str, TableContent]:
    """Count and digest every table whose rows are its own, as this one session sees them.

    Each is digested by the method of what was promised of it, where anything was.
    """
    settle_session(connection)
    tables, methods = _readable(connection), _methods(promised)
    found = {}
    for done, table in enumerate(tables, 1):
        method = methods.get(table.label, "rows")
        found[table.label] = _content(digest_table(connection, table, method))
        progress.amount("reload.compared", done, len(tables), "tables")
    return found


def promised_as_text(
    connection: psycopg.Connection, tables: Iterable[Table], promised: Mapping[str, TableContent]
) -> dict[str, TableContent]:
    """The same promise for a copy whose rows are written anew, by text, from this one.

    Of a table that was digested as it is sent, the digest of its text takes the place: written
    anew, a value may be sent in other bytes (a NaN with a sign, an array that once held a null). A
    table that is not what was promised keeps the promise, so that no copy of it can be.

    Args:
        connection: on the server that the rows are read from; the session is settled.
        tables: those that are copied.
        promised: what the manifest says, by table.
    """
    found = dict(promised)
    for table in tables:
        one = promised.get(table.label)
        if one is not None and one.method == "binary":
            here = _content(digest_table(connection, table, "binary"))
            if here == one:
                found[table.label] = _content(digest_table(connection, table))
    return found


def _survey_at_rest(
    connection: psycopg.Connection,
    administrator: ConnectionInfo,
    progress: Progress,
    methods: Mapping[str, Method],
    sample: frozenset[str] | None,
) -> dict[str, TableContent]:
    """The same by several sessions at once, of a copy in which nobody writes, or of a sample."""
    tables = _readable(connection)
    chosen = [one for one in tables if sample is None or one.label in sample]

    def report(done: int) -> None:
        progress.amount("reload.compared", len(tables) - len(chosen) + done, len(tables), "tables")

    found = {
        one.label: TableContent(count_table(connection, one), None, NOT_SAMPLED)
        for one in tables
        if one not in chosen
    }
    with Digesting(administrator, None, chosen, report, methods=methods) as digesting:
        found.update({digest.name: _content(digest) for digest in digesting.result()})
    return found


def _methods(promised: Mapping[str, TableContent]) -> dict[str, Method]:
    """How each table was digested that something was promised of."""
    return {name: method for name, one in promised.items() if (method := method_of(one.method))}


def _readable(connection: psycopg.Connection) -> list[Table]:
    return [
        *with_large_objects(connection),
        *(
            table
            for table in user_tables(connection)
            if not _is_computed(table) and _is_readable(connection, table)
        ),
    ]


def _without_digest(tables: Iterable[TableRecord], *, known: bool) -> frozenset[str]:
    """Large objects, where a backup from before format 4 may hold some and tells of none.

    ``known``: it would have said that it holds any.
    """
    told = known or any(table.name == LARGE_OBJECTS.label for table in tables)
    return frozenset() if told else frozenset({LARGE_OBJECTS.label})


def _is_computed(table: Table) -> bool:
    return table.kind in {"m", "f"} or table.extension is not None


def _is_readable(connection: psycopg.Connection, table: Table) -> bool:
    """A server in recovery holds no rows of unlogged tables."""
    query = "SELECT pg_catalog.pg_is_in_recovery()"
    return table.persistence != "u" or not connection.execute(query).fetchall()[0][0]


def _content(table: TableDigest | TableRecord) -> TableContent:
    digest = table.digest if table.method != "not_covered" else None
    return TableContent(table.rows, digest, table.reason, table.method)


def _position(
    connection: psycopg.Connection, sequence: Sequence, owner: Table | None
) -> SequencePosition:
    descending = sequence.increment < 0
    highest_used = None
    if owner is not None and sequence.owner_column is not None:
        query = sql.SQL(HIGHEST_USED).format(
            extreme=sql.SQL("min" if descending else "max"),
            column=sql.Identifier(sequence.owner_column),
            table=sql.Identifier(owner.schema, owner.name),
        )
        highest_used = connection.execute(query).fetchall()[0][0]
    return SequencePosition(
        sequence.last_value,
        is_called=sequence.is_called,
        highest_used=highest_used,
        descending=descending,
    )
