"""Count and digest every table while the dump streams, in the snapshot of the dump."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg

from strongroom.postgres.catalogue import Table
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.digests import TableDigest, digest_table, settle_session
from strongroom.postgres.snapshots import adopt_snapshot

WORKERS = 2


class Digesting:
    """Workers that take one table after the other, each in a connection of its own.

    Leaving the context by an exception stops them, also in the middle of a table.
    """

    def __init__(self, conninfo: ConnectionInfo, snapshot_id: str, tables: Sequence[Table]) -> None:
        self._conninfo, self._snapshot_id = conninfo, snapshot_id
        self._tables, self._waiting = tuple(tables), deque(tables)
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
            self._waiting.clear()
            for conn in self._connections:
                if not conn.closed:
                    conn.cancel_safe()
        self._pool.shutdown()

    def _work(self) -> None:
        with connect(self._conninfo) as conn:
            self._connections.append(conn)
            with database_errors("adopting the snapshot of the backup"):
                adopt_snapshot(conn, self._snapshot_id, tables=self._tables)
                settle_session(conn)
            while (table := self._next()) is not None:
                with database_errors(f"counting {table.label}"):
                    self._found.append(digest_table(conn, table))

    def _next(self) -> Table | None:
        with suppress(IndexError):
            return self._waiting.popleft()
        return None
