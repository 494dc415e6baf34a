"""Rules about partitions."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child


@rule(
    "attach-partition-scans",
    "danger",
    on=("AT_AttachPartition",),
    why="Attaching a table reads all of it to see whether its rows belong there, while it is "
    "locked; and the default partition with it.",
    instead="Add a CHECK with the partition's bounds NOT VALID, VALIDATE it, then attach: nothing "
    "is read any more.",
)
def attach_partition_scans(subject: Subject) -> Iterator[Hit]:
    """ATTACH PARTITION of a table with rows, where the script adds no check to it."""
    partition = child(getattr(subject.node, "def"))
    if partition is None:
        return
    label = subject.world.label(partition.name)
    world = subject.world
    checked = world.mentions("constraint of", label) or label in world.validated_tables
    if not world.is_calm(label) and not checked:
        yield Hit(label)


@rule(
    "drop-inheritance",
    "danger",
    on=("AT_DropInherit",),
    why="The table's rows are gone from every query on its parent at once, as if they had been "
    "deleted.",
    instead="Deploy code that no longer asks the parent for them first.",
)
def drop_inheritance(subject: Subject) -> Iterator[Hit]:
    """NO INHERIT of a table that this script did not make."""
    if not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "detach-partition-not-concurrent",
    "danger",
    on=("AT_DetachPartition",),
    why="DETACH waits for every query on the whole partitioned table, and everybody else waits "
    "behind it.",
    instead="DETACH PARTITION … CONCURRENTLY, outside a transaction (PostgreSQL 14 and later).",
)
def detach_partition_not_concurrent(subject: Subject) -> Iterator[Hit]:
    """DETACH PARTITION without CONCURRENTLY."""
    partition = child(getattr(subject.node, "def"))
    blocking = partition is not None and not partition.concurrent
    if blocking and not subject.world.is_new(subject.table):
        yield Hit(subject.table)
