"""Rules about indexes: building or dropping one stops the table."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import name_parts
from strongroom.sql.grammar import ObjectType


@rule(
    "index-not-concurrent",
    "danger",
    on=("IndexStmt",),
    why="CREATE INDEX stops every write to the table until it is built.",
    instead="CREATE INDEX CONCURRENTLY, outside a transaction. In Alembic: autocommit_block() and "
    "postgresql_concurrently=True.",
)
def index_not_concurrent(subject: Subject) -> Iterator[Hit]:
    """CREATE INDEX on a table that others use; ON ONLY a partitioned parent builds nothing."""
    node = subject.node
    if not node.concurrent and node.relation.inh and not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "drop-index-not-concurrent",
    "danger",
    on=("DropStmt",),
    why="DROP INDEX waits for every query on the table, and everybody else waits behind it; "
    "queries that used the index become slow.",
    instead="DROP INDEX CONCURRENTLY, outside a transaction, after pg_stat_user_indexes has shown "
    "no scans for a while.",
)
def drop_index_not_concurrent(subject: Subject) -> Iterator[Hit]:
    """DROP INDEX without CONCURRENTLY, of an index that this script did not make."""
    if subject.node.remove_type != ObjectType.OBJECT_INDEX or subject.node.concurrent:
        return
    for one in subject.node.objects:
        if subject.world.label_of_parts(name_parts(one)) not in subject.world.indexes:
            yield Hit(None)


@rule(
    "reindex-not-concurrent",
    "danger",
    on=("ReindexStmt",),
    why="REINDEX stops writes to the table, and reads that would use the index, until it is done.",
    instead="REINDEX … CONCURRENTLY, outside a transaction (PostgreSQL 12 and later).",
)
def reindex_not_concurrent(subject: Subject) -> Iterator[Hit]:
    """REINDEX without CONCURRENTLY."""
    options = {one.def_elem.defname for one in subject.node.params}
    if "concurrently" not in options and not subject.world.is_calm(subject.table):
        yield Hit(subject.table)
