"""The content of a table as one short value that does not depend on the order of its rows.

Each row is hashed twice with different seeds, and the hashes are summed: equal rows count as
often as they occur (an exclusive or would cancel pairs). Not cryptographic: it tells damage and
loss, it withstands no forger, and it is never a storage key.

What is hashed is the row's text; or, for copies of the same files, its binary form, which takes
three fifths of the time. Only digests of one method can be compared, so manifests name it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, LiteralString, get_args

import psycopg
from psycopg import errors, sql

from strongroom.postgres.catalogue import LARGE_OBJECT_LIST, Table
from strongroom.postgres.large_objects import (
    may_read_pages,
    sum_of_pages,
    sum_one_by_one,
    why_not_read,
)

Method = Literal["rows", "binary", "columns", "large_objects", "not_covered"]
RowMethod = Literal["rows", "binary", "large_objects"]
"""Those that hash each row whole, and whose sums add up."""

SESSION: Mapping[str, str] = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "xmloption": "content",
    "xmlbinary": "base64",
    "quote_all_identifiers": "off",
    "search_path": "",
    "row_security": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
"""Everything that changes how a value is written as text, and whether all rows are seen."""

# The row's text is that of the whole row: ``x.*`` means the row even where a column is called
# like its table or like the alias. ROW takes the type's name away from it and leaves its text as it
# is: whoever owns a table may make a cast of its rows to text, which would run here with the rights
# of whoever digests. Values inside a row are written by their types. OFFSET 0 keeps the planner
# from writing each text twice, once for each hash, which doubled the time. A sum of bigint
# is exact: its type is numeric.
DIGEST_BY_ROWS = """
SELECT count(*),
       coalesce(sum(hashtextextended(r.written, 0)), 0)::text,
       coalesce(sum(hashtextextended(r.written, 1)), 0)::text
  FROM (SELECT ROW(x.*)::text AS written FROM ONLY {table} x {blocks} OFFSET 0) r
"""

# The row as the protocol would send it. Its hash is taken as that of a record with this one field:
# over the row's own columns that function would only add up their hashes, each times a power of
# 31, and two rows that exchange a value would leave the sum over all rows as it was.
DIGEST_BINARY = """
SELECT count(*),
       coalesce(sum(hash_record_extended(r.sent, 0)), 0)::text,
       coalesce(sum(hash_record_extended(r.sent, 1)), 0)::text
  FROM (SELECT ROW(record_send(ROW(x.*))) AS sent FROM ONLY {table} x {blocks} OFFSET 0) r
"""

# Tables whose binary form does not depend on the database that they are in. It holds the numbers of
# types: those below 10000 are PostgreSQL's own in every version. Texts are sent in the client's
# encoding. A few types have no binary form, and those that name an object are sent as its number.
SENT_ALIKE = """
SELECT r.oid FROM unnest(%s::oid[]) AS r (oid)
 WHERE current_setting('client_encoding') = current_setting('server_encoding')
   AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
        WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (t.oid >= 10000 OR t.typtype NOT IN ('b', 'r', 'm')
               OR 0 IN (t.typsend, coalesce(e.typsend, 1))
               OR coalesce(e.typname, t.typname) LIKE 'reg%%'))
"""
SOME_BLOCKS = "WHERE x.ctid >= {first}::tid AND x.ctid < {end}::tid"
LAST_BLOCKS = "WHERE x.ctid >= {first}::tid"

# For rows whose text would be too large to build: the text of their columns' sha256 instead.
DIGEST_BY_COLUMNS = """
SELECT count(*),
       coalesce(sum(hashtextextended(r.hashed, 0)), 0)::text,
       coalesce(sum(hashtextextended(r.hashed, 1)), 0)::text
  FROM (SELECT concat_ws(',', {columns}) AS hashed FROM ONLY {table} x OFFSET 0) r
