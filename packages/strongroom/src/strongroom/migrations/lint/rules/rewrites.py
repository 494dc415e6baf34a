"""Rules about statements that write a whole table again."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child, text_of

_INSTEAD = "pg_repack does it while the table is in use; or choose a maintenance window."


@rule(
    "vacuum-full",
    "danger",
    on=("VacuumStmt",),
    why="VACUUM FULL writes the table again while nobody can read or write it.",
    instead=f"Plain VACUUM reuses the space. {_INSTEAD}",
)
def vacuum_full(subject: Subject) -> Iterator[Hit]:
    """VACUUM FULL."""
    full = any(
        one.def_elem.defname == "full" and text_of(one.def_elem.arg) not in {"false", "off", "0"}
        for one in subject.node.options
    )
    if full:
        tables = [child(one) for one in subject.node.rels]
        labels = [subject.world.label(one.relation) for one in tables if one is not None]
        yield from (Hit(label) for label in labels if not subject.world.is_calm(label))
        if not labels:
            yield Hit(None)


@rule(
    "cluster",
    "danger",
    on=("ClusterStmt",),
    why="CLUSTER writes the table again in the index's order while nobody can read or write it.",
    instead=_INSTEAD,
)
def cluster(subject: Subject) -> Iterator[Hit]:
    """CLUSTER."""
    if not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "move-table",
    "danger",
    on=("AT_SetTableSpace", "AT_SetAccessMethod", "AT_SetLogged", "AlterTableMoveAllStmt"),
    why="Another tablespace, access method or SET LOGGED writes the whole table again while nobody "
    "can read or write it.",
    instead=_INSTEAD,
)
def move_table(subject: Subject) -> Iterator[Hit]:
    """SET TABLESPACE, SET ACCESS METHOD, SET LOGGED."""
    if not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "refresh-not-concurrent",
    "danger",
    on=("RefreshMatViewStmt",),
    why="REFRESH stops everybody who reads the view until its query is done; WITH NO DATA leaves "
    "it unreadable.",
    instead="REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on the view.",
)
def refresh_not_concurrent(subject: Subject) -> Iterator[Hit]:
    """REFRESH MATERIALIZED VIEW without CONCURRENTLY, of a view that others read."""
    if not subject.node.concurrent and not subject.world.is_calm(subject.table):
        yield Hit(subject.table)
