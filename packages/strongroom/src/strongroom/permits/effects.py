"""What a permit allows, and the record of the backup behind it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from strongroom.errors import PermitError

Kind = Literal[
    "drop_table",
    "drop_column",
    "drop_schema",
    "drop_sequence",
    "drop_database",
    "alter_type",
    "set_unlogged",
    "truncate",
    "delete",
    "update",
    "disable_guard",
    "drop_constraint",
    "run_command",
]
KINDS: tuple[str, ...] = get_args(Kind)

# A word may hold names in double quotes, with spaces and commas in them.
_QUOTED = r'"(?:[^"]|"")*"'
_WORD = re.compile(rf'(?:{_QUOTED}|[^\s"])+')
_COLUMN = re.compile(rf'({_QUOTED}|[^",]+)(?:,|$)')
_BARE_COLUMN = re.compile(r'[^\s",]+')

UNGUARDED = frozenset({"drop_constraint"})
"""Kinds that a migration declares, and that no guard inside the database refuses."""
OUTSIDE = frozenset({"run_command"})
"""Kinds that happen outside the database: ``table`` is then the fingerprint of a command."""
COUNTED = frozenset({"delete", "update"})
"""Kinds that need a limit of rows."""


@dataclass(frozen=True)
class Effect:
    """One effect that is otherwise refused.

    ``table`` is a label: ``schema.table``, ``schema.sequence``, or the bare name of a schema
    or database, after the kind. ``columns`` belong to ``drop_column`` and ``alter_type``;
    ``rows_max`` to ``delete`` and ``update``, which need it, and to ``truncate``.
    """

    kind: Kind
    table: str
    columns: tuple[str, ...] = ()
    rows_max: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no guard would ever understand."""
        if self.kind not in KINDS:
            raise _impossible(f"there is no kind of effect called {self.kind!r}")
        if self.kind in COUNTED and (self.rows_max is None or self.rows_max < 1):
            raise _impossible(f"a permit to {self.kind} names how many rows at most")
        if self.kind == "drop_column" and not self.columns:
            raise _impossible("a permit to drop a column names the column")

    def __str__(self) -> str:
        """The effect as people write and read it: ``delete public.runs rows=31``."""
        parts = [self.kind, self.table]
        if self.columns:
            parts.append(f"columns={','.join(map(_written, self.columns))}")
        if self.rows_max is not None:
            parts.append(f"rows={self.rows_max}")
        return " ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """The effect as shown by ``--json``."""
        return {**asdict(self), "columns": list(self.columns)}


@dataclass(frozen=True)
class ProvenBackup:
    """The backup that a loss could be mended from, told by whoever has proven it."""

    backup_id: str
    incarnation: str
    proven_at: datetime


def parse_effect(text: str) -> Effect:
    """Read an effect as ``str()`` writes it.

    Raises:
        PermitError: it is not one.
    """
    kind, _, rest = text.strip().partition(" ")
    words = _WORD.findall(rest)
    if rest.count('"') % 2:
        raise _impossible(f"{text!r} has a quote that does not end")
    columns: tuple[str, ...] = ()
    rows_max: int | None = None
    names = []
    for word in words:
        if word.startswith("columns="):
            columns = _columns(word.removeprefix("columns="))
        elif word.startswith("rows="):
            number = word.removeprefix("rows=")
            if not number.isdigit():
                raise _impossible(f"{number!r} is no number of rows")
            rows_max = int(number)
        else:
            names.append(word)
    if not names:
        raise _impossible(f"{text!r} names nothing")
    return Effect(kind, " ".join(names), columns, rows_max)  # type: ignore[arg-type]  # judged there


def _columns(text: str) -> tuple[str, ...]:
    found = _COLUMN.findall(text)
    if sum(map(len, found)) + len(found) - 1 != len(text.removesuffix(",")):
        raise _impossible(f"{text!r} is no list of columns")
    return tuple(map(bare_name, found))


def bare_name(written: str) -> str:
    """A name without the double quotes that it may be written in."""
    if written.startswith('"') and written.endswith('"'):
        return written[1:-1].replace('""', '"')
    return written


def _written(column: str) -> str:
    """A column so that it reads as one word of an effect."""
    if _BARE_COLUMN.fullmatch(column):
        return column
    doubled = column.replace('"', '""')
    return f'"{doubled}"'


def _impossible(why: str) -> PermitError:
    return PermitError(
        f"No permit can be made: {why}.",
        next_step="strongroom permit ask 'delete public.TABLE rows=N' --reason WHY",
    )
