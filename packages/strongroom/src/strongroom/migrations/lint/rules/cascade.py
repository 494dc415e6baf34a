"""Rules about what goes away together with something else."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import name_parts
from strongroom.sql.grammar import DropBehavior, ObjectType

_CASCADE = DropBehavior.DROP_CASCADE
_NOT_SCHEMA_BOUND = {ObjectType.OBJECT_SCHEMA, ObjectType.OBJECT_EXTENSION}


@rule(
    "drop-cascade",
    "danger",
    on=("DropStmt", "TruncateStmt", "AT_DropColumn", "AT_DropConstraint"),
    why="CASCADE also removes what depends on it: views, foreign keys, columns of other tables, "
    "or their rows. Nobody who reads the statement sees what.",
    instead="Leave CASCADE out, and remove by name each thing that PostgreSQL then complains "
    "about.",
)
def drop_cascade(subject: Subject) -> Iterator[Hit]:
    """CASCADE behind DROP, TRUNCATE, DROP COLUMN or DROP CONSTRAINT."""
    if subject.node.behavior != _CASCADE:
        return
    if subject.kind != "DropStmt":
        if not subject.world.is_new(subject.table):
            yield Hit(subject.table)
        return
    dotted = [name_parts(one) for one in subject.node.objects]
    if subject.node.remove_type in _NOT_SCHEMA_BOUND:
        yield Hit(".".join(dotted[0]) if dotted else None)
    else:
        labels = [subject.world.label_of_parts(parts) for parts in dotted if parts]
        if not labels or not all(subject.world.is_new(label) for label in labels):
            yield Hit(labels[0] if labels else None)


@rule(
    "drop-extension",
    "danger",
    on=("DropStmt",),
    why="An extension takes its types and functions along; columns of its types go with CASCADE, "
    "and code that calls its functions fails.",
    instead="Move every column and index off the extension first, then drop it without CASCADE.",
)
def drop_extension(subject: Subject) -> Iterator[Hit]:
    """DROP EXTENSION."""
    if subject.node.remove_type == ObjectType.OBJECT_EXTENSION:
        yield Hit(None)


@rule(
    "drop-type",
    "caution",
    on=("DropStmt",),
    why="Code and prepared statements that still name the type fail.",
    instead="Deploy code that no longer names the type first; never with CASCADE.",
)
def drop_type(subject: Subject) -> Iterator[Hit]:
    """DROP TYPE, DROP DOMAIN."""
    if subject.node.remove_type in {ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN}:
        yield Hit(None)


@rule(
    "drop-replication",
    "danger",
    on=("DropSubscriptionStmt", "AlterPublicationStmt", "DropStmt"),
    why="What a publication or subscription no longer carries is missing on the other side, and "
    "nothing there says so.",
    instead="Let the other side stop reading first, and compare both before you drop.",
)
def drop_replication(subject: Subject) -> Iterator[Hit]:
    """DROP SUBSCRIPTION, DROP PUBLICATION, ALTER PUBLICATION … DROP or SET."""
    kind, node = subject.kind, subject.node
    if kind == "DropStmt" and node.remove_type != ObjectType.OBJECT_PUBLICATION:
        return
    if kind == "AlterPublicationStmt" and node.action != _AP_DROP:
        return
    yield Hit(None)


_AP_DROP = 2  # AlterPublicationAction.AP_DropObjects
