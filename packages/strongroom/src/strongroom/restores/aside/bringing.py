"""Bring tables of the past beside those of today, in one transaction and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property, partial

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.drills import (
    FreeBytes,
    TableContent,
    free_bytes_at,
    needed_for,
    promised_by,
    require_space,
)
from strongroom.errors import RestoreError
from strongroom.ledger import ledger_of
from strongroom.postgres.catalogue import Table, label_of, quoted, user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.digests import digest_table, settle_session
from strongroom.progress import SILENT, Progress
from strongroom.restores.aside.living import living
from strongroom.restores.aside.shape import Shape, creation, not_carried, shape_of, type_today
from strongroom.restores.aside.source import Held, Wanted, holding, leaves_of
from strongroom.restores.aside.statements import Statements, statements_for
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

_OWNER = """
SELECT pg_get_userbyid(coalesce(
    (SELECT c.relowner FROM pg_class AS c WHERE c.oid = %(relation)s),
    (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())))::text
"""
_MAY = "SELECT pg_has_role(current_user, %s, 'MEMBER')"
_SCHEMA_NUMBER = "SELECT oid::bigint FROM pg_catalog.pg_namespace WHERE nspname = %s"


@dataclass(frozen=True)
class Target:
    """A schema that is to be made."""

    schema: str
    origin: str
    """The backup that its tables come from, or the moment in words."""


@dataclass(frozen=True)
class TableAside:
    """One table of the past that stands aside."""

    name: str
    aside: str
    """What it is called there."""
    rows: int
    equal: bool
    """Whether rows and digest are those that were promised; what differs is never kept."""
    method: str
    as_text: tuple[str, ...]
    """Columns whose type is not there today, and that stand there as text."""
    not_carried: tuple[str, ...]
    statements: Statements

    def as_dict(self) -> dict[str, object]:
        """The table as shown by ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Aside:
    """Tables of the past that were brought beside those of today."""

    schema: str
    origin: str
    """The backup, or the moment, that they come from."""
    tables: tuple[TableAside, ...]

    @property
    def rows(self) -> int:
        """Rows of all of them."""
        return sum(table.rows for table in self.tables)

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "schema": self.schema,
            "origin": self.origin,
            "rows": self.rows,
            "tables": [table.as_dict() for table in self.tables],
        }


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
        require_space(scratch, needed_for(configuration, manifest), free_bytes(scratch))
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


def record_aside(configuration: Configuration, aside: Aside, oid: int) -> None:
    """Record what is made, before it is committed: so it can always be told from what was not."""
    ledger_of(configuration).record(
        KIND,
        schema=aside.schema,
        schema_oid=oid,
        origin=aside.origin,
        tables=[table.aside for table in aside.tables],
        rows=aside.rows,
    )


