"""The shape of a database: every table with its columns, and every index that is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from strongroom.postgres.catalogue import label_of

# A type is named with its schema: format_type leaves that out where the search path has it.
_COLUMNS = """
SELECT n.nspname::text, c.relname::text, c.relkind::text, a.attname::text,
       t.nspname || '.' || y.typname, a.atttypmod, a.attnotnull
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_namespace t ON t.oid = y.typnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'S') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^strongroom'
 ORDER BY 1, 2, 4
"""
# A partitioned table's index is invalid until all of its parts have theirs: it is no index yet.
_INVALID = """
SELECT n.nspname::text, c.relname::text
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_' ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Shape:
    """What a database consists of, in terms that a restored copy shares with its original."""

    relations: Mapping[str, frozenset[str]]
    invalid_indexes: tuple[str, ...]

    def differences(self, other: Shape) -> list[str]:
        """Say in which relations this shape differs from another."""
        names = sorted({*self.relations, *other.relations})
        return [name for name in names if self.relations.get(name) != other.relations.get(name)]


def shape_of(connection: psycopg.Connection) -> Shape:
    """Read the shape of a database, indexes and sequences included."""
    relations: dict[str, set[str]] = {}
    for schema, name, kind, column, type_, size, not_null in connection.execute(_COLUMNS):
        told = relations.setdefault(label_of(schema, name), {f"kind {kind}"})
        if column is not None:
            told.add(f"{column} {type_} {size}{' not null' if not_null else ''}")
    invalid = tuple(label_of(*row) for row in connection.execute(_INVALID))
    return Shape({name: frozenset(told) for name, told in relations.items()}, invalid)
