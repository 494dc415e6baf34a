"""What goes with leaked rows when they go, and which of them stay because real rows would.

From each row that looks like a test's, every foreign key is followed to what refers to it, and
from there on. A row that is in use, or on which anything hangs that is not certainly the
test's, stays with all that belongs to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from strongroom.leaks.tables import Layout, Link

USED_LATER = timedelta(hours=1)
"""Whoever writes an hour after his account was made is no test."""
OLDER = timedelta(minutes=1)
"""What was there so long before a row was not written by the test that left it."""
UNTIMED_ROWS_MAX = 3
"""So many rows of a table that tells no times may hang on a row that a test has left."""
FOLLOWED_ROWS_MAX = 100_000

_SUMMARY = sql.SQL("""
SELECT {parent_key}, count(*), count({created}), min({created}), max({created})
FROM ONLY {child} AS c JOIN ONLY {parent} AS p ON {condition}
WHERE {parent_key} = ANY(%s) GROUP BY 1
""")
_PAIRS = sql.SQL("""
SELECT {child_key}, {parent_key}
FROM ONLY {child} AS c JOIN ONLY {parent} AS p ON {condition} WHERE {given} = ANY(%s)
""")


class Row(NamedTuple):
    """One row, by its table's label and its key."""

    table: str
    key: str


@dataclass(frozen=True)
class Belongings:
    """What goes, and what stays."""

    going: frozenset[Row]
    """The leaked rows that may go, and everything that goes with them."""
    staying: Mapping[Row, str]
    """Rows that look leaked and must stay, and why."""


def belongings(
    connection: psycopg.Connection, layout: Layout, leaked: Mapping[Row, datetime | None]
) -> Belongings:
    """Tell what goes with leaked rows; whatever stays may keep others from going, in turn.

    Args:
        connection: in a transaction that sees one snapshot.
        layout: of this database.
        leaked: rows that look like a test's, and when they were written.
    """
    staying: dict[Row, str] = {}
    while True:
        left = {row: at for row, at in leaked.items() if row not in staying}
        walk = _Walk(connection, layout, left)
        walk.follow()
        if not walk.ruled_out:
            walk.look_around()
        if not walk.ruled_out:
            return Belongings(frozenset(walk.roots), staying)
        staying |= walk.ruled_out