def bring_aside(
    today: psycopg.Connection,
    held: Held,
    wanted: Wanted,
    *,
    target: Target,
    record: Callable[[Aside, int], None],
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
        lost = {table.label: not_carried(past, table.oid) for table in tables}
        if promised is None:
            promised = {table.label: _content(past, table) for table in tables}
        with today.transaction():
            copying = _Copying(past, today, schema, names_aside(tables), promised, progress)
            made = copying.all_of(shapes, lost)
            comment = sql.SQL("COMMENT ON SCHEMA {} IS {}")
            said = sql.Literal(f"Brought back by strongroom from {origin}.")
            today.execute(comment.format(sql.Identifier(schema), said))
            aside = Aside(schema, origin, tuple(made))
            record(aside, today.execute(_SCHEMA_NUMBER, [schema]).fetchall()[0][0])
            progress.step("aside.recorded")
        today.execute("RESET ALL")
        progress.step("aside.committed")
    return aside


def names_aside(tables: Sequence[Table]) -> dict[Table, str]:
    """What each is called aside: its own name, with its schema's before it where two share one."""
    names = [table.name for table in tables]
    return {
        table: table.name if names.count(table.name) == 1 else f"{table.schema}_{table.name}"
        for table in tables
    }


class _Copying:
    """One copy of several tables on its way."""

    def __init__(
        self,
        past: psycopg.Connection,
        today: psycopg.Connection,
        schema: str,
        names: Mapping[Table, str],
        promised: Mapping[str, TableContent],
        progress: Progress,
    ) -> None:
        self._past, self._today, self._schema = past, today, schema
        self._names, self._promised, self._progress = names, promised, progress
        self._done_rows = 0
        self._total_rows = sum(
            promised[table.label].rows for table in names if table.label in promised
        )

    def all_of(self, shapes: Sequence[Shape], lost: Mapping[str, list[str]]) -> list[TableAside]:
        """Make, fill and compare each table; the caller's transaction ends it."""
        today = {table.label: table for table in user_tables(self._today)}
        owner = self._owner(today.get(shapes[0].table.label))
        settle_session(self._today)
        self._today.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self._schema)))
        types = {shape.table: self._fill(shape) for shape in shapes}
        self._progress.step("aside.copied")
        made = []
        for shape in shapes:
            self._require_equal(shape)
            qualified = f"{quoted(self._schema)}.{quoted(self._names[shape.table])}"
            made.append(
                TableAside(
                    name=shape.table.label,
                    aside=label_of(self._schema, self._names[shape.table]),
                    rows=self._found(shape).rows,
                    equal=True,
                    method=self._found(shape).method,
                    as_text=tuple(
                        column.name
                        for column, kind in zip(shape.columns, types[shape.table], strict=True)
                        if column.made and kind == "text"
                    ),
                    not_carried=tuple(lost[shape.table.label]),
                    statements=statements_for(
                        self._today, shape, today.get(shape.table.label), qualified
                    ),
                )
            )
        self._progress.step("aside.compared")
        if owner is not None:
            self._give_to(owner)
        return made

    def _name(self, shape: Shape) -> sql.Identifier:
        return sql.Identifier(self._schema, self._names[shape.table])

    def _fill(self, shape: Shape) -> list[str]:
        """Make one table and stream its rows; return the types that its columns got."""
        types = [type_today(self._today, column) for column in shape.columns]
        self._today.execute(creation(self._name(shape), shape, types))
        columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in shape.columns)
        self._stream(shape, columns)
        if shape.key:
            key = sql.SQL(", ").join(sql.Identifier(one) for one in shape.key)
            added = sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})")
            self._today.execute(added.format(self._name(shape), key))
        return types

    def _stream(self, shape: Shape, columns: sql.Composable) -> None:
        table = sql.Identifier(shape.table.schema, shape.table.name)
        read = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT").format(columns, table)
        listed = sql.SQL(" ({})").format(columns) if shape.columns else sql.SQL("")
        write = sql.SQL("COPY {}{} FROM STDIN").format(self._name(shape), listed)
        with (
            self._past.cursor().copy(read) as source,
            self._today.cursor().copy(write) as target,
        ):
            for piece in source:
                target.write(piece)
                self._done_rows += bytes(piece).count(b"\n")  # those in values are escaped
                self._progress.amount(
                    "aside.copied", self._done_rows, self._total_rows or None, "rows"
                )

    def _found(self, shape: Shape) -> TableContent:
        label = label_of(self._schema, self._names[shape.table])
        return self._digests[label]

    @cached_property
    def _digests(self) -> dict[str, TableContent]:
        """Rows and digests of all tables aside, when they have their rows."""
        return {
            table.label: _content(self._today, table)
            for table in user_tables(self._today)
            if table.schema == self._schema
        }

    def _require_equal(self, shape: Shape) -> None:
        expected, found = self._promised.get(shape.table.label), self._found(shape)
        if expected is None:
            raise RestoreError(
                f"Nothing tells what {shape.table.label} held. Nothing was made.",
                next_step="strongroom drill, which tells what is wrong with the backup",
            )
        if (expected.rows, expected.digest) != (found.rows, found.digest):
            raise RestoreError(
                f"{shape.table.label} arrived with {found.rows} rows that are not the "
                f"{expected.rows} rows of the backup. Nothing was made.",
                next_step="strongroom drill, which tells what is wrong with the backup",
            )

    def _owner(self, table: Table | None) -> str | None:
        """Whom it shall belong to: the table's owner of today, where this role may give it."""
        relation = {"relation": table.oid if table else None}
        owner = str(self._today.execute(_OWNER, relation).fetchall()[0][0])
        return owner if self._today.execute(_MAY, [owner]).fetchall()[0][0] else None

    def _give_to(self, owner: str) -> None:
        to = sql.Identifier(owner)
        given = sql.SQL("ALTER SCHEMA {} OWNER TO {}")
        self._today.execute(given.format(sql.Identifier(self._schema), to))
        for name in self._names.values():
            table = sql.Identifier(self._schema, name)
            self._today.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(table, to))


def _content(connection: psycopg.Connection, table: Table) -> TableContent:
    found = digest_table(connection, table)
    digest = found.digest if found.method != "not_covered" else None
    return TableContent(found.rows, digest, found.reason, found.method)


def _require_new(today: psycopg.Connection, schema: str) -> None:
    if today.execute(_SCHEMA_NUMBER, [schema]).fetchall():
        raise RestoreError(
            f"There is a schema {schema} already, and nothing is ever put over anything.",
            next_step="the same with --into and another name",
        )
