"""What people can run next: show the rows that are missing today, and insert them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from strongroom.postgres.catalogue import Table, quoted
from strongroom.restores.aside.shape import Column, Shape, shape_of


@dataclass(frozen=True)
class Statements:
    """Ready statements, or the reason why there are none."""

    compare: str | None
    insert: str | None
    note: str | None


def statements_for(
    connection: psycopg.Connection, shape: Shape, today: Table | None, aside: str
) -> Statements:
    """Write them for a table as it was and as it is today; ``aside`` is its name aside."""
    if today is None:
        return Statements(None, None, f"{shape.table.label} is not there today")
    now = shape_of(connection, today)
    there = {column.name: column for column in now.columns}
    common = [column.name for column in shape.columns if column.name in there]
    writable = [name for name in common if not there[name].generated]
    lacking = [column.name for column in shape.columns if column.name not in there]
    note = f"today without the columns {', '.join(lacking)}" if lacking else None
    if not shape.key or not set(shape.key) <= set(common):
        listed = ", ".join(quoted(name) for name in common)
        compare = (
            f"SELECT {listed} FROM {aside} EXCEPT ALL "  # noqa: S608  people read and run it
            f"SELECT {listed} FROM {today.qualified}"
        )
        return Statements(compare, None, note or "it has no primary key to find missing rows by")
    missing = _missing(shape.key, today, {name: there[name].written_type for name in shape.key})
    return Statements(
        compare=f"SELECT a.* FROM {aside} AS a {missing}",  # noqa: S608  the same
        insert=_insertion(writable, there, today, f"{aside} AS a {missing}"),
        note=note,
    )


def _insertion(names: Sequence[str], there: Mapping[str, Column], today: Table, source: str) -> str:
    always = any(there[name].always_identity for name in names)
    listed = ", ".join(quoted(name) for name in names)
    values = ", ".join(f"a.{quoted(name)}::{there[name].written_type}" for name in names)
    return (
        f"INSERT INTO {today.qualified} ({listed})"  # noqa: S608  the same
        f"{' OVERRIDING SYSTEM VALUE' if always else ''} SELECT {values} FROM {source}"
    )


def _missing(key: Sequence[str], today: Table, types: dict[str, str]) -> str:
    equal = " AND ".join(f"t.{quoted(name)} = a.{quoted(name)}::{types[name]}" for name in key)
    return f"WHERE NOT EXISTS (SELECT FROM {today.qualified} AS t WHERE {equal})"
