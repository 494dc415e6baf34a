"""What the rules are held against: columns, keys and partitions of the restored backup."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import Table, user_tables

# Columns of every table with rows of its own; generated ones are computed by the copy itself.
# A type is followed through its domains, and through its arrays, to what it is made of.
COLUMNS = """
WITH RECURSIVE step AS (
    SELECT t.oid AS type, t.oid AS now, -1 AS typmod, t.typnotnull AS not_null, false AS is_array
      FROM pg_catalog.pg_type t
     WHERE t.oid IN (SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = ANY (%(tables)s))
    UNION ALL
    SELECT s.type, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE t.typtype WHEN 'd' THEN greatest(t.typtypmod, s.typmod) ELSE s.typmod END,
           s.not_null OR (t.typtype = 'd' AND t.typnotnull AND NOT s.is_array),
           s.is_array OR t.typtype <> 'd'
      FROM step s JOIN pg_catalog.pg_type t ON t.oid = s.now
     WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1)
)
SELECT a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE b.typnamespace WHEN 'pg_catalog'::regnamespace
            THEN pg_catalog.format_type(b.oid, NULL) ELSE b.typname::text END
       || CASE WHEN t.is_array THEN '[]' ELSE '' END,
       b.typtype = 'c',
       CASE WHEN greatest(t.typmod, a.atttypmod) > 4 AND NOT t.is_array
             AND b.typname IN ('varchar', 'bpchar')
            THEN greatest(t.typmod, a.atttypmod) - 4 END,
       a.attnotnull OR t.not_null,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(g.adbin, g.adrelid) END,
       ARRAY(SELECT DISTINCT i.attname::text FROM pg_catalog.pg_depend d
               JOIN pg_catalog.pg_attribute i
                 ON i.attrelid = d.refobjid AND i.attnum = d.refobjsubid
              WHERE a.attgenerated <> '' AND d.refobjid = a.attrelid
                AND d.refclassid = 'pg_catalog.pg_class'::regclass
                AND d.refobjsubid NOT IN (0, a.attnum)
                AND (d.classid, d.objid, d.objsubid) IN (
                    ('pg_catalog.pg_attrdef'::regclass, g.oid, 0),
                    ('pg_catalog.pg_class'::regclass, a.attrelid, a.attnum))),
       EXISTS (SELECT FROM pg_catalog.pg_depend d
                 JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.refclassid = 'pg_catalog.pg_class'::regclass
                  AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                  AND d.deptype IN ('a', 'i')),
       EXISTS (SELECT FROM pg_catalog.pg_index i
                WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indnkeyatts = 1
                  AND i.indkey[0] = a.attnum)
  FROM pg_catalog.pg_attribute a
  JOIN step t ON t.type = a.atttypid
  JOIN pg_catalog.pg_type b ON b.oid = t.now AND b.typtype <> 'd'
   AND (b.typcategory <> 'A' OR b.typelem = 0 OR b.typlen <> -1)
  LEFT JOIN pg_catalog.pg_attrdef g ON g.adrelid = a.attrelid AND g.adnum = a.attnum
 WHERE a.attrelid = ANY (%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""

FOREIGN_KEYS = """
SELECT c.conrelid::bigint, a.attname, c.confrelid::bigint, f.attname
  FROM pg_catalog.pg_constraint c
  CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k(own, other)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
  JOIN pg_catalog.pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other
 WHERE c.contype = 'f'
"""

PARTITION_ROOTS = """
SELECT c.oid::bigint, r.oid::bigint
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_class r ON r.oid = pg_catalog.pg_partition_root(c.oid)
 WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')
"""


@dataclass(frozen=True)
class Column:
    """One column. ``table`` is the label under which rules name it: of a partition, its root's."""

    table: str
    name: str
    type: str
    """As SQL writes it, with its length."""
    base_type: str
    """Without length, and without the domains around it; ``[]`` follows what an array is of."""
    composite: bool
    """Whether it is made of fields, or an array of such."""
    length: int | None
    not_null: bool
    computed_by: str | None
    """The expression of a generated column."""
    computed_from: tuple[str, ...]
    """The columns that its expression looks at."""
    from_sequence: bool
    unique: bool

    @property
    def label(self) -> str:
        """``schema.table.column``, for people."""
        return f"{self.table}.{self.name}"

    @property
    def element_type(self) -> str:
        """The base type of one value: of an array, of what it holds."""
        return self.base_type.removesuffix("[]")

    @property
    def is_array(self) -> bool:
        """Whether each row has several values."""
        return self.base_type.endswith("[]")

    @property
    def generated(self) -> bool:
        """Whether the database computes it from other columns."""
        return self.computed_by is not None

    def under(self, source: Column) -> Column:
        """Return this column, with what decides how the rule of ``source`` masks its values."""
        return replace(self, base_type=source.base_type, length=source.length, unique=source.unique)

    @property
    def identifier(self) -> sql.Identifier:
        """The column as SQL takes it."""
        return sql.Identifier(self.name)


@dataclass(frozen=True)
class SourceTable:
    """A table whose own rows are copied, and where they go: a partition's go to its root."""

    table: Table
    root: Table
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Schema:
    """All tables with rows, and which column refers to which."""

    tables: tuple[SourceTable, ...]
    not_copied: tuple[str, ...]
    """Tables whose rows are another database's, or an extension's own."""
    references: dict[tuple[str, str], tuple[str, str]]
    """From the referring column to the one referred to, both as (table, column)."""

    @property
    def columns(self) -> dict[tuple[str, str], Column]:
        """Every column once, by (table, column)."""
        found: dict[tuple[str, str], Column] = {}
        for source in self.tables:
            for column in source.columns:
                known = found.get((column.table, column.name))
                if known is None or column.unique:
                    found[column.table, column.name] = column
        return found


def read_schema(connection: psycopg.Connection) -> Schema:
    """Read the catalogue of a restored backup; tables of ``strongroom`` are left out."""
    tables = {one.oid: one for one in user_tables(connection, with_strongroom=False)}
    roots: dict[int, int] = dict(connection.execute(PARTITION_ROOTS).fetchall())
    columns: dict[int, list[Column]] = {oid: [] for oid in tables}
    for oid, *described in connection.execute(COLUMNS, {"tables": list(tables)}).fetchall():
        label = tables[roots.get(oid) or oid].label
        column = Column(label, *described)
        columns[oid].append(replace(column, computed_from=tuple(column.computed_from)))
    references = {}
    for own, column, other, referred in connection.execute(FOREIGN_KEYS).fetchall():
        if own in tables and other in tables:
            child = tables[roots.get(own) or own].label
            parent = tables[roots.get(other) or other].label
            references[child, column] = (parent, referred)
    copied = [one for one in tables.values() if one.kind == "r" and one.extension is None]
    return Schema(
        tables=tuple(
            SourceTable(one, tables[roots.get(one.oid) or one.oid], tuple(columns[one.oid]))
            for one in copied
        ),
        not_copied=tuple(
            one.label
            for one in tables.values()
            if one.kind == "f" or (one.kind == "r" and one.extension is not None)
        ),
        references=references,
    )
