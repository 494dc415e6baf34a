"""What a search for leaked rows must know of a table: its key, its texts, its times, its kin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import STRONGROOM_SCHEMA, Table, user_tables

SEPARATOR = "\x1f"
"""Stands between the values of a key of several columns."""

_COLUMNS = """
SELECT c.oid::bigint,
       (SELECT array_agg(a.attname::text ORDER BY k.n)
          FROM pg_index AS i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
          JOIN pg_attribute AS a ON a.attnum = k.attnum AND a.attrelid = c.oid
         WHERE i.indrelid = c.oid AND i.indisprimary),
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
          JOIN pg_type AS t ON t.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND (t.typcategory = 'S' OR t.typname = 'citext')),
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
          JOIN pg_type AS t ON t.oid = a.atttypid
          LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND coalesce(e.typcategory, t.typcategory) IN ('S', 'U', 'C', 'A')
           AND coalesce(e.oid, t.oid) NOT IN ('bytea'::regtype, 'uuid'::regtype)),
       (SELECT array_agg(a.attname::text ORDER BY
                   (coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                        ~* '(now|clock_timestamp|current_timestamp)') DESC,
                   (a.attname ~* '^(created|inserted|joined|date_joined|registered)') DESC,
                   a.attnum)
          FROM pg_attribute AS a
          LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
           AND (coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                    ~* '(now|clock_timestamp|current_timestamp)'
                OR a.attname ~* '^(created|inserted|joined|date_joined|registered)'))
FROM pg_class AS c WHERE c.oid = ANY(%s::oid[])
"""
# Partitions hold the rows, so a key from or to a partitioned table is one of each partition.
# Deleting the parent takes the rows of a link that "owns": by a cascade, or because they cannot
# be without a parent.
_LINKS = """
WITH holding (top, oid) AS (
    SELECT c.oid, c.oid FROM pg_class AS c WHERE c.relkind = 'r'
    UNION
    SELECT c.oid, p.relid::oid FROM pg_class AS c, pg_partition_tree(c.oid) AS p
     WHERE c.relkind = 'p' AND p.isleaf
)
SELECT child.oid::bigint, parent.oid::bigint,
       (SELECT array_agg(a.attname::text ORDER BY k.n)
          FROM unnest(f.conkey) WITH ORDINALITY AS k (attnum, n)
          JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
       (SELECT array_agg(a.attname::text ORDER BY k.n)
          FROM unnest(f.confkey) WITH ORDINALITY AS k (attnum, n)
          JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.attnum),
       f.confdeltype = 'c' OR (f.confdeltype IN ('a', 'r') AND NOT EXISTS (
           SELECT FROM pg_attribute AS a
            WHERE a.attrelid = f.conrelid AND a.attnum = ANY(f.conkey) AND NOT a.attnotnull))
FROM pg_constraint AS f
JOIN holding AS child ON child.top = f.conrelid
JOIN holding AS parent ON parent.top = f.confrelid
WHERE f.contype = 'f' AND f.conparentid = 0
"""
_COMMIT_TIMES = "SELECT current_setting('track_commit_timestamp') = 'on'"


@dataclass(frozen=True)
class SearchedTable:
    """One table that holds rows; without a primary key they can be counted, and not named."""

    table: Table
    key: tuple[str, ...]
    texts: tuple[str, ...]
    marked: tuple[str, ...]
    """Every column that can hold the mark of a run: texts, and what holds texts, such as jsonb."""
    created: str | None
    """The column that says when a row was written."""

    @property
    def label(self) -> str:
        """The table's name for people."""
        return self.table.label

    @property
    def name(self) -> sql.Identifier:
        """The table as SQL takes it."""
        return sql.Identifier(self.table.schema, self.table.name)

    def key_of(self, alias: str) -> sql.Composed:
        """The key of a row as one text."""
        columns = (sql.SQL("{}::text").format(sql.Identifier(alias, one)) for one in self.key)
        return sql.SQL("concat_ws({}, {})").format(SEPARATOR, sql.SQL(", ").join(columns))

    def created_of(self, alias: str, *, commit_times: bool) -> sql.Composable:
        """When a row was written, as far as anything says so."""
        if self.created is not None:
            return sql.SQL("{}::timestamptz").format(sql.Identifier(alias, self.created))
        if commit_times:
            return sql.SQL("pg_xact_commit_timestamp({}.xmin)").format(sql.Identifier(alias))
        return sql.SQL("NULL::timestamptz")


@dataclass(frozen=True)
class Link:
    """A foreign key: rows of ``child`` refer to rows of ``parent``."""

    child: SearchedTable
    parent: SearchedTable
    child_columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    owning: bool
    """Whether a row of child goes with its parent; else it outlives it, or forbids its going."""

    @property
    def listable(self) -> bool:
        """Whether the rows of child can be named."""
        return bool(self.child.key)

    def condition(self) -> sql.Composed:
        """Which rows of child (c) refer to which of parent (p), themselves left aside."""
        pairs = zip(self.child_columns, self.parent_columns, strict=True)
        terms: list[sql.Composable] = [
            sql.SQL("{} = {}").format(sql.Identifier("c", mine), sql.Identifier("p", theirs))
            for mine, theirs in pairs
        ]
        if self.child == self.parent:
            terms.append(sql.SQL("c.ctid <> p.ctid"))
        return sql.SQL(" AND ").join(terms)


@dataclass(frozen=True)
class Layout:
    """The tables of a database and how they hang together."""

    tables: tuple[SearchedTable, ...]
    """Those with a primary key, which are searched."""
    links: tuple[Link, ...]
    """Every foreign key to them, also from tables that are not searched."""
    not_searched: tuple[str, ...]
    """Tables without a primary key, whose rows cannot be named."""
    commit_times: bool

    def links_to(self, parent: SearchedTable) -> Sequence[Link]:
        """The foreign keys that refer to a table."""
        return [link for link in self.links if link.parent == parent]

    def links_from(self, child: SearchedTable) -> Sequence[Link]:
        """The foreign keys by which a table refers to searched ones."""
        return [link for link in self.links if link.child == child]


def layout_of(connection: psycopg.Connection) -> Layout:
    """Read the layout of a database from its catalogue."""
    ordinary = [table for table in user_tables(connection) if table.kind == "r"]
    rows = connection.execute(_COLUMNS, ([table.oid for table in ordinary],)).fetchall()
    facts = {oid: found for oid, *found in rows}
    known: dict[int, SearchedTable] = {}
    for table in ordinary:
        key, texts, marked, created = facts[table.oid]
        known[table.oid] = SearchedTable(
            table,
            tuple(key or ()) if _is_the_applications(table) else (),
            tuple(texts or ()),
            tuple(marked or ()),
            created[0] if created else None,
        )
    links = [
        Link(known[child], known[parent], tuple(mine), tuple(theirs), owning)
        for child, parent, mine, theirs, owning in connection.execute(_LINKS).fetchall()
        if child in known and parent in known
    ]
    return Layout(
        tuple(table for table in known.values() if table.key),
        tuple(link for link in links if link.parent.key),
        tuple(
            table.label
            for table in known.values()
            if not table.key and _is_the_applications(table.table)
        ),
        bool(connection.execute(_COMMIT_TIMES).fetchall()[0][0]),
    )


def _is_the_applications(table: Table) -> bool:
    return table.extension is None and table.schema != STRONGROOM_SCHEMA
