"""What an ALTER COLUMN … TYPE says: of which type the column was, and how values are computed."""

from __future__ import annotations

from typing import Any

from strongroom.migrations.lint.rule import Subject
from strongroom.migrations.lint.types import ColumnType, narrows_values
from strongroom.sql import child


def is_ours(subject: Subject) -> bool:
    """Whether the table or the column was made by this script."""
    world = subject.world
    return world.is_new(subject.table) or (
        (subject.table, subject.node.name) in world.added_columns
    )


def types_of(subject: Subject) -> tuple[ColumnType | None, ColumnType]:
    """The column's type, where it is known, and the one it is to get."""
    definition: Any = child(getattr(subject.node, "def"))
    facts = subject.context.facts(subject.table or "")
    column = facts.columns.get(subject.node.name) if facts is not None else None
    old = ColumnType.of_text(column.type) if column is not None else None
    return old, ColumnType.of_tree(definition.type_name)


def using_of(subject: Subject) -> Any | None:  # noqa: ANN401  an expression
    """What USING computes, where there is one."""
    definition: Any = child(getattr(subject.node, "def"))
    return child(definition.raw_default) if definition.HasField("raw_default") else None


def may_change_values(subject: Subject) -> bool:
    """Whether a value may be another one then: by USING, or where the old type is not smaller."""
    old, new = types_of(subject)
    return using_of(subject) is not None or old is None or narrows_values(old, new)
