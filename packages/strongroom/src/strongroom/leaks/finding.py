"""Find rows that tests have left in a database, and tell them from real ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from strongroom.leaks.signs import ADDRESS, MARK, WORDS, Candidate, Sign, is_leaked, signs_of
from strongroom.leaks.tables import Layout, Link, SearchedTable, layout_of
from strongroom.postgres.connections import database_errors

CANDIDATES_MAX = 20_000
TEXT_LENGTH_MAX = 200
USED_LATER = timedelta(hours=1)
"""Whoever writes an hour after his account was made is no test."""
UNTIMED_ROWS_MAX = 3
"""So many rows of a table that tells no times may hang on a row that a test has left."""

_QUERY = sql.SQL("""
SELECT {key}, {created}, {texts} FROM ONLY {table} AS t WHERE {suspicious} LIMIT {limit}
""")
_HANGING = sql.SQL("""
SELECT {parent_key}, {child_key}, {created} FROM ONLY {child} AS c JOIN ONLY {parent} AS p
ON {condition} WHERE {parent_key} = ANY(%s)
""")


@dataclass(frozen=True)
class Leak:
    """One row that a test has left."""

    table: str
    key: str
    created_at: datetime | None
    signs: tuple[Sign, ...]
    shown: Mapping[str, str]
    """The texts that gave it away."""

    def as_dict(self) -> dict[str, Any]:
        """The row as shown by ``--json``."""
        return {**vars(self), "signs": list(self.signs), "because": [WORDS[s] for s in self.signs]}


@dataclass(frozen=True)
class LeftOut:
    """One row that looks like a test's in part, and is not listed."""

    table: str
    key: str
    signs: tuple[Sign, ...]
    why: str


@dataclass(frozen=True)
class Leaks:
    """What was found. Nothing was changed."""

    leaks: tuple[Leak, ...]
    left_out: tuple[LeftOut, ...]
    hanging: Mapping[str, frozenset[str]]
    """Rows that belong to leaked ones, by table: they go with them."""
    not_searched: Mapping[str, str] = field(default_factory=dict)
    """Tables that were not looked at, or not wholly, and why."""

    @property
    def rows(self) -> dict[str, frozenset[str]]:
        """Every row that a removal takes, by table."""
        found: dict[str, set[str]] = {table: set(keys) for table, keys in self.hanging.items()}
        for leak in self.leaks:
            found.setdefault(leak.table, set()).add(leak.key)
        return {table: frozenset(keys) for table, keys in sorted(found.items())}

    @property
    def fingerprint(self) -> str:
        """Names exactly these rows, so that a removal takes what was shown and no other."""
        digest = hashlib.sha256()
        for table, keys in self.rows.items():
            digest.update(repr((table, sorted(keys))).encode())
        return digest.hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:
        """The finding as shown by ``--json``."""
        return {
            "leaks": [leak.as_dict() for leak in self.leaks],
            "left_out": [{**vars(one), "signs": list(one.signs)} for one in self.left_out],
            "rows": {table: len(keys) for table, keys in self.rows.items()},
            "not_searched": dict(self.not_searched),
            "fingerprint": self.fingerprint,
        }


def find_leaks(connection: psycopg.Connection) -> Leaks:
    """Look through every table for rows of tests; only reads, in one snapshot."""
    with database_errors("looking for rows of tests"), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        layout = layout_of(connection)
        search = _Search(connection, layout)
        for table in layout.tables:
            search.look_through(table)
    return search.result()


