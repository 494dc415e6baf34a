"""Count and digest every table by several sessions, in a backup's snapshot or in a still copy."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from types import MappingProxyType, TracebackType
from typing import Self

import psycopg

from strongroom.postgres.catalogue import Table
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.digests import (
    TOO_LARGE,
    Method,
    Sums,
    TableDigest,
    digest_table,
    row_method,
    sent_alike,
    settle_session,
    sum_rows,
)
from strongroom.postgres.large_objects import may_read_pages
from strongroom.postgres.pieces import Piece, pieces_of
from strongroom.postgres.snapshots import adopt_snapshot

WORKERS = 2


class Digesting:
    """Workers that take one piece of a table after the other, each in a connection of its own.

    Leaving the context by an exception stops them, also in the middle of a table. Without a
    snapshot nobody may write meanwhile. ``report`` is told how many tables are finished.
    ``methods`` says by which method each table is digested, by its label: as another digest was
    made that it is to be compared with. With ``as_sent``, tables that are suited are digested in
    their binary form, which holds in a copy of the same files.
    """

    def __init__(
        self,
        conninfo: ConnectionInfo,
        snapshot_id: str | None,
        tables: Sequence[Table],
        report: Callable[[int], None] = lambda _: None,
        *,
        methods: Mapping[str, Method] = MappingProxyType({}),
        as_sent: bool = False,
    ) -> None:
        self._report = report
        self._wanted, self._otherwise = methods, _otherwise(as_sent=as_sent)
        self._methods: dict[Table, Method] = {}
        self._conninfo, self._snapshot_id = conninfo, snapshot_id
        self._tables = tuple(tables)
        self._waiting: deque[Piece] | None = None
        self._one_at_a_time = Lock()
        self._parts = _Parts()
        self._found: list[TableDigest] = []
        self._connections: list[psycopg.Connection] = []
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="digest")
        self._working: list[Future[None]] = []

    @property
    def done(self) -> int:
        """How many tables are finished."""
        return len(self._found)

    def result(self) -> list[TableDigest]:
        """Wait for all tables; in the order of their names.

        Raises:
            DatabaseError: a table could not be read.
        """
        for worker in self._working:
            worker.result()
        return sorted(self._found, key=lambda digest: digest.name)

    def __enter__(self) -> Self:
        self._working = [self._pool.submit(self._work) for _ in range(WORKERS)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._tables, self._waiting = (), deque()
            for conn in self._connections:
                if not conn.closed:
                    conn.cancel_safe()
        self._pool.shutdown()

    def _work(self) -> None:
        with connect(self._conninfo, autocommit=self._snapshot_id is None) as conn:
            self._connections.append(conn)
            if self._snapshot_id is not None:
                with database_errors("adopting the snapshot of the backup"):
                    adopt_snapshot(conn, self._snapshot_id, tables=self._tables)
            with database_errors("settling the session of a digest"):
                settle_session(conn)
            self._cut(conn)
            while (piece := self._next()) is not None:
                with database_errors(f"counting {piece.table.label}"):
                    self._digest(conn, piece)

    def _cut(self, conn: psycopg.Connection) -> None:
        """Whoever comes first cuts the tables into pieces for all."""
        with self._one_at_a_time, database_errors("measuring the tables"):
            if self._waiting is None:
                self._methods = self._chosen(conn)
                whole = {table for table, one in self._methods.items() if one == "columns"}
                whole |= {
                    one for one in self._tables if one.kind == "L" and not may_read_pages(conn)
                }
                pieces = pieces_of(conn, [one for one in self._tables if one not in whole])
                pieces += [Piece(table) for table in self._tables if table in whole]
                self._parts.expect(pieces)
                self._waiting = deque(pieces)

    def _chosen(self, conn: psycopg.Connection) -> dict[Table, Method]:
        """How each table is digested: as is wanted, where it is suited for that."""
        suited, chosen = sent_alike(conn, self._tables), dict[Table, Method]()
        for table in self._tables:
            method = self._wanted.get(table.label, self._otherwise)
            if table.kind == "L":
                method = "large_objects"
            chosen[table] = "rows" if method == "binary" and table not in suited else method
        return chosen

    def _next(self) -> Piece | None:
        with suppress(IndexError):
            return self._waiting.popleft() if self._waiting is not None else None
        return None

    def _digest(self, conn: psycopg.Connection, piece: Piece) -> None:
        method = self._methods[piece.table]
        if self._parts.is_whole(piece):
            self._finish(digest_table(conn, piece.table, method))
            return
        by_row = row_method(piece.table, method)
        sums = None
        with suppress(*TOO_LARGE):  # the whole table is digested in another way then
            sums = sum_rows(conn, piece.table, by_row, piece.first_block, piece.end_block)
        with self._one_at_a_time:
            last = self._parts.add(piece, sums)
        if last:
            together = self._parts.sums_of(piece.table)
            self._finish(
                together.digest(piece.table, by_row)
                if together
                else digest_table(conn, piece.table, "columns")
            )

    def _finish(self, digest: TableDigest) -> None:
        with self._one_at_a_time:
            self._found.append(digest)
            self._report(len(self._found))


def _otherwise(*, as_sent: bool) -> Method:
    return "binary" if as_sent else "rows"


class _Parts:
    """Adds up what was found of the pieces of each table."""

    def __init__(self) -> None:
        self._expected: Counter[Table] = Counter()
        self._left: Counter[Table] = Counter()
        self._sums: dict[Table, Sums | None] = {}

    def expect(self, pieces: Sequence[Piece]) -> None:
        """So many are going to come of each table."""
        self._expected = Counter(piece.table for piece in pieces)
        self._left = self._expected.copy()
        self._sums = {table: Sums(0, 0, 0) for table in self._expected}

    def is_whole(self, piece: Piece) -> bool:
        """Say whether it is all that there is of its table."""
        return self._expected[piece.table] == 1

    def add(self, piece: Piece, sums: Sums | None) -> bool:
        """Take what was found of a piece, None where it could not be; True for the last of all."""
        before = self._sums[piece.table]
        self._sums[piece.table] = before + sums if before and sums else None
        self._left[piece.table] -= 1
        return self._left[piece.table] == 0

    def sums_of(self, table: Table) -> Sums | None:
        """What all pieces have together, None where one could not be read by rows."""
        return self._sums[table]
