"""How far each sequence has counted, and whether rows have numbers that it would give again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import label_of

_SEQUENCES = """
SELECT c.oid::bigint, n.nspname::text, c.relname::text, s.seqincrement,
       d.refobjid::bigint, d.refobjsubid
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
   AND d.refobjsubid > 0
 WHERE c.relpersistence <> 't' AND n.nspname !~ '^(pg_|strongroom)'
"""
# The columns that a sequence numbers: those that own it, and those whose default asks it.
_NUMBERED = """
SELECT n.nspname::text, c.relname::text, a.attname::text,
       a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
  FROM (SELECT d.refobjid AS relation, d.refobjsubid AS number
          FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = %(oid)s
           AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
         UNION
        SELECT f.adrelid, f.adnum
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refobjid = %(oid)s
           AND d.refclassid = 'pg_catalog.pg_class'::regclass) AS k
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relation AND a.attnum = k.number
  JOIN pg_catalog.pg_class c ON c.oid = k.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
"""


@dataclass(frozen=True)
class SequenceContent:
    """The last number that a sequence gave, and the column that it belongs to."""

    sequence: str
    position: int
    """One step before the next number, also where none was given yet."""
    increment: int
    table_oid: int | None
    column: int | None
    repeats: bool = False
    """Whether rows have numbers that it would give, or nobody can tell which rows it numbers."""

    def is_behind(self, other: SequenceContent) -> bool:
        """Whether it gives numbers that ``other`` had given already."""
        forward = 1 if self.increment > 0 else -1
        return self.position * forward < other.position * forward


def read_sequences(
    connection: psycopg.Connection, before: Mapping[int, SequenceContent]
) -> dict[int, SequenceContent]:
    """Read every sequence, by its number: names may change.

    Args:
        connection: one that may read everything.
        before: the first reading; rows are asked only where a sequence is new, or went back.
    """
    found = {}
    for oid, schema, name, increment, *column in connection.execute(_SEQUENCES).fetchall():
        query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        value, is_called = connection.execute(query).fetchall()[0]
        position = value if is_called else value - increment
        made = SequenceContent(label_of(schema, name), position, increment, *column)
        known = before.get(oid)
        if before and (known is None or made.is_behind(known)):
            made = replace(made, repeats=_repeats(connection, oid, made))
        found[oid] = made
    return found


def setbacks(
    before: Mapping[int, SequenceContent], after: Mapping[int, SequenceContent]
) -> Iterable[str]:
    """Say which sequences would give numbers again."""
    for oid, old in before.items():
        now = after.get(oid) or successor(old, after)
        if now and now.is_behind(old) and now.repeats:
            yield (
                f"the sequence {old.sequence} went back from {old.position} to {now.position}: it "
                "would give numbers again that rows have"
            )


def successor(old: SequenceContent, after: Mapping[int, SequenceContent]) -> SequenceContent | None:
    """The same sequence, or the one that numbers the same column now."""
    same = next((one for one in after.values() if one.sequence == old.sequence), None)
    if same is not None or old.table_oid is None:
        return same
    place = (old.table_oid, old.column)
    return next((one for one in after.values() if (one.table_oid, one.column) == place), None)


def _repeats(connection: psycopg.Connection, oid: int, sequence: SequenceContent) -> bool:
    """Compare with the rows; a sequence without a column may number anything."""
    columns = connection.execute(_NUMBERED, {"oid": oid}).fetchall()
    if not columns:
        return True
    return any(
        not is_number or _goes_beyond(connection, (schema, table, column), sequence)
        for schema, table, column, is_number in columns
    )


def _goes_beyond(
    connection: psycopg.Connection, column: tuple[str, str, str], sequence: SequenceContent
) -> bool:
    furthest, beyond = ("max", ">") if sequence.increment > 0 else ("min", "<")
    query = sql.SQL("SELECT coalesce({f}({c}) {b} {p}, false) FROM {t}").format(
        f=sql.SQL(furthest),
        c=sql.Identifier(column[2]),
        b=sql.SQL(beyond),
        p=sql.Literal(sequence.position),
        t=sql.Identifier(*column[:2]),
    )
    return bool(connection.execute(query).fetchall()[0][0])
