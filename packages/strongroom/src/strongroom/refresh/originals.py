"""The original values of masked columns, read from the restored backup for the search."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from strongroom.refresh.documents import telling_within, texts_of_json, texts_of_xml
from strongroom.refresh.expressions import TEXTS
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.personal import looks_personal
from strongroom.refresh.rules import Rule
from strongroom.refresh.schema import Column, Schema, SourceTable
from strongroom.refresh.search import VALUE_MAX_BYTES, windows_of
from strongroom.refresh.windows import WINDOW_BYTES

_ESCAPE = re.compile(rb"\\(.)")
_ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

_DOCUMENTS = frozenset({"json", "jsonb", "hstore", "xml"})
# "NOT IS NULL": of a record with one field left out, "IS NOT NULL" is false.
_VALUES = """
COPY (SELECT {distinct} {text} AS value FROM ONLY {table} x{elements} WHERE NOT {value} IS NULL)
TO STDOUT
"""
_ELEMENTS = ", LATERAL (SELECT unnest(x.{column}) AS value) AS e"

LARGE_NUMBER = 1 << 56
"""Smaller numbers have bytes of zero, and so are in some file by chance: searched as text only."""
_OF_ONE_KIND = frozenset({"email", "phone"})
"""Rules for columns whose values are an address or a number, and hold none."""
_BY_CHANCE = frozenset({"boolean", "smallint", "integer", "real", "double precision", "interval"})


@dataclass(frozen=True)
class Searched:
    """A column of one table, whose original values are looked for."""

    table: SourceTable
    column: Column
    rule: Rule


@dataclass
class Windows:
    """What a column's values are first looked for by, and what of them cannot be."""

    numbers: array[int] = field(default_factory=lambda: array("Q"))
    values: int = 0
    too_short: int = 0

    def add(self, other: Windows) -> None:
        """Take in what another part of the same column has."""
        self.numbers.extend(other.numbers)
        self.values += other.values
        self.too_short += other.too_short

    def shortcomings(self) -> str | None:
        """Say what no search can tell of this column."""
        if not self.too_short:
            return None
        return f"{self.too_short:,} of {self.values:,} values have fewer than {WINDOW_BYTES} bytes"


def searchable(
    schema: Schema, masks: Mapping[Place, Mask], without_rows: frozenset[str]
) -> tuple[list[Searched], dict[str, str]]:
    """Tell the columns to search, table by table, and those that no search can speak of."""
    wanted: list[Searched] = []
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
                wanted.append(Searched(table, column, mask.rule))
    return wanted, not_searched


def _why_not(column: Column, mask: Mask) -> str | None:
    if not mask.rule.search:
        return f"declared so: {mask.rule.because or 'no reason given'}"
    if mask.rule.name == "shift" or column.base_type.startswith(("date", "time")):
        return "moments of one person are moments of others too"
    if column.element_type in _BY_CHANCE:
        return f"values of type {column.type} are too short to tell from chance"
    return None


def read_windows(connection: psycopg.Connection, searched: Searched) -> Windows:
    """Read what the original values of a column are first looked for by."""
    found = Windows()
    for value in values_of(connection, searched, found):
        found.numbers.extend(windows_of(value))
    return found


def values_in(
    connection: psycopg.Connection, wanted: Iterable[Searched], windows: Collection[int]
) -> dict[bytes, str]:
    """Fetch the values behind the windows that were found, each with its column."""
    return {
        value: searched.column.label
        for searched in wanted
        for value in values_of(connection, searched, Windows())
        for window in windows_of(value)
        if window in windows
    }


def values_of(
    connection: psycopg.Connection, searched: Searched, counted: Windows
) -> Iterator[bytes]:
    """Read the original values, and count them, those apart that no search can find."""
    parts, further = _parts(searched.column), _further(searched)
    for line in _lines(connection, _reading(searched)):
        for text in (line,) if parts is None else parts(line):
            if text:
                counted.values += 1
                counted.too_short += len(text) < WINDOW_BYTES
                yield text[:VALUE_MAX_BYTES]
                if further is not None:
                    yield from further(text)


def _reading(searched: Searched) -> sql.Composed:
    """Ask for every value once, as text; a document is asked for as it is."""
    column = searched.column
    own = sql.SQL("x.{}").format(column.identifier)
    value = sql.SQL("e.value") if column.is_array else own
    kind = column.element_type
    text = "{}::text"
    if column.composite or kind == "hstore":
        text = "pg_catalog.to_json({})::text"
    elif kind in {"inet", "cidr"}:  # the cast to text adds a mask that no other column has
        text = "pg_catalog.host({})"
    elif kind == "bytea":
        text = "pg_catalog.encode({}, 'hex')"
    elements = sql.SQL(_ELEMENTS).format(column=column.identifier)
    return sql.SQL(_VALUES).format(
        distinct=sql.SQL("" if _is_document(column) else "DISTINCT"),
        text=sql.SQL(text).format(value),
        value=value,
        elements=elements if column.is_array else sql.SQL(""),
        table=sql.Identifier(searched.table.table.schema, searched.table.table.name),
    )


def _is_document(column: Column) -> bool:
    return column.composite or column.element_type in _DOCUMENTS


def _lines(connection: psycopg.Connection, asked: sql.Composed) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(asked) as rows:
        rest = b""
        for block in rows:
            *lines, rest = (rest + bytes(block)).split(b"\n")
            for line in lines:
                yield _ESCAPE.sub(_unescaped, line) if b"\\" in line else line


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(escape[1], escape[1])


def _parts(column: Column) -> Callable[[bytes], Iterable[bytes]] | None:
    """Tell how a value is taken apart, where it has parts."""
    if column.element_type == "xml":
        return texts_of_xml
    return texts_of_json if _is_document(column) else None


def _further(searched: Searched) -> Callable[[bytes], Iterable[bytes]] | None:
    """Tell what else a value is found by: as its type stores it, what a longer text tells."""
    kind = searched.column.element_type
    if kind in _STORED:
        return _STORED[kind]
    has_texts = kind in TEXTS or _is_document(searched.column)
    return telling_within if has_texts and searched.rule.name not in _OF_ONE_KIND else None


def _large(text: bytes) -> Iterable[bytes]:
    return [int(text).to_bytes(8, "little", signed=True)] if int(text) >= LARGE_NUMBER else []


_STORED: Mapping[str, Callable[[bytes], Iterable[bytes]]] = {
    "uuid": lambda text: [bytes.fromhex(text.replace(b"-", b"").decode())],
    "bytea": lambda text: [bytes.fromhex(text.decode())[:VALUE_MAX_BYTES]],
    "bigint": _large,
}
