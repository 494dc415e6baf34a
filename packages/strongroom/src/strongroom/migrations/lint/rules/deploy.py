"""Rules about the order of deployment: old code meets the new schema, if only for a minute."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import name_parts
from strongroom.sql.grammar import ObjectType

_VIEWS = {ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW}
_FUNCTIONS = {
    ObjectType.OBJECT_FUNCTION,
    ObjectType.OBJECT_PROCEDURE,
    ObjectType.OBJECT_ROUTINE,
    ObjectType.OBJECT_AGGREGATE,
}
# Names that only people and migrations use.
_INNER_NAMES = {
    ObjectType.OBJECT_INDEX,
    ObjectType.OBJECT_TABCONSTRAINT,
    ObjectType.OBJECT_TRIGGER,
    ObjectType.OBJECT_POLICY,
    ObjectType.OBJECT_RULE,
    ObjectType.OBJECT_DOMCONSTRAINT,
}


@rule(
    "rename-table",
    "danger",
    on=("RenameStmt",),
    why="Code that runs while this is deployed asks for the old name, and fails.",
    instead="Make a view of the old name in the same transaction, or keep the name.",
)
def rename_table(subject: Subject) -> Iterator[Hit]:
    """ALTER TABLE … RENAME TO, unless something of the old name comes in its place."""
    world = subject.world
    if subject.node.rename_type != ObjectType.OBJECT_TABLE or world.is_new(subject.table):
        return
    if subject.table in world.likely_made or world.comes_again("relation", subject.table):
        return
    yield Hit(subject.table)


@rule(
    "rename-column",
    "danger",
    on=("RenameStmt",),
    why="Code that runs while this is deployed asks for the old name, and fails.",
    instead="Add a column of the new name, keep both in step, let the code change over, then drop "
    "the old one.",
)
def rename_column(subject: Subject) -> Iterator[Hit]:
    """RENAME COLUMN of a table, view or type."""
    kinds = {ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_ATTRIBUTE}
    added = (subject.table, subject.node.subname) in subject.world.added_columns
    ours = added or subject.world.is_new(subject.table)
    if subject.node.rename_type in kinds and not ours:
        yield Hit(subject.table)


@rule(
    "rename-other",
    "danger",
    on=("RenameStmt",),
    why="Code that runs while this is deployed asks for the old name, and fails.",
    instead="Make the new one beside the old, let the code change over, then drop the old one.",
)
def rename_other(subject: Subject) -> Iterator[Hit]:
    """Renaming a view, schema, type, function, sequence, role or database."""
    kind = subject.node.rename_type
    handled = {
        ObjectType.OBJECT_TABLE,
        ObjectType.OBJECT_COLUMN,
        ObjectType.OBJECT_ATTRIBUTE,
        *_INNER_NAMES,
    }
    if kind not in handled and not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "rename-enum-value",
    "danger",
    on=("AlterEnumStmt",),
    why="Code that runs while this is deployed still reads and writes the old value, and fails.",
    instead="Add the new value, let the code write it, and convert the old rows in batches.",
)
def rename_enum_value(subject: Subject) -> Iterator[Hit]:
    """ALTER TYPE … RENAME VALUE."""
    if subject.node.old_val:
        yield Hit(None)


@rule(
    "set-schema",
    "danger",
    on=("AlterObjectSchemaStmt",),
    why="Code that runs while this is deployed looks in the old schema, and fails.",
    instead="Leave a view in the old schema, in the same transaction.",
)
def set_schema(subject: Subject) -> Iterator[Hit]:
    """SET SCHEMA of a table, view, type or function."""
    world = subject.world
    if subject.node.object_type == ObjectType.OBJECT_EXTENSION or world.is_new(subject.table):
        return
    if not world.comes_again("relation", subject.table):
        yield Hit(subject.table)


@rule(
    "drop-view",
    "danger",
    on=("DropStmt",),
    why="Code, reports and other views that read this view fail at once; what a materialised view "
    "held must be computed again.",
    instead="CREATE OR REPLACE VIEW changes one in place; drop it after nobody reads it any more.",
)
def drop_view(subject: Subject) -> Iterator[Hit]:
    """DROP VIEW, DROP MATERIALIZED VIEW, unless the script makes it anew."""
    if subject.node.remove_type in _VIEWS:
        for label in subject.world.labels_of(subject.node.objects):
            known = label in subject.world.views or subject.world.is_new(label)
            if not known and not subject.world.comes_again("relation", label):
                yield Hit(label)


@rule(
    "drop-function",
    "caution",
    on=("DropStmt",),
    why="Code, triggers, defaults and views that call the function fail.",
    instead="CREATE OR REPLACE FUNCTION changes one in place; drop it after nobody calls it.",
)
def drop_function(subject: Subject) -> Iterator[Hit]:
    """DROP FUNCTION, PROCEDURE or AGGREGATE, unless the script makes it anew."""
    if subject.node.remove_type in _FUNCTIONS:
        for one in subject.node.objects:
            label = subject.world.label_of_parts(name_parts(one))
            if not subject.world.comes_again("function", label):
                yield Hit(label)


@rule(
    "drop-default",
    "caution",
    on=("AT_ColumnDefault", "AT_DropIdentity", "AT_DropExpression"),
    why="Code that leaves the column out of its INSERT now writes NULL, or fails.",
    instead="Let the code name the column first.",
)
def drop_default(subject: Subject) -> Iterator[Hit]:
    """DROP DEFAULT, DROP IDENTITY, DROP EXPRESSION."""
    if subject.world.is_new(subject.table):
        return
    known = (subject.table, subject.node.name) in subject.world.added_columns
    if not known and not subject.node.HasField("def"):
        facts = subject.context.facts(subject.table or "")
        column = facts.columns.get(subject.node.name) if facts is not None else None
        required = column is not None and column.not_null
        yield Hit(subject.table, severity="danger" if required else None)


@rule(
    "drop-not-null",
    "caution",
    on=("AT_DropNotNull",),
    why="Code that has never met a NULL in this column may now.",
    instead="Let the code cope with NULL first.",
)
def drop_not_null(subject: Subject) -> Iterator[Hit]:
    """DROP NOT NULL."""
    if not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "replica-identity",
    "caution",
    on=("AT_ReplicaIdentity",),
    why="Logical subscribers find the rows to change by it: with NOTHING, every UPDATE and DELETE "
    "of a published table fails; FULL reads the whole table for each.",
    instead="Keep the primary key, or name a unique index of NOT NULL columns.",
)
def replica_identity(subject: Subject) -> Iterator[Hit]:
    """REPLICA IDENTITY NOTHING or FULL."""
    if subject.node.HasField("def"):
        identity = getattr(subject.node, "def").replica_identity_stmt.identity_type
        if identity in {"n", "f"}:
            yield Hit(subject.table)
