"""Rules about rows that are deleted or overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule


@rule(
    "delete-without-where",
    "danger",
    on=("DeleteStmt",),
    why="DELETE without a condition removes every row of the table.",
    instead="Name the rows with WHERE, delete in batches, and count them first.",
)
def delete_without_where(subject: Subject) -> Iterator[Hit]:
    """DELETE of all rows."""
    if not subject.world.is_new(subject.table) and not subject.node.HasField("where_clause"):
        yield Hit(subject.table)
