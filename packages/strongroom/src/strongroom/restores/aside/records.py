"""What is told of tables that were brought aside."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from strongroom.restores.aside.statements import Statements


@dataclass(frozen=True)
class Target:
    """A schema that is to be made."""

    schema: str
    origin: str
    """The backup that its tables come from, or the moment in words."""


@dataclass(frozen=True)
class TableAside:
    """One table of the past that stands aside."""

    name: str
    aside: str
    """What it is called there."""
    rows: int
    equal: bool
    """Whether rows and digest are those that were promised; what differs is never kept."""
    method: str
    as_text: tuple[str, ...]
    """Columns whose type is not there today, and that stand there as text."""
    not_carried: tuple[str, ...]
    statements: Statements

    def as_dict(self) -> dict[str, object]:
        """The table as shown by ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Aside:
    """Tables of the past that were brought beside those of today."""

    schema: str
    origin: str
    """The backup, or the moment, that they come from."""
    tables: tuple[TableAside, ...]

    @property
    def rows(self) -> int:
        """Rows of all of them."""
        return sum(table.rows for table in self.tables)

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "schema": self.schema,
            "origin": self.origin,
            "rows": self.rows,
            "tables": [table.as_dict() for table in self.tables],
        }
