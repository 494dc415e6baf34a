"""What a migration does to a server while it runs: locks, rewrites, and how long each took."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from sqlalchemy.engine import Connection

from strongroom.migrations.steering import Watcher
from strongroom.postgres.catalogue import label_of
from strongroom.postgres.connections import ConnectionInfo, connect

# From the weakest to the strongest; weaker ones than these stand in nobody's way.
MODES = (
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
BLOCKS = {
    "ShareUpdateExclusiveLock": "vacuum and other schema changes",
    "ShareLock": "writing",
    "ShareRowExclusiveLock": "writing",
    "ExclusiveLock": "writing",
    "AccessExclusiveLock": "reading and writing",
}
SAMPLE_S = 0.01
STATEMENT_LENGTH_MAX = 500

# Every relation that holds rows or an index, with the table that it belongs to and its file.
_RELATIONS = """
SELECT c.oid::bigint, n.nspname::text, coalesce(t.relname, c.relname)::text, c.relkind::text,
       c.relname::text, pg_catalog.pg_relation_filenode(c.oid)::bigint,
       pg_catalog.pg_table_size(c.oid)::bigint
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
 WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^strongroom'
"""
_FILES = """
SELECT c.oid::bigint, pg_catalog.pg_relation_filenode(c.oid)::bigint
  FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm', 'i')
"""
_LOCKS = """
SELECT l.relation::bigint, l.mode FROM pg_catalog.pg_locks l
 WHERE l.locktype = 'relation' AND l.pid = {pid} AND l.granted
   AND l.mode IN ({modes})
"""


@dataclass(frozen=True)
class Lock:
    """The strongest lock that a table was held under, and for how long."""

    table: str
    mode: str
    blocks: str
    held_s: float
    statement: str


@dataclass(frozen=True)
class Rewrite:
    """A table or index that was written anew, with its size before."""

    table: str
    relation: str
    kind: str
    size_bytes: int
    statement: str
    duration_s: float


@dataclass(frozen=True)
class Executed:
    """One statement of a migration as it really ran."""

    revision: str
    statement: str
    duration_s: float


@dataclass
class _Held:
    mode: str
    since_s: float
    statement: str


@dataclass(frozen=True)
class _Relation:
    table: str
    name: str
    kind: str
    size_bytes: int


@dataclass
class Measures(Watcher):
    """Watches the connection of a migration on a copy that nobody else uses."""

    relations: dict[int, _Relation] = field(default_factory=dict)
    files: dict[int, int | None] = field(default_factory=dict)
    statements: list[Executed] = field(default_factory=list)
    rewrites: list[Rewrite] = field(default_factory=list)
    locks: dict[str, Lock] = field(default_factory=dict)
    revision: str = ""
    _begun_s: float = 0.0
    _held: dict[int, _Held] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _running: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The measures as shown by ``--json``."""
        return {
            "locks": [asdict(one) for one in self.locks.values()],
            "rewrites": [asdict(one) for one in self.rewrites],
            "statements": [asdict(one) for one in self.statements],
        }

    def begin(self, connection: psycopg.Connection) -> None:
        """Remember what there was before."""
        for oid, schema, table, kind, name, file, size in connection.execute(_RELATIONS):
            self.relations[oid] = _Relation(label_of(schema, table), name, kind, size)
            self.files[oid] = file

    def before(self, connection: Connection, statement: str) -> None:
        """Note when a statement began."""
        del connection
        self._running, self._begun_s = statement, time.monotonic()

    def after(self, connection: Connection, statement: str) -> None:
        """Note what a statement took and left behind; of a repeated text, only the first time."""
        took_s = time.monotonic() - self._begun_s
        shown = shortened(statement)
        first = (self.revision, statement) not in self._seen
        self._seen.add((self.revision, statement))
        self._record(shown, took_s, first=first)
        if not first:
            return
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(_LOCKS.format(pid="pg_backend_pid()", modes=_modes()))
            self._note_locks(cursor.fetchall(), shown, self._begun_s)
            cursor.execute(_FILES)
            self._note_files(cursor.fetchall(), shown, took_s)
        finally:
            cursor.close()

    def ended(self, connection: Connection, *, committed: bool) -> None:
        """All locks of the transaction are given back now."""
        del connection, committed
        self.release(time.monotonic())

    def release(self, now_s: float) -> None:
        """Tell of each held lock how long it was held."""
        for oid, held in self._held.items():
            table = self.relations[oid].table
            lock = Lock(
                table, held.mode, BLOCKS[held.mode], round(now_s - held.since_s, 4), held.statement
            )
            known = self.locks.get(table)
            if known is None or _weight(lock) > _weight(known):
                self.locks[table] = lock
        self._held.clear()

    def sampled(self, rows: list[tuple[int, str]]) -> None:
        """Take over what was seen from outside: locks of statements that commit by themselves."""
        self._note_locks(rows, shortened(self._running), time.monotonic())

    def _record(self, shown: str, took_s: float, *, first: bool) -> None:
        if not first:
            for index in range(len(self.statements) - 1, -1, -1):
                known = self.statements[index]
                if (known.revision, known.statement) == (self.revision, shown):
                    total_s = round(known.duration_s + took_s, 4)
                    self.statements[index] = Executed(self.revision, shown, total_s)
                    return
        self.statements.append(Executed(self.revision, shown, round(took_s, 4)))

    def _note_locks(self, rows: list[tuple[int, str]], statement: str, since_s: float) -> None:
        for oid, mode in rows:
            if oid not in self.relations:
                continue  # made by the migration itself: nobody else uses it yet
            held = self._held.get(oid)
            if held is None:
                self._held[oid] = _Held(mode, since_s, statement)
            elif MODES.index(mode) > MODES.index(held.mode):
                self._held[oid] = _Held(mode, held.since_s, statement)

    def _note_files(
        self, rows: list[tuple[int, int | None]], statement: str, took_s: float
    ) -> None:
        for oid, file in rows:
            before = self.files.get(oid)
            if oid in self.relations and file != before:
                self.files[oid] = file
                one = self.relations[oid]
                kind = "index" if one.kind == "i" else "table"
                self.rewrites.append(
                    Rewrite(one.table, one.name, kind, one.size_bytes, statement, round(took_s, 4))
                )


@contextmanager
def watched(measures: Measures, administrator: ConnectionInfo) -> Iterator[Measures]:
    """Measure for the length of a ``with`` block, with a second look from outside."""
    ended = threading.Event()
    with connect(administrator, autocommit=True) as connection:
        measures.begin(connection)
        query = _LOCKS.format(pid=f"ANY ({_OTHERS})", modes=_modes()).encode()

        def sample() -> None:
            while not ended.wait(SAMPLE_S):
                measures.sampled(connection.execute(query).fetchall())

        thread = threading.Thread(target=sample, name="strongroom-locks", daemon=True)
        thread.start()
        try:
            yield measures
        finally:
            ended.set()
            thread.join()
            measures.release(time.monotonic())


_OTHERS = (
    "SELECT a.pid FROM pg_catalog.pg_stat_activity a "
    "WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()"
)


def shortened(statement: str) -> str:
    """A statement on one line, and not a long one."""
    line = " ".join(statement.split())
    return line if len(line) <= STATEMENT_LENGTH_MAX else line[: STATEMENT_LENGTH_MAX - 1] + "…"


def _modes() -> str:
    return ", ".join(f"'{mode}'" for mode in MODES)


def _weight(lock: Lock) -> tuple[int, float]:
    return MODES.index(lock.mode), lock.held_s