"""
BINARY_COLUMN = "coalesce(encode(sha256(x.{column}), 'hex'), '-')"
TEXT_COLUMN = (
    "coalesce(encode(sha256(convert_to(x.{column}::text, getdatabaseencoding())), 'hex'), '-')"
)
# Types that anybody may make: a cast to text would be theirs, format() asks the type itself.
MADE_COLUMN = (
    "CASE WHEN x.{column} IS DISTINCT FROM NULL THEN encode(sha256(convert_to("
    "format('%s', x.{column}), getdatabaseencoding())), 'hex') ELSE '-' END"
)

_HASHED: Mapping[str, LiteralString] = {
    "binary": BINARY_COLUMN,
    "made": MADE_COLUMN,
    "text": TEXT_COLUMN,
}

# A domain is cast as its base type is. Base types themselves are made by superusers only.
COLUMNS = """
WITH RECURSIVE based (attnum, type) AS (
    SELECT attnum, atttypid FROM pg_catalog.pg_attribute
     WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT b.attnum, d.typbasetype FROM based b
      JOIN pg_catalog.pg_type d ON d.oid = b.type WHERE d.typtype = 'd'
)
SELECT a.attname, CASE WHEN a.atttypid = 'pg_catalog.bytea'::pg_catalog.regtype THEN 'binary'
                       WHEN t.oid >= 16384 AND (t.typtype <> 'b' OR t.typelem <> 0) THEN 'made'
                       ELSE 'text' END
  FROM based b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
  JOIN pg_catalog.pg_attribute a ON a.attrelid = %s AND a.attnum = b.attnum
 ORDER BY a.attnum
"""

TOO_LARGE = (errors.InternalError_, errors.ProgramLimitExceeded, errors.OutOfMemory)
"""What PostgreSQL raises where a text would pass its limit of 1 GB."""


@dataclass(frozen=True)
class TableDigest:
    """A table's number of rows and the digest of their content.

    ``name`` is the table's label; ``digest`` is empty and ``reason`` given where the method is
    ``not_covered``.
    """

    name: str
    rows: int
    digest: str
    method: Method
    reason: str | None = None


@dataclass(frozen=True)
class Sums:
    """How many rows there are, and the sums of their hashes."""

    rows: int
    first: int
    second: int

    def __add__(self, other: Sums) -> Sums:
        """The sums of both runs of rows together."""
        return Sums(self.rows + other.rows, self.first + other.first, self.second + other.second)

    def digest(self, table: Table, method: Method = "rows") -> TableDigest:
        """Write them as the digest of a whole table."""
        return TableDigest(table.label, self.rows, f"{self.first}:{self.second}", method)


def method_of(name: str) -> Method | None:
    """The method of this name; none where it is one of a later version, or of nobody's."""
    return next((one for one in get_args(Method) if one == name), None)


def settle_session(conn: psycopg.Connection) -> None:
    """Fix every setting that a digest depends on, until the session or transaction ends.

    Within a transaction this is undone by its rollback, so settle before it or in it again.
    """
    for name, value in SESSION.items():
        conn.execute(sql.SQL("SET {} TO {}").format(sql.SQL(name), sql.Literal(value)))


def sent_alike(conn: psycopg.Connection, tables: Sequence[Table]) -> set[Table]:
    """Those tables whose rows can be digested in their binary form.

    Rows that are written anew from their text may be sent in other bytes all the same: a NaN has
    several, and so has an array that once held a null. So only copies of the same files are
    compared by it.
    """
    found = conn.execute(SENT_ALIKE, [[table.oid for table in tables]]).fetchall()
    suited = {oid for (oid,) in found}
    return {table for table in tables if table.oid in suited}


def digest_table(conn: psycopg.Connection, table: Table, method: Method = "rows") -> TableDigest:
    """Count and digest one table's own rows (not those of its partitions or children).

    The session must be settled. Of the methods for whole rows this is the one to try; ``binary`` is
    for tables that are ``sent_alike``. With ``columns`` rows are not even tried. Large objects
    have a method of their own.
    """
    if table.kind == "L":
        return _digest_large_objects(conn, table)
    if reason := _why_not_covered(table):
        return TableDigest(table.label, _rows_or_zero(conn, table), "", "not_covered", reason)
    if method != "columns":
        by_row = row_method(table, method)
        try:
            return sum_rows(conn, table, by_row).digest(table, by_row)
        except TOO_LARGE:
            pass  # the savepoint is rolled back, and the columns are tried one by one
    name = sql.Identifier(table.schema, table.name)
    by_columns = sql.SQL(DIGEST_BY_COLUMNS).format(table=name, columns=_columns(conn, table))
    try:
        return _sums(conn, by_columns).digest(table, "columns")
    except TOO_LARGE:
        reason = "a value is too large for PostgreSQL to write as text"
        return TableDigest(table.label, count_table(conn, table), "", "not_covered", reason)


