"""The original values of masked columns, read from the restored backup for the search."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import psycopg
from psycopg import sql

from strongroom.refresh.personal import looks_personal
from strongroom.refresh.resolving import Mask, Place
from strongroom.refresh.schema import Column, Schema, SourceTable
from strongroom.refresh.search import VALUE_MAX_BYTES, window_of
from strongroom.refresh.windows import WINDOW_BYTES

_ESCAPES = {b"\\\\": b"\\", b"\\t": b"\t", b"\\n": b"\n", b"\\r": b"\r", b"\\b": b"\b"}

# What each kind of column is searched by. Of a document each text and each number in it; of an
# address its host alone, as the cast to text adds a mask that no other column has.
_WHOLE = "SELECT DISTINCT {column}::text AS value FROM ONLY {table} x"
_HOST = "SELECT DISTINCT pg_catalog.host({column}) AS value FROM ONLY {table} x"
_DOCUMENT = """
SELECT DISTINCT leaf #>> '{{}}' AS value FROM ONLY {table} x,
  LATERAL jsonb_path_query({column}::jsonb, 'strict $.**') AS leaf
 WHERE jsonb_typeof(leaf) IN ('string', 'number')
"""
_ELEMENTS = "SELECT DISTINCT unnest({column})::text AS value FROM ONLY {table} x"
_HOSTS = "SELECT DISTINCT pg_catalog.host(unnest({column})) AS value FROM ONLY {table} x"
_BYTES = "SELECT DISTINCT encode({column}, 'hex') AS value FROM ONLY {table} x"
_LONG_ENOUGH = "COPY (SELECT value FROM ({query}) v WHERE octet_length(value) >= {least}) TO STDOUT"

LARGE_NUMBER = 1 << 56
"""Smaller numbers have bytes of zero, and so are in some file by chance: searched as text only."""
_BY_CHANCE = frozenset({"boolean", "smallint", "integer", "real", "double precision", "interval"})


def searchable(
    schema: Schema, masks: Mapping[Place, Mask], without_rows: frozenset[str]
) -> tuple[list[tuple[SourceTable, Column]], dict[str, str]]:
    """Tell the columns to search, table by table, and those that no search can speak of."""
    wanted: list[tuple[SourceTable, Column]] = []
    not_searched: dict[str, str] = {}
    for table in schema.tables:
        for column in table.columns:
            mask = masks[column.table, column.name]
            if column.table in without_rows:
                # What these rows share with kept ones, or with words of the schema, is no leak.
                refers = (column.table, column.name) in schema.references
                if refers or not looks_personal(column):
                    continue
            elif mask.keeps or column.generated:
                continue
            if (why := _why_not(column, mask)) is not None:
                not_searched[column.label] = why
            else:
                wanted.append((table, column))
    return wanted, not_searched


def _why_not(column: Column, mask: Mask) -> str | None:
    if not mask.rule.search:
        return f"declared so: {mask.rule.because or 'no reason given'}"
    if mask.rule.name == "shift" or column.base_type.startswith(("date", "time")):
        return "moments of one person are moments of others too"
    if column.base_type in _BY_CHANCE:
        return f"values of type {column.type} are too short to tell from chance"
    return None


def values_of(
    connection: psycopg.Connection, table: SourceTable, column: Column
) -> Iterator[bytes]:
    """Read the distinct original values of a column that are long enough to be searched."""
    kind = _WHOLE
    if column.base_type in {"json", "jsonb"}:
        kind = _DOCUMENT
    elif column.base_type in {"inet", "cidr"}:
        kind = _HOST
    elif column.base_type in {"inet[]", "cidr[]"}:
        kind = _HOSTS
    elif column.base_type.endswith("[]"):
        kind = _ELEMENTS
    elif column.base_type == "bytea":
        kind = _BYTES
    query = sql.SQL(kind).format(
        column=sql.SQL("x.{}").format(column.identifier),
        table=sql.Identifier(table.table.schema, table.table.name),
    )
    asked = sql.SQL(_LONG_ENOUGH).format(query=query, least=sql.Literal(WINDOW_BYTES))
    with connection.cursor() as cursor, cursor.copy(asked) as rows:
        rest = b""
        for block in rows:
            *lines, rest = (rest + bytes(block)).split(b"\n")
            for line in lines:
                yield from _forms(column, line)


def _forms(column: Column, line: bytes) -> Iterator[bytes]:
    """How a value may lie somewhere: as COPY writes it, as it is, as its type stores it."""
    yield line[:VALUE_MAX_BYTES]
    if b"\\" in line:
        yield _unescaped(line)[:VALUE_MAX_BYTES]
    if column.base_type == "uuid":
        yield bytes.fromhex(line.decode().replace("-", ""))
    elif column.base_type == "bytea":
        yield bytes.fromhex(line.decode())[:VALUE_MAX_BYTES]
    elif column.base_type == "bigint" and int(line) >= LARGE_NUMBER:
        yield int(line).to_bytes(8, "little", signed=True)


def _unescaped(line: bytes) -> bytes:
    parts = line.split(b"\\\\")
    for escape, plain in _ESCAPES.items():
        if escape != b"\\\\":
            parts = [part.replace(escape, plain) for part in parts]
    return b"\\".join(parts)


def windows_of(connection: psycopg.Connection, table: SourceTable, column: Column) -> Iterator[int]:
    """Read the windows of a column's original values."""
    for value in values_of(connection, table, column):
        if (window := window_of(value)) is not None:
            yield window


def values_in(
    connection: psycopg.Connection,
    wanted: list[tuple[SourceTable, Column]],
    windows: Collection[int],
) -> dict[bytes, str]:
    """Fetch the values behind the windows that were found, each with its column."""
    return {
        value: column.label
        for table, column in wanted
        for value in values_of(connection, table, column)
        if window_of(value) in windows
    }
