"""What a compose file says, with the place where it says so.

A document is made of ``Table`` (a dict), ``Items`` (a list), ``Text`` (a str) and Python's own
numbers, booleans and None. Tables and items remember the place of each of their values, through
interpolation and merging; a text remembers how it was written before variables were put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

Value = Any
"""A Table, Items, Text, int, float, bool or None."""


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; lines count from 1."""

    file: Path
    line: int


class Text(str):
    """A string, and how it was written; ``tag`` is ``reset`` or ``override`` where it has one."""

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, value: str, raw: str | None = None) -> Self:
        """Make one; without ``raw`` it was written as it is."""
        self = super().__new__(cls, value)
        self.raw = value if raw is None else raw
        return self


class Table(dict[str, Value]):
    """A mapping whose values have places; ``place`` is where it begins itself."""

    def __init__(self, place: Place, entries: Mapping[str, Value] | None = None) -> None:
        super().__init__(entries or {})
        self.place = place
        self.places: dict[str, Place] = {}
        self.tag: str | None = None

    def put(self, key: str, value: Value, place: Place) -> None:
        """Set a value together with its place."""
        self[key] = value
        self.places[key] = place

    def where(self, key: str) -> Place:
        """The place of a value, or of the table where nobody knows it."""
        return self.places.get(key, self.place)

    def copy(self) -> Table:
        """A copy of the first level."""
        made = Table(self.place, self)
        made.places = dict(self.places)
        made.tag = self.tag
        return made


class Items(list[Value]):
    """A sequence whose values have places."""

    def __init__(self, place: Place, entries: Iterable[tuple[Value, Place]] = ()) -> None:
        self.place = place
        self.places: list[Place] = []
        self.tag: str | None = None
        super().__init__()
        for value, at in entries:
            self.add(value, at)

    def add(self, value: Value, place: Place) -> None:
        """Append a value together with its place."""
        self.append(value)
        self.places.append(place)

    def placed(self) -> list[tuple[Value, Place]]:
        """Each value with its place."""
        return list(zip(self, self.places, strict=True))


class Reset:
    """``!reset``: the value and what earlier files said are both gone."""


def table_of(value: Value) -> Table | None:
    """The value, if it is a table."""
    return value if isinstance(value, Table) else None
