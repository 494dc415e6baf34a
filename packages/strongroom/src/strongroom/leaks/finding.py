"""Find rows that tests have left in a database, and tell them from real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from strongroom.leaks.belonging import Row, belongings
from strongroom.leaks.signs import ADDRESS, MARK, WORDS, Candidate, Sign, is_leaked, signs_of
from strongroom.leaks.tables import Layout, SearchedTable, layout_of
from strongroom.postgres.connections import database_errors

CANDIDATES_MAX = 20_000
TEXT_LENGTH_MAX = 200

_QUERY = sql.SQL("""
SELECT {key}, {created}, {texts}, {marks} FROM ONLY {table} AS t WHERE {suspicious} LIMIT {limit}
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
            "with_them": {table: sorted(keys) for table, keys in self.hanging.items()},
            "rows": {table: len(keys) for table, keys in self.rows.items()},
            "not_searched": dict(self.not_searched),
            "fingerprint": self.fingerprint,
        }


def find_leaks(connection: psycopg.Connection) -> Leaks:
    """Look through every table for rows of tests; only reads, in one snapshot."""
    with database_errors("looking for rows of tests"), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Where a policy hides rows from this role, the table cannot be read: none passes unseen.
        connection.execute("SET LOCAL row_security = off")
        layout = layout_of(connection)
        search = _Search(connection, layout)
        for table in layout.tables:
            search.look_through(table)
        return search.result()


class _Search:
    def __init__(self, connection: psycopg.Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._found: dict[Row, tuple[Candidate, tuple[Sign, ...]]] = {}
        self._not_searched = dict.fromkeys(layout.not_searched, "it has no primary key")

    def result(self) -> Leaks:
        suspects = {
            row: one.created_at for row, (one, signs) in self._found.items() if is_leaked(signs)
        }
        belonging = belongings(self._connection, self._layout, suspects)
        leaked = suspects.keys() - belonging.staying.keys()
        hanging: dict[str, set[str]] = {}
        for row in sorted(belonging.going - leaked):
            hanging.setdefault(row.table, set()).add(row.key)
        return Leaks(
            tuple(_leak(row, *found) for row, found in self._found.items() if row in leaked),
            tuple(
                LeftOut(*row, signs, belonging.staying.get(row, "these signs alone list no row"))
                for row, (_, signs) in self._found.items()
                if row not in belonging.going
            ),
            {table: frozenset(keys) for table, keys in hanging.items()},
            self._not_searched,
        )

    def look_through(self, table: SearchedTable) -> None:
        candidates = self._candidates(table)
        signs = signs_of(candidates)
        for one in candidates:
            if signs[one.key]:
                self._found[Row(table.label, one.key)] = one, signs[one.key]

    def _candidates(self, table: SearchedTable) -> list[Candidate]:
        if not table.marked:
            return []
        texts, marked = _as_text(table.texts), _as_text(table.marked)
        suspicious = [sql.SQL("{} ~* {}").format(column, ADDRESS) for column in texts]
        suspicious += [sql.SQL("{} ~ {}").format(column, MARK) for column in marked]
        query = _QUERY.format(
            key=table.key_of("t"),
            created=table.created_of("t", commit_times=self._layout.commit_times),
            texts=_array("left({}, {})", texts, TEXT_LENGTH_MAX),
            marks=_array("substring({} from {})", marked, MARK),
            table=table.name,
            suspicious=sql.SQL(" OR ").join(suspicious),
            limit=CANDIDATES_MAX + 1,
        )
        try:
            with self._connection.transaction():
                rows = self._connection.execute(query).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            self._not_searched[table.label] = "this role may not read it"
            return []
        if len(rows) > CANDIDATES_MAX:
            self._not_searched[table.label] = f"more than {CANDIDATES_MAX} rows look suspect"
        return [
            Candidate(key, at, _shown(table, texts, marks))
            for key, at, texts, marks in rows[:CANDIDATES_MAX]
        ]


def _as_text(columns: Sequence[str]) -> list[sql.Composed]:
    """Columns as text that patterns can be asked of: a collation of theirs may allow none."""
    form = sql.SQL('{}::text COLLATE pg_catalog."default"')
    return [form.format(sql.Identifier("t", name)) for name in columns]


def _array(form: str, columns: Sequence[sql.Composable], value: object) -> sql.Composed:
    elements = (sql.SQL(form).format(column, value) for column in columns)
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(elements))


def _shown(
    table: SearchedTable, texts: Sequence[str | None], marks: Sequence[str | None]
) -> dict[str, str]:
    """The beginning of each text, and a mark wherever in a column it stands."""
    shown = {name: text for name, text in zip(table.texts, texts, strict=True) if text}
    for name, mark in zip(table.marked, marks, strict=True):
        if mark and mark not in shown.get(name, ""):
            shown[name] = mark
    return shown


def _leak(row: Row, candidate: Candidate, signs: tuple[Sign, ...]) -> Leak:
    shown = {name: text for name, text in candidate.texts.items() if _tells(text, name)}
    return Leak(row.table, row.key, candidate.created_at, signs, shown)


def _tells(text: str, column: str) -> bool:
    """Whether a text is one of those that give a row away."""
    return bool(signs_of([Candidate("", None, {column: text})])[""])
