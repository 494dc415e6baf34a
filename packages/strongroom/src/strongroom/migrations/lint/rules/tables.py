"""Rules about tables, columns, schemas and databases that go away with what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child, name_parts
from strongroom.sql.grammar import ObjectType

_TABLES = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_FOREIGN_TABLE}


@rule(
    "drop-table",
    "danger",
    on=("DropStmt",),
    why="Dropping a table loses all its rows, and code that still reads it fails at once.",
    instead="Deploy code that no longer uses the table, keep it renamed for a while, "
    "and drop it behind a proven backup with a permit.",
)
def drop_table(subject: Subject) -> Iterator[Hit]:
    """DROP TABLE of anything that this script did not make."""
    if subject.node.remove_type in _TABLES:
        for label in subject.world.labels_of(subject.node.objects):
            if not subject.world.is_new(label):
                yield Hit(label)


@rule(
    "drop-column",
    "danger",
    on=("AT_DropColumn",),
    why="Dropping a column loses its values in every row, and code that still reads it fails.",
    instead="Deploy code that no longer uses the column first; then drop it behind a proven "
    "backup with a permit.",
)
def drop_column(subject: Subject) -> Iterator[Hit]:
    """ALTER TABLE … DROP COLUMN, unless the script added that column itself."""
    known = (subject.table, subject.node.name) in subject.world.added_columns
    if not known and not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "drop-schema",
    "danger",
    on=("DropStmt",),
    why="Dropping a schema takes every table in it along, also those that others put there.",
    instead="Drop the objects by name, so that what is lost can be read; then the empty schema.",
)
def drop_schema(subject: Subject) -> Iterator[Hit]:
    """DROP SCHEMA, with or without CASCADE."""
    if subject.node.remove_type == ObjectType.OBJECT_SCHEMA:
        for one in subject.node.objects:
            yield Hit(".".join(name_parts(one)))


@rule(
    "drop-database",
    "danger",
    on=("DropdbStmt", "DropTableSpaceStmt"),
    why="Dropping a database or a tablespace loses everything in it; no transaction brings it "
    "back.",
    instead="Keep the database under another name until nobody misses it, and drop it by "
    "strongroom permit.",
)
def drop_database(subject: Subject) -> Iterator[Hit]:
    """DROP DATABASE, DROP TABLESPACE."""
    yield Hit(getattr(subject.node, "dbname", "") or subject.node.tablespacename)


@rule(
    "drop-owned",
    "danger",
    on=("DropOwnedStmt",),
    why="DROP OWNED removes every object of a role: tables, their rows, and rights elsewhere.",
    instead="REASSIGN OWNED to another role, and drop by name what is really to go.",
)
def drop_owned(subject: Subject) -> Iterator[Hit]:
    """DROP OWNED BY."""
    del subject
    yield Hit(None)


@rule(
    "drop-sequence",
    "danger",
    on=("DropStmt",),
    why="A dropped sequence forgets how far it had counted; inserts that use it fail, and a new "
    "one gives numbers out again.",
    instead="Keep the sequence; where a column must let go of it, alter the column's default.",
)
def drop_sequence(subject: Subject) -> Iterator[Hit]:
    """DROP SEQUENCE."""
    if subject.node.remove_type == ObjectType.OBJECT_SEQUENCE:
        for label in subject.world.labels_of(subject.node.objects):
            if not subject.world.is_new(label):
                yield Hit(label)


@rule(
    "truncate",
    "danger",
    on=("TruncateStmt",),
    why="TRUNCATE removes all rows at once, without a trigger for each, and waits for nobody.",
    instead="Delete the rows that are meant, in batches, behind a proven backup with a permit.",
)
def truncate(subject: Subject) -> Iterator[Hit]:
    """TRUNCATE of anything that this script did not make."""
    for wrapped in subject.node.relations:
        label = subject.world.label(child(wrapped))
        if not subject.world.is_new(label):
            yield Hit(label)


@rule(
    "set-unlogged",
    "danger",
    on=("AT_SetUnLogged", "CreateStmt"),
    why="An unlogged table is emptied by the next crash, and no standby or physical backup "
    "has its rows.",
    instead="Keep the table logged; for quick loads use COPY into a new table in one transaction.",
)
def set_unlogged(subject: Subject) -> Iterator[Hit]:
    """ALTER TABLE … SET UNLOGGED; a new unlogged table is worth a thought."""
    if subject.kind == "CreateStmt":
        if subject.node.relation.relpersistence == "u":
            yield Hit(subject.table, severity="caution")
    elif not subject.world.is_new(subject.table):
        yield Hit(subject.table)