def row_method(table: Table, method: Method) -> RowMethod:
    """By which method whole rows are read, where another one is wanted for those too large."""
    if table.kind == "L":
        return "large_objects"
    return "binary" if method == "binary" else "rows"


def _digest_large_objects(conn: psycopg.Connection, table: Table) -> TableDigest:
    if reason := why_not_read(conn):
        return TableDigest(table.label, count_table(conn, table), "", "not_covered", reason)
    if may_read_pages(conn):
        return sum_rows(conn, table, "large_objects").digest(table, "large_objects")
    return Sums(*sum_one_by_one(conn)).digest(table, "large_objects")


def sum_rows(
    conn: psycopg.Connection,
    table: Table,
    method: RowMethod = "rows",
    first_block: int = 0,
    end_block: int | None = None,
) -> Sums:
    """Sum the rows of a run of a table's blocks, by default of all of them.

    The sums of runs that do not overlap add up to those of the table. The session must be settled.

    Args:
        conn: sees the moment that is digested.
        table: its own rows are read, not those of its partitions or children.
        method: what of each row is hashed.
        first_block: where the run begins.
        end_block: where it ends, that block not included; None for the table's end.

    Raises:
        psycopg.Error: one of ``TOO_LARGE`` where the text of a row could not be built.
    """
    bounds = {
        "first": sql.Literal(f"({first_block},0)"),
        "end": sql.Literal(f"({end_block},0)"),
    }
    which = LAST_BLOCKS if end_block is None else SOME_BLOCKS
    blocks = sql.SQL(which if first_block or end_block else "").format(**bounds)
    if method == "large_objects":
        with conn.transaction():
            return Sums(*sum_of_pages(conn, blocks, is_first=not first_block))
    name = sql.Identifier(table.schema, table.name)
    query = sql.SQL(_by_row(method)).format(table=name, blocks=blocks)
    return _sums(conn, query)


def _by_row(method: RowMethod) -> LiteralString:
    return DIGEST_BINARY if method == "binary" else DIGEST_BY_ROWS


def _sums(conn: psycopg.Connection, query: sql.Composed) -> Sums:
    with conn.transaction():
        rows, first, second = conn.execute(query).fetchall()[0]
    return Sums(rows, int(first), int(second))


def _columns(conn: psycopg.Connection, table: Table) -> sql.Composed:
    found = conn.execute(COLUMNS, [table.oid, table.oid]).fetchall()
    hashed = [
        sql.SQL(_HASHED[written]).format(column=sql.Identifier(name)) for name, written in found
    ]
    return sql.SQL(", ").join(hashed)


def _why_not_covered(table: Table) -> str | None:
    if table.kind == "m":
        return "a materialised view is computed anew by the restore"
    if table.kind == "f":
        return "a foreign table's rows live in another database"
    if table.extension:
        return f"the table belongs to the extension {table.extension}, which makes its rows"
    return None


def _rows_or_zero(conn: psycopg.Connection, table: Table) -> int:
    """Rows of a table outside the digest; views and foreign tables may not even be readable."""
    return count_table(conn, table) if table.kind in {"r", "p"} else 0


def count_table(conn: psycopg.Connection, table: Table) -> int:
    """Count one table's own rows."""
    counted = LARGE_OBJECT_LIST if table.kind == "L" else table
    name = sql.Identifier(counted.schema, counted.name)
    query = sql.SQL("SELECT count(*) FROM ONLY {}").format(name)
    return int(conn.execute(query).fetchall()[0][0])
