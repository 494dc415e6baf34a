"""How a table of the past looks, and how it is written down where it stands aside.

Its columns, their types and its primary key come along. What refers to something else (keys to
other tables, defaults from sequences, triggers, policies) does not: a table that stands aside
is looked at and copied from, and nothing hangs on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import Table

_COLUMNS = """
SELECT a.attname::text, format_type(b.type, b.modifier), format_type(a.atttypid, a.atttypmod),
       a.attnotnull, a.attgenerated <> '', a.attidentity = 'a',
       CASE WHEN c.collname IS NOT NULL AND a.attcollation <> own.typcollation
            THEN format('%%I.%%I', cn.nspname, c.collname) END,
       bn.nspname <> 'pg_catalog', coalesce(e.typtype, b.kind)::text,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l
             WHERE l.enumtypid = coalesce(e.oid, b.type) ORDER BY l.enumsortorder)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS own ON own.oid = a.atttypid
CROSS JOIN LATERAL (
    WITH RECURSIVE based (type, modifier, kind, next, next_modifier) AS (
        SELECT own.oid, a.atttypmod, own.typtype, own.typbasetype, own.typtypmod
        UNION ALL
        SELECT t.oid, d.next_modifier, t.typtype, t.typbasetype, t.typtypmod
        FROM based AS d JOIN pg_catalog.pg_type AS t ON t.oid = d.next WHERE d.kind = 'd'
    ) SELECT type, modifier, kind FROM based WHERE kind <> 'd'
) AS b
JOIN pg_catalog.pg_type AS bt ON bt.oid = b.type
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = bt.typelem AND bt.typcategory = 'A'
JOIN pg_catalog.pg_namespace AS bn ON bn.oid = coalesce(e.typnamespace, bt.typnamespace)
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.collnamespace
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KEY = """
SELECT a.attname::text FROM pg_catalog.pg_constraint AS k
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
WHERE k.conrelid = %s AND k.contype = 'p' ORDER BY u.n
"""
_ENUM = """
SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l
JOIN pg_catalog.pg_type AS t ON l.enumtypid IN (t.oid, t.typelem)
WHERE t.oid = pg_catalog.to_regtype(%s)
"""
_EXISTS = "SELECT pg_catalog.to_regtype(%s) IS NOT NULL"
ENUM, COMPOSITE = "e", "c"


@dataclass(frozen=True)
class Column:
    """One column as it was; ``type`` is that below any domain, ``written_type`` its own."""

    name: str
    type: str
    written_type: str
    not_null: bool
    generated: bool
    always_identity: bool
    collation: str | None
    made: bool
    """Whether its type was made by somebody, and may not be there today."""
    kind: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """A table as it was."""

    table: Table
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def shape_of(connection: psycopg.Connection, table: Table) -> Shape:
    """Read how a table looks."""
    columns = tuple(
        Column(*(*row[:-1], tuple(row[-1])))
        for row in connection.execute(_COLUMNS, [table.oid]).fetchall()
    )
    key = tuple(name for (name,) in connection.execute(_KEY, [table.oid]).fetchall())
    return Shape(table, columns, key)


def type_today(connection: psycopg.Connection, column: Column) -> str:
    """The type for a column in the database of today: its own, or text where that is gone.

    Text shows every value as it was. A domain's rules may have changed: its base type is taken.
    """
    if not column.made:
        return column.type
    if column.kind == COMPOSITE:
        return "text"
    if not connection.execute(_EXISTS, [column.type]).fetchall()[0][0]:
        return "text"
    if column.kind == ENUM:
        today = {label for (label,) in connection.execute(_ENUM, [column.type]).fetchall()}
        return column.type if today.issuperset(column.labels) else "text"
    return column.type


def creation(name: sql.Composable, shape: Shape, types: Sequence[str]) -> sql.Composed:
    """The statement that makes the table aside; its key follows when it has its rows."""
    columns = []
    for column, kind in zip(shape.columns, types, strict=True):
        parts: list[sql.Composable] = [sql.Identifier(column.name), sql.SQL(kind)]
        if column.collation is not None and kind == column.type:
            parts.append(sql.SQL(f"COLLATE {column.collation}"))
        if column.not_null:
            parts.append(sql.SQL("NOT NULL"))
        columns.append(sql.SQL(" ").join(parts))
    return sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns))


_NOT_CARRIED = """
SELECT CASE k.contype WHEN 'f' THEN 'foreign key ' WHEN 'c' THEN 'check ' WHEN 'u' THEN 'unique '
       ELSE 'exclusion ' END || k.conname
FROM pg_catalog.pg_constraint AS k
WHERE k.conrelid = %(oid)s AND k.contype IN ('f', 'c', 'u', 'x')
UNION ALL
SELECT 'index ' || c.relname FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = %(oid)s AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid)
UNION ALL
SELECT CASE WHEN a.attgenerated <> '' THEN 'generation of ' ELSE 'default of ' END || a.attname
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = %(oid)s AND NOT a.attisdropped AND a.atthasdef
UNION ALL
SELECT 'identity of ' || a.attname FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = %(oid)s AND NOT a.attisdropped AND a.attidentity <> ''
UNION ALL
SELECT 'trigger ' || t.tgname FROM pg_catalog.pg_trigger AS t
WHERE t.tgrelid = %(oid)s AND NOT t.tgisinternal AND t.tgname !~ '^strongroom_'
UNION ALL
SELECT 'policy ' || p.polname FROM pg_catalog.pg_policy AS p WHERE p.polrelid = %(oid)s
ORDER BY 1
"""


def not_carried(connection: psycopg.Connection, relation: int | None) -> list[str]:
    """What the table itself has, and one that stands aside has not."""
    return [name for (name,) in connection.execute(_NOT_CARRIED, {"oid": relation}).fetchall()]
