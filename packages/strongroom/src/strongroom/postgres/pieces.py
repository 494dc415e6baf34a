"""Cut large tables into runs of blocks, so that several sessions can digest one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from strongroom.postgres.catalogue import Table

PIECE_BLOCKS = 4_096
"""32 MiB of the usual blocks, a second of work or less: no session is left alone with more."""

# Positions of rows mean blocks in PostgreSQL's own kind of tables only. The size may be that of a
# later moment than the one that is digested: the last piece has no end.
BLOCKS = """
SELECT oid, pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::bigint
  FROM pg_catalog.pg_class
 WHERE oid = ANY(%s) AND relkind = 'r'
   AND relam = (SELECT oid FROM pg_catalog.pg_am WHERE amname = 'heap')
"""


@dataclass(frozen=True)
class Piece:
    """A run of a table's blocks; it reaches to the table's end where ``end_block`` is None."""

    table: Table
    first_block: int = 0
    end_block: int | None = None


def pieces_of(conn: psycopg.Connection, tables: Sequence[Table]) -> list[Piece]:
    """Cut every table; the pieces of one have no row in common, and together all of them."""
    found = conn.execute(BLOCKS, [[table.oid for table in tables]]).fetchall()
    blocks = {oid: size or 0 for oid, size in found}
    return [piece for table in tables for piece in _cut(table, blocks.get(table.oid, 0))]


def _cut(table: Table, blocks: int) -> list[Piece]:
    starts = range(0, max(blocks, 1), PIECE_BLOCKS)
    ends = [*starts[1:], None]
    return [Piece(table, start, end) for start, end in zip(starts, ends, strict=True)]
