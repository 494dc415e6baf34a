"""The proof that no original value is left: everything in the finished copy is searched.

Twice, because neither way alone is enough: in the rows, large objects, statistics, comments and
definitions as the server tells them (values that are stored compressed are seen only so), and
in every byte of the cluster's files and write-ahead log (what no query shows is seen only so).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from strongroom.errors import LeakError
from strongroom.postgres.catalogue import Table, large_objects, user_tables
from strongroom.postgres.connections import connect
from strongroom.postgres.tools import running_tool
from strongroom.progress import Progress
from strongroom.refresh.chance import made_among
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.originals import Searched, Windows, read_windows, searchable, values_in
from strongroom.refresh.schema import Schema
from strongroom.refresh.search import CHUNK_BYTES, Finding, ValueSearch, WindowSearch
from strongroom.server.supervisor import RunningServer

_FINDINGS_SHOWN = 24

# Where PostgreSQL itself keeps words of rows, or of the people who made the schema.
CATALOGUES = {
    "the statistics": "SELECT * FROM pg_catalog.pg_stats",
    "the statistics of expressions": "SELECT * FROM pg_catalog.pg_stats_ext",
    "the comments": "SELECT description FROM pg_catalog.pg_description "
    "WHERE objoid >= 16384 UNION ALL SELECT description FROM pg_catalog.pg_shdescription",
    "the settings": "SELECT * FROM pg_catalog.pg_db_role_setting",
}

BYTES_AS = ("hex", "escape")
"""Values of type bytea are searched as PostgreSQL writes them, and as the text in them."""
KINDS = ("table", "file", "large object")
Look = Callable[[str, Iterator[bytes]], None]


@dataclass
class Proof:
    """What was searched, for how many values, and what was found."""

    values: int
    columns: tuple[str, ...]
    not_searched: Mapping[str, str]
    """Columns whose values no search can tell, or not all of them, each with the reason."""
    searched_bytes: int = 0
    places: dict[str, int] = field(default_factory=dict)
    """How many tables, files, large objects and catalogues were searched."""
    by_chance: int = 0
    """How many originals stand in longer pseudonyms, each of which was looked at."""

    def as_dict(self) -> dict[str, Any]:
        """The proof as shown by ``--json``."""
        return asdict(self)


class Search:
    """One search of a finished copy for all original values of its masked columns."""

    def __init__(
        self,
        source: psycopg.Connection,
        schema: Schema,
        masks: Mapping[Place, Mask],
        *,
        without_rows: frozenset[str],
        baseline: Callable[[Look], None],
    ) -> None:
        self._source, self._schema, self._masks = source, schema, masks
        self._baseline = baseline
        self._made: frozenset[bytes] = frozenset()
        self._wanted: list[Searched]
        self._wanted, not_searched = searchable(schema, masks, without_rows)
        self._read = read = _read(source, self._wanted)
        short = {label: why for label, one in read.items() if (why := one.shortcomings())}
        self._windows = WindowSearch(chain.from_iterable(one.numbers for one in read.values()))
        self.proof = Proof(
            values=sum(one.values - one.too_short for one in read.values()),
            columns=tuple(read),
            not_searched={**not_searched, **short},
        )

    def look_into_server(self, server: RunningServer, database: str, progress: Progress) -> None:
        """Search what the server tells.

        Raises:
            LeakError: an original value is there.
        """

        def everything(look: Look) -> None:
            server_contents(server, database, look)

        if not (exact := self._looked(everything, progress)).findings:
            return
        with connect(server.administrator(database)) as connection:
            self._made = made_among(connection, self._schema, self._masks, exact.fields)
        if self._made:
            places = {one.where for found in exact.findings.values() for one in found}
            exact = ValueSearch(
                {value: exact.columns[value] for value in exact.findings}, self._made
            )
            everything(_only(places, exact.look))
            self.proof.by_chance = len(exact.by_chance)
        self._judge(exact)

    def look_into_files(self, directory: Path, progress: Progress) -> None:
        """Search the files of a cluster at rest, the write-ahead log among them.

        Raises:
            LeakError: an original value is there.
        """
        self._judge(self._looked(lambda look: file_contents(directory, look), progress))

    def _looked(self, everything: Callable[[Look], None], progress: Progress) -> ValueSearch:
        """Look for windows; where some are found, look again for the values themselves."""
        self._windows.found.clear()  # what was explained in one place is not in another
        again: set[str] = set()

        def look(where: str, pieces: Iterator[bytes]) -> None:
            if self._windows.look(self._counted(pieces)):
                again.add(where)
            kind = next((name for name in KINDS if where.startswith(name)), "catalogue")
            self.proof.places[kind] = self.proof.places.get(kind, 0) + 1
            progress.amount("refresh.searched", self.proof.searched_bytes, None, "bytes")

        everything(look)
        exact = ValueSearch(self._values_behind(self._windows.found), self._made)
        if exact.columns:
            everything(_only(again, exact.look))
        return exact

    def _values_behind(self, windows: set[int]) -> dict[bytes, str]:
        """Read again the columns that have any of these; most often none has."""
        has = {label for label, one in self._read.items() if not windows.isdisjoint(one.numbers)}
        columns = [one for one in self._wanted if one.column.label in has]
        return values_in(self._source, columns, windows)

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.proof.searched_bytes += len(piece)
            yield piece

    def _judge(self, exact: ValueSearch) -> None:
        """Refuse the copy if anything that was found is neither ordinary nor there by chance."""
        if not exact.findings:
            return
        ordinary = ValueSearch(dict.fromkeys(exact.findings, ""))
        self._baseline(ordinary.look)  # words that any new cluster has are no leak
        left = {
            finding
            for value, found in exact.findings.items()
            if value not in ordinary.findings
            for finding in found
        }
        if left:
            raise LeakError(
                f"Original values are left in the copy, which was removed: {_told(left)}.",
                next_step="give what still holds them a rule; or, where they are ordinary words, "
                'search = false and because = "…" to the column that they come from',
            )


def _only(places: Collection[str], look: Look) -> Look:
    """Look into these places alone; of the others nothing is even read."""

    def looked(where: str, pieces: Iterator[bytes]) -> None:
        if where in places:
            look(where, pieces)

    return looked


def _read(source: psycopg.Connection, wanted: list[Searched]) -> dict[str, Windows]:
    """Read what to look for, by column; the partitions of a table have the same columns."""
    read: dict[str, Windows] = {}
    for one in wanted:
        read.setdefault(one.column.label, Windows()).add(read_windows(source, one))
    return read


def server_contents(server: RunningServer, database: str, look: Look) -> None:
    """Hand over all rows, large objects, statistics, comments and definitions as text."""
    with connect(server.administrator(database), autocommit=True) as connection:
        for table in user_tables(connection):
            if table.kind in "rm":
                query = sql.SQL("SELECT * FROM ONLY {}").format(_name(table))
                for output in BYTES_AS:
                    connection.execute(sql.SQL("SET bytea_output = {}").format(sql.Literal(output)))
                    if output == "hex" or _has_bytes(connection, table):
                        look(f"table {table.label}", _copied(connection, query))
        for what, query_text in CATALOGUES.items():
            look(what, _copied(connection, sql.SQL(query_text)))
        for number in large_objects(connection):
            look(f"large object {number}", _large_object(connection, number))
    look("the definitions", _definitions(server, database))


def file_contents(directory: Path, look: Look) -> None:
    """Hand over every file of a cluster at rest."""
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.stat().st_size:
            look(f"file {path.relative_to(directory)}", _file(path))


def _copied(connection: psycopg.Connection, query: sql.Composable) -> Iterator[bytes]:
    asked = sql.SQL("COPY ({}) TO STDOUT").format(query)
    with connection.cursor() as cursor, cursor.copy(asked) as rows:
        yield from map(bytes, rows)


def _large_object(connection: psycopg.Connection, number: int) -> Iterator[bytes]:
    offset = 0
    query = "SELECT pg_catalog.lo_get(%s, %s, %s)"
    while piece := connection.execute(query, (number, offset, CHUNK_BYTES)).fetchall()[0][0]:
        yield bytes(piece)
        offset += CHUNK_BYTES


def _definitions(server: RunningServer, database: str) -> Iterator[bytes]:
    program, where = server.binaries.tool("pg_dump"), server.administrator(database)
    with running_tool(program, ["--schema-only"], where, stdout=subprocess.PIPE) as tool:
        yield from tool.process.stdout or ()
        if tool.finish().exit_code != 0:
            raise LeakError(
                "The definitions in the copy could not be read, so that it was not proven to "
                "hold no original value. It was removed.",
                next_step="repeat",
            )


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _has_bytes(connection: psycopg.Connection, table: Table) -> bool:
    query = (
        "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = %s AND NOT attisdropped "
        "AND atttypid IN ('bytea'::regtype, 'bytea[]'::regtype)"
    )
    return connection.execute(query, (table.oid,)).fetchone() is not None


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _told(findings: set[Finding]) -> str:
    told = sorted(f"{one.column} in {one.where}" for one in findings)
    more = f" and {len(told) - _FINDINGS_SHOWN} more" if len(told) > _FINDINGS_SHOWN else ""
    return "; ".join(told[:_FINDINGS_SHOWN]) + more