class _Walk:
    """One walk from leaked rows, the roots, over everything that refers to them."""

    def __init__(
        self,
        connection: psycopg.Connection,
        layout: Layout,
        created: Mapping[Row, datetime | None],
    ) -> None:
        self._connection = connection
        self._layout = layout
        self._created = created
        self._untimed: Counter[tuple[Row, Link]] = Counter()
        self._referring: list[tuple[Row, Row]] = []
        self.roots: dict[Row, set[Row]] = {}
        """Of each row that was reached: the leaked rows that it belongs to."""
        self.ruled_out: dict[Row, str] = {}

    def follow(self) -> None:
        """Reach everything that belongs to the roots, and rule out those that are in use."""
        reached = {root: {root} for root in self._created}
        while reached:
            for row, roots in reached.items():
                self.roots.setdefault(row, set()).update(roots)
            following: dict[Row, set[Row]] = {}
            for table in self._layout.tables:
                parents = {row: roots for row, roots in reached.items() if row.table == table.label}
                for link in self._layout.links_to(table) if parents else ():
                    self._follow_link(link, parents, following)
            reached = following

    def look_around(self) -> None:
        """Rule out the roots of what is tied to rows that stay."""
        for child, parent in self._referring:
            if child not in self.roots:
                self._rule_out(self.roots[parent], f"rows of {child.table} refer to it")
        tables = {row.table for row in self.roots}
        hanging: dict[str, list[str]] = {}
        for row, roots in self.roots.items():
            if roots - {row}:
                hanging.setdefault(row.table, []).append(row.key)
        for table in self._layout.tables:
            keys = hanging.get(table.label, [])
            for link in self._layout.links_from(table) if keys else ():
                if link.parent.label in tables:
                    self._look_up(link, keys)

    def _look_up(self, link: Link, keys: Sequence[str]) -> None:
        for child_key, parent_key in self._pairs(link, link.child.key_of("c"), keys):
            child, parent = Row(link.child.label, child_key), Row(link.parent.label, parent_key)
            if parent not in self.roots:
                why = f"rows of {child.table} that hang on it belong to a row of {parent.table} too"
                self._rule_out(self.roots[child] - {child}, why)

    def _follow_link(
        self, link: Link, parents: Mapping[Row, set[Row]], following: dict[Row, set[Row]]
    ) -> None:
        try:
            with self._connection.transaction():
                self._judge(link, parents)
        except psycopg.errors.InsufficientPrivilege:
            why = f"this role may not read {link.child.label}, which may refer to it"
            for roots in parents.values():
                self._rule_out(roots, why)
        living = {row: roots - self.ruled_out.keys() for row, roots in parents.items()}
        keys = [row.key for row, roots in living.items() if roots]
        if not keys or not link.listable:
            return
        for child_key, parent_key in self._pairs(link, link.parent.key_of("p"), keys):
            child, parent = Row(link.child.label, child_key), Row(link.parent.label, parent_key)
            if not link.owning:
                self._referring.append((child, parent))
                continue
            new = living[parent] - self.roots.get(child, set())
            self._rule_out_kin(child, new)
            if new:
                following.setdefault(child, set()).update(new)

    def _judge(self, link: Link, parents: Mapping[Row, set[Row]]) -> None:
        """Rule out roots by how many rows refer to what belongs to them, and since when."""
        query = _SUMMARY.format(
            parent_key=link.parent.key_of("p"),
            created=link.child.created_of("c", commit_times=self._layout.commit_times),
            child=link.child.name,
            parent=link.parent.name,
            condition=link.condition(),
        )
        keys = [row.key for row in parents]
        for key, rows, timed, first, last in self._connection.execute(query, (keys,)).fetchall():
            for root in parents[Row(link.parent.label, key)]:
                since = self._created[root]
                self._untimed[root, link] += rows - timed if since is not None else rows
                span = _span(since, first, last)
                why = self._objection(link, rows, self._untimed[root, link], span)
                self._rule_out([root] if why else [], why)

    @staticmethod
    def _objection(
        link: Link, rows: int, untimed: int, span: tuple[timedelta, timedelta] | None
    ) -> str:
        child = link.child.label
        if span is not None and span[1] > USED_LATER:
            return f"it is in use: rows in {child} are newer"
        if untimed > UNTIMED_ROWS_MAX:
            return f"it is in use: {untimed} rows in {child}"
        if not link.listable:
            return f"rows of {child} hang on it, and cannot be named: {child} is not searched"
        if span is not None and span[0] < -OLDER and link.owning:
            return f"rows of {child} that hang on it are older"
        if rows > FOLLOWED_ROWS_MAX:
            return f"{rows} rows of {child} hang on it, more than are followed"
        return ""

    def _rule_out_kin(self, child: Row, roots: Iterable[Row]) -> None:
        """A row beside a root, in the same table, is only taken for signs of its own."""
        if child not in self._created:
            kin = [root for root in roots if root.table == child.table]
            self._rule_out(kin, f"rows of {child.table} hang on it that do not look like tests'")

    def _rule_out(self, roots: Iterable[Row], why: str) -> None:
        for root in roots:
            self.ruled_out.setdefault(root, why)

    def _pairs(self, link: Link, given: sql.Composable, keys: Sequence[str]) -> list[Any]:
        query = _PAIRS.format(
            child_key=link.child.key_of("c"),
            parent_key=link.parent.key_of("p"),
            child=link.child.name,
            parent=link.parent.name,
            condition=link.condition(),
            given=given,
        )
        return self._connection.execute(query, (list(keys),)).fetchall()


def _span(
    since: datetime | None, first: datetime | None, last: datetime | None
) -> tuple[timedelta, timedelta] | None:
    """How long after a root the first and the last of its rows were written."""
    if since is None or first is None or last is None:
        return None
    return first - since, last - since
