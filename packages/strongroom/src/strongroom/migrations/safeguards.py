"""What keeps rows right and shut: keys, foreign keys, triggers, policies; and what of it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import psycopg

from strongroom.postgres.catalogue import label_of

_TABLES = """
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relrowsecurity,
       (SELECT json_object_agg(a.attnum, a.attname) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
   AND n.nspname !~ '^(pg_|strongroom)' AND n.nspname <> 'information_schema'
"""
# Each with its number, its table, its name, its columns, and what makes it the same when it is
# made anew. Those of partitions come and go with their table's.
_KEYS = """
SELECT i.indexrelid::bigint, i.indrelid::bigint, x.relname::text,
       (i.indkey::int2[])[0:i.indnkeyatts - 1]::int[],
       CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN ''
            ELSE substring(pg_catalog.pg_get_indexdef(i.indexrelid) FROM ' USING .*') END
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
 WHERE i.indisunique AND i.indisvalid AND NOT x.relispartition
"""
_FOREIGN_KEYS = """
SELECT k.oid::bigint, k.conrelid::bigint, k.conname::text, k.conkey::int[],
       n.nspname::text, t.relname::text
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class t ON t.oid = k.confrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0
"""
_TRIGGERS = """
SELECT t.oid::bigint, t.tgrelid::bigint, t.tgname::text, '{}'::int[],
       n.nspname::text, p.proname::text
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A')
   AND n.nspname !~ '^strongroom'
"""
_POLICIES = """
SELECT p.oid::bigint, p.polrelid::bigint, p.polname::text, '{}'::int[], p.polname::text
  FROM pg_catalog.pg_policy p
"""


@dataclass(frozen=True)
class Safeguard:
    """One thing that keeps the rows of a table right, or shut."""

    kind: str
    """key, foreign key, trigger, policy or row security."""
    table_oid: int
    name: str
    columns: tuple[int, ...]
    """The numbers that its table has for them."""
    same: tuple[str, ...]
    """What another one of the same kind must equal to do the same."""


@dataclass(frozen=True)
class SafeTable:
    """A table and its columns' names, by their numbers."""

    label: str
    columns: Mapping[int, str]

    def names(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """The columns' names; an expression's, which has the number 0, is left out."""
        return tuple(self.columns[one] for one in numbers if one in self.columns)


@dataclass(frozen=True)
class Safeguards:
    """All safeguards of a database at one moment."""

    tables: Mapping[int, SafeTable]
    """By number."""
    known: Mapping[tuple[str, int], Safeguard]
    """By kind and number: names may change."""


@dataclass(frozen=True)
class Loosened:
    """A safeguard that was there and is gone, while its table is still there."""

    kind: Literal["drop_constraint", "disable_guard"]
    """That of an effect."""
    table: str
    columns: tuple[str, ...]
    what: str


def read_safeguards(connection: psycopg.Connection) -> Safeguards:
    """Read what keeps the rows of every table."""
    tables: dict[int, SafeTable] = {}
    known: dict[tuple[str, int], Safeguard] = {}
    for oid, schema, name, is_secured, columns in connection.execute(_TABLES):
        numbered = {int(number): column for number, column in (columns or {}).items()}
        tables[oid] = SafeTable(label_of(schema, name), numbered)
        if is_secured:
            known["row security", oid] = Safeguard("row security", oid, "", (), ())
    for kind, query in _QUERIES.items():
        for oid, table, name, columns, *same in connection.execute(query.encode()):
            if table in tables:
                known[kind, oid] = Safeguard(kind, table, name, tuple(columns), tuple(same))
    return Safeguards(tables, known)


_QUERIES = {
    "key": _KEYS,
    "foreign key": _FOREIGN_KEYS,
    "trigger": _TRIGGERS,
    "policy": _POLICIES,
}


def loosened_between(before: Safeguards, after: Safeguards) -> tuple[Loosened, ...]:
    """Say what of the safeguards is gone from tables and columns that are still there.

    What does the same, or more, under another name is no loss; nor is what went with its table.
    """
    successors = {table.label: oid for oid, table in after.tables.items()}
    by_table: dict[int, list[Safeguard]] = {}
    for one in after.known.values():
        by_table.setdefault(one.table_oid, []).append(one)
    found: dict[Loosened, None] = {}
    for key, old in before.known.items():
        table = before.tables[old.table_oid]
        there = old.table_oid in after.tables
        oid = old.table_oid if there else successors.get(table.label)
        if oid is None or key in after.known or _refers_to_gone(old, before, after):
            continue
        # A table that was made anew has other numbers for its columns.
        now, then = after.tables[oid], table.names(old.columns)
        needed = now.names(old.columns) if there else then
        stays = len(needed) == len(then) and set(needed) <= set(now.columns.values())
        others = by_table.get(oid, ())
        if stays and not any(_does_the_same(old, needed, one, now) for one in others):
            found[_loosened(old, table)] = None
    return tuple(found)


def _refers_to_gone(old: Safeguard, before: Safeguards, after: Safeguards) -> bool:
    if old.kind != "foreign key":
        return False
    label = label_of(*old.same)
    oid = next((oid for oid, one in before.tables.items() if one.label == label), None)
    return oid not in after.tables and label not in {one.label for one in after.tables.values()}


def _does_the_same(old: Safeguard, needed: tuple[str, ...], new: Safeguard, now: SafeTable) -> bool:
    """``needed``: the columns of the old one, as they are called now."""
    if old.kind != new.kind:
        return False
    columns = now.names(new.columns)
    if old.kind == "key":
        fewer = old.same == ("",) and set(columns) <= set(needed)
        return old.same == new.same and (fewer or columns == needed)
    if old.kind == "trigger":
        return old.name == new.name or old.same == new.same
    return (columns, old.same) == (needed, new.same)


def _loosened(old: Safeguard, table: SafeTable) -> Loosened:
    kind: Literal["drop_constraint", "disable_guard"]
    kind = "drop_constraint" if "key" in old.kind else "disable_guard"
    what = f"the {old.kind} {old.name}".rstrip() + " is gone"
    return Loosened(kind, table.label, table.names(old.columns), what)