class _Search:
    def __init__(self, connection: psycopg.Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._leaks: list[Leak] = []
        self._left_out: list[LeftOut] = []
        self._hanging: dict[str, set[str]] = {}
        self._not_searched = dict.fromkeys(layout.not_searched, "it has no primary key")

    def result(self) -> Leaks:
        leaked = {(leak.table, leak.key) for leak in self._leaks}
        hanging = {
            table: frozenset(key for key in keys if (table, key) not in leaked)
            for table, keys in self._hanging.items()
        }
        return Leaks(
            tuple(self._leaks),
            tuple(self._left_out),
            {table: keys for table, keys in sorted(hanging.items()) if keys},
            self._not_searched,
        )

    def look_through(self, table: SearchedTable) -> None:
        candidates = self._candidates(table)
        if not candidates:
            return
        signs = signs_of(candidates)
        suspects = {one.key: one for one in candidates if is_leaked(signs[one.key])}
        uses = self._uses(table, {key: one.created_at for key, one in suspects.items()})
        label = table.table.label
        for one in candidates:
            found = signs[one.key]
            why = uses.get(one.key) if one.key in suspects else "one sign alone lists no row"
            if why is not None:
                self._left_out += [LeftOut(label, one.key, found, why)] if found else []
                continue
            shown = {name: text for name, text in one.texts.items() if _tells(text, name)}
            self._leaks.append(Leak(label, one.key, one.created_at, found, shown))
        self._hang(table, [key for key in suspects if key not in uses])

    def _candidates(self, table: SearchedTable) -> list[Candidate]:
        if not table.texts:
            return []
        columns = [sql.Identifier("t", name) for name in table.texts]
        suspicious = sql.SQL(" OR ").join(
            sql.SQL("{column}::text ~* {address} OR {column}::text ~ {mark}").format(
                column=column, address=ADDRESS, mark=MARK
            )
            for column in columns
        )
        texts = sql.SQL(", ").join(
            sql.SQL("left({}::text, {})").format(column, TEXT_LENGTH_MAX) for column in columns
        )
        query = _QUERY.format(
            key=table.key_of("t"),
            created=table.created_of("t", commit_times=self._layout.commit_times),
            texts=sql.SQL("ARRAY[{}]").format(texts),
            table=table.name,
            suspicious=suspicious,
            limit=CANDIDATES_MAX + 1,
        )
        try:
            with self._connection.transaction():
                rows = self._connection.execute(query).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            self._not_searched[table.table.label] = "this role may not read it"
            return []
        if len(rows) > CANDIDATES_MAX:
            self._not_searched[table.table.label] = f"more than {CANDIDATES_MAX} rows look suspect"
        return [
            Candidate(key, at, {n: v for n, v in zip(table.texts, values, strict=True) if v})
            for key, at, values in rows[:CANDIDATES_MAX]
        ]

    def _uses(self, table: SearchedTable, created: Mapping[str, datetime | None]) -> dict[str, str]:
        """Which suspects are in real use, and by what: they have rows of their own since."""
        used: dict[str, str] = {}
        for link in self._layout.links_to(table):
            untimed: Counter[str] = Counter()
            for parent, _, at in self._hanging_on(link, list(created)):
                since = created[parent]
                if since is None or at is None:
                    untimed[parent] += 1
                elif at - since > USED_LATER:
                    used[parent] = f"it is in use: rows in {link.child.table.label} are newer"
            for parent, rows in untimed.items():
                if rows > UNTIMED_ROWS_MAX:
                    used[parent] = f"it is in use: {rows} rows in {link.child.table.label}"
        return used

    def _hang(self, table: SearchedTable, keys: Sequence[str]) -> None:
        """Collect what belongs to leaked rows, and what belongs to that in turn."""
        if not keys:
            return
        for link in self._layout.links_to(table):
            label = link.child.table.label
            known = self._hanging.setdefault(label, set())
            new = {child for _, child, _ in self._hanging_on(link, keys)} - known
            known |= new
            self._hang(link.child, sorted(new))

    def _hanging_on(
        self, link: Link, keys: Sequence[str]
    ) -> list[tuple[str, str, datetime | None]]:
        if not keys:
            return []
        query = _HANGING.format(
            parent_key=link.parent.key_of("p"),
            child_key=link.child.key_of("c"),
            created=link.child.created_of("c", commit_times=self._layout.commit_times),
            child=link.child.name,
            parent=link.parent.name,
            condition=link.condition(),
        )
        return self._connection.execute(query, (list(keys),)).fetchall()


def _tells(text: str, column: str) -> bool:
    """Whether a text is one of those that give a row away."""
    return bool(signs_of([Candidate("", None, {column: text})])[""])
