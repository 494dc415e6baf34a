"""Make tables aside, stream their rows into them, and compare what arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import psycopg
from psycopg import sql

from strongroom.drills import TableContent
from strongroom.errors import RestoreError
from strongroom.postgres.catalogue import Table, label_of, quoted, user_tables
from strongroom.postgres.digests import Method, digest_table, method_of, settle_session
from strongroom.progress import Progress
from strongroom.restores.aside.records import TableAside
from strongroom.restores.aside.shape import Shape, creation, not_carried, type_today
from strongroom.restores.aside.statements import statements_for

_OWNER = """
SELECT pg_get_userbyid(coalesce(
    (SELECT c.relowner FROM pg_class AS c WHERE c.oid = %(relation)s),
    (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())))::text
"""
_MAY = "SELECT pg_has_role(current_user, %s, 'MEMBER')"


def names_aside(tables: Sequence[Table]) -> dict[Table, str]:
    """What each is called aside: its own name, with its schema's before it where two share one."""
    names = [table.name for table in tables]
    return {
        table: table.name if names.count(table.name) == 1 else f"{table.schema}_{table.name}"
        for table in tables
    }


class Copying:
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
                    not_carried=self._lost(lost[shape.table.label], today.get(shape.table.label)),
                    statements=statements_for(
                        self._today, shape, today.get(shape.table.label), qualified
                    ),
                )
            )
        self._progress.step("aside.compared")
        if owner is not None:
            self._give_to(owner)
        return made

    def _lost(self, then: Sequence[str], table: Table | None) -> tuple[str, ...]:
        """What the table had or has, and its copy has not."""
        now = not_carried(self._today, table.oid) if table else []
        return tuple(sorted({*then, *now}))

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
        made = {table.label: table for table in user_tables(self._today)}
        return {
            label: content_of(self._today, made[label], self._method(table))
            for table, name in self._names.items()
            if (label := label_of(self._schema, name)) in made
        }

    def _method(self, table: Table) -> Method:
        """How it was digested; the copy has the same columns, of the same types or of text."""
        promised = self._promised.get(table.label)
        return (method_of(promised.method) if promised else None) or "rows"

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


def content_of(
    connection: psycopg.Connection, table: Table, method: Method = "rows"
) -> TableContent:
    """Count and digest one table."""
    found = digest_table(connection, table, method)
    digest = found.digest if found.method != "not_covered" else None
    return TableContent(found.rows, digest, found.reason, found.method)
