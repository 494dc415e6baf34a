"""What of the rows before a migration is gone or changed after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strongroom.migrations.contents import (
    ColumnContent,
    Contents,
    TableContent,
)
from strongroom.migrations.sequences import setbacks, successor

Handled = Mapping[int, tuple[int, int]]
"""Rows updated and deleted in each table, by its number, as PostgreSQL's statistics have it."""


@dataclass(frozen=True)
class Loss:
    """Something that was there before and is not there afterwards.

    ``kind``: drop_table, drop_column, drop_sequence, set_unlogged, delete (rows), update
    (values). ``rows`` is how many rows or values are concerned; for values that changed, how
    many there were.
    """

    kind: str
    table: str
    column: str | None
    rows: int
    certain: bool = True
    """False where rows came and went at once, so that digests cannot tell old from new."""

    @property
    def label(self) -> str:
        """The effect as a revision declares it."""
        where = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.kind} {where}"


def losses_between(before: Contents, after: Contents, handled: Handled) -> list[Loss]:
    """Say what of the rows before is gone or changed. A new name for the same thing is no loss."""
    by_oid = {table.oid: table for table in after.tables.values()}
    parts_then, parts_now = _roots(before.tables.values()), _roots(after.tables.values())
    found: list[Loss] = []
    for old in before.tables.values():
        if old.root and _all_there(parts_then[old.root], parts_now.get(old.root)):
            continue  # rows that moved to another partition
        new = by_oid.get(old.oid)
        if new is not None:
            found += _losses_in_place(old, new, *handled.get(old.oid, (0, 0)))
            continue
        rebuilt = after.tables.get(old.table) or parts_now.get(old.table)
        if rebuilt is not None:
            found += _losses_rebuilt(old, rebuilt)
        elif old.rows:
            found.append(Loss("drop_table", old.table, None, old.rows))
    return [*found, *_lost_sequences(before, after)]


def drops_between(before: Contents, after: Contents) -> list[Loss]:
    """Say which tables and columns went, also those that were empty or made anew.

    A guard inside the database sees a table go, and not that its rows are in another one.
    """
    by_oid = {table.oid: table for table in after.tables.values()}
    found: list[Loss] = []
    for old in before.tables.values():
        new = by_oid.get(old.oid)
        if new is None:
            found.append(Loss("drop_table", old.table, None, old.rows))
            continue
        kept = {one.number for one in new.columns}
        found += [
            Loss("drop_column", old.table, one.name, one.values)
            for one in old.columns
            if one.number not in kept
        ]
    return found


def setbacks_between(before: Contents, after: Contents) -> list[str]:
    """Say what else was lost, for which no permit has a word."""
    found = list(setbacks(before.sequences, after.sequences))
    (count, digest), (count_now, digest_now) = before.large_objects, after.large_objects
    if count and digest != digest_now:
        found.append(f"large objects were deleted or changed: {count} before, {count_now} now")
    return found


def _roots(tables: Iterable[TableContent]) -> dict[str, TableContent]:
    """All partitions of a table as one table."""
    parts: dict[str, list[TableContent]] = {}
    for table in tables:
        if table.root:
            parts.setdefault(table.root, []).append(table)
    return {root: _merged(root, its) for root, its in parts.items()}


def _merged(root: str, parts: list[TableContent]) -> TableContent:
    """Digests are sums, so those of all parts together are the sums of theirs."""
    columns: dict[str, ColumnContent] = {}
    for one in (column for part in parts for column in part.columns):
        known = columns.get(one.name)
        columns[one.name] = ColumnContent(
            one.number,
            one.name,
            one.type,
            one.values + (known.values if known else 0),
            one.digest + (known.digest if known else 0),
            one.untouched + (known.untouched if known else 0),
            one.computed,
        )
    rows = sum(part.rows for part in parts)
    return TableContent(root, 0, rows, sum(part.untouched for part in parts), (*columns.values(),))


def _all_there(old: TableContent, new: TableContent | None) -> bool:
    if new is None or new.rows != old.rows:
        return False
    now = {one.name: one.digest for one in new.columns}
    return all(now.get(one.name) == one.digest for one in old.columns if not one.computed)


def _losses_in_place(
    old: TableContent, new: TableContent, updated: int, deleted: int
) -> Iterator[Loss]:
    if new.unlogged and not old.unlogged:
        yield Loss("set_unlogged", old.table, None, old.rows)
    kept = {one.number: one for one in new.columns}
    pairs = [(one, kept.get(one.number)) for one in old.columns if not one.computed]
    yield from (
        Loss("drop_column", old.table, column.name, column.values)
        for column, now in pairs
        if now is None and column.values
    )
    touched = [
        column
        for column, now in pairs
        if now is not None and column.values and now.untouched != column.digest
    ]
    if new.rows < old.rows:
        yield Loss("delete", old.table, None, max(old.rows - new.rows, deleted))
    if not touched:
        return
    if new.rows == old.rows:
        exchanged = None not in {old.together, new.together} and old.together != new.together
        for column in touched:
            if kept[column.number].digest != column.digest or exchanged:
                yield Loss("update", old.table, column.name, column.values)
    else:
        yield from _mixed(old, new, updated, deleted)


def _mixed(old: TableContent, new: TableContent, updated: int, deleted: int) -> Iterator[Loss]:
    """Rows came or went, and others were touched: one digest is of old and new ones together."""
    unexplained = max(old.rows - new.untouched - updated - deleted, 0)
    if new.rows > old.rows and (deleted or unexplained):
        yield Loss("delete", old.table, None, deleted + unexplained, certain=deleted > 0)
    if updated or unexplained:
        yield Loss("update", old.table, None, updated or unexplained, certain=False)


def _losses_rebuilt(old: TableContent, new: TableContent) -> Iterator[Loss]:
    """The table was made anew under its name: all of its rows were written again."""
    if new.unlogged and not old.unlogged:
        yield Loss("set_unlogged", old.table, None, old.rows)
    kept = {one.name: one for one in new.columns}
    if new.rows < old.rows:
        yield Loss("delete", old.table, None, old.rows - new.rows)
    for column in old.columns:
        now = kept.get(column.name)
        if column.computed or not column.values:
            continue
        if now is None:
            yield Loss("drop_column", old.table, column.name, column.values)
        elif now.digest != column.digest and new.rows >= old.rows:
            yield Loss("update", old.table, column.name, column.values)


def _lost_sequences(before: Contents, after: Contents) -> Iterator[Loss]:
    """Sequences that went while the column that they numbered stayed."""
    columns = {
        (table.oid, column.number) for table in after.tables.values() for column in table.columns
    }
    for oid, old in before.sequences.items():
        stays = old.table_oid is None or (old.table_oid, old.column) in columns
        if oid not in after.sequences and stays and successor(old, after.sequences) is None:
            yield Loss("drop_sequence", old.sequence, None, old.position)
