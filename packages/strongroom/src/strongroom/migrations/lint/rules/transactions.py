"""Rules about locks that are held, and about what cannot be in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.migrations.lint.alterations import locks_out
from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child
from strongroom.sql.grammar import TransactionStmtKind

_SHARE_LOCK = 5
_ENUM_IN_TRANSACTION_SINCE = 12
_NO_TRANSACTION = ("VacuumStmt", "CreatedbStmt", "DropdbStmt", "AlterSystemStmt")


@rule(
    "concurrent-in-transaction",
    "danger",
    on=("IndexStmt", "DropStmt", "ReindexStmt", "AT_DetachPartition", *_NO_TRANSACTION),
    why="This cannot run inside a transaction: the migration fails here.",
    instead="Put it into a migration of its own without a transaction. In Alembic: with "
    "op.get_context().autocommit_block().",
)
def concurrent_in_transaction(subject: Subject) -> Iterator[Hit]:
    """CONCURRENTLY, VACUUM, CREATE DATABASE and the like inside a transaction."""
    if not subject.world.in_transaction:
        return
    if subject.kind in _NO_TRANSACTION:
        alone = subject.kind == "VacuumStmt" and not subject.node.is_vacuumcmd
        if not alone:
            yield Hit(subject.table)
    elif _is_concurrent(subject):
        yield Hit(subject.table)


def _is_concurrent(subject: Subject) -> bool:
    if subject.kind == "ReindexStmt":
        return "concurrently" in {one.def_elem.defname for one in subject.node.params}
    if subject.kind == "AT_DetachPartition":
        partition = child(getattr(subject.node, "def"))
        return partition is not None and bool(partition.concurrent)
    return bool(subject.node.concurrent)


@rule(
    "lock-held-while-working",
    "danger",
    on=(
        *("UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt"),
        *("AT_ValidateConstraint", "IndexStmt", "CreateTableAsStmt"),
    ),
    why="The transaction already holds a lock that keeps everybody from a table, and holds it "
    "until this slow step is done.",
    instead="Commit after changing the table; do the slow step in a transaction of its own.",
)
def lock_held_while_working(subject: Subject) -> Iterator[Hit]:
    """Rows changed, or a table scanned, after ALTER TABLE in the same transaction."""
    world = subject.world
    if not world.in_transaction or not world.locked_here or world.is_calm(subject.table):
        return
    if subject.kind == "InsertStmt" and not _copies(subject.node):
        return
    if subject.kind == "CreateTableAsStmt" or subject.table in world.locked_here:
        yield Hit(world.locked_here[0])


def _copies(node: Any) -> bool:  # noqa: ANN401  an InsertStmt
    query = child(node.select_stmt) if node.HasField("select_stmt") else None
    return query is not None and bool(query.from_clause)


@rule(
    "validate-in-same-transaction",
    "danger",
    on=("AT_ValidateConstraint",),
    why="NOT VALID keeps the lock short, but the transaction holds it through the validation, so "
    "nothing is won.",
    instead="Commit after ADD CONSTRAINT … NOT VALID; VALIDATE CONSTRAINT in the next migration.",
)
def validate_in_same_transaction(subject: Subject) -> Iterator[Hit]:
    """VALIDATE CONSTRAINT in the transaction that added it."""
    world = subject.world
    added = (subject.table or "", subject.node.name) in world.unvalidated_here
    if world.in_transaction and added and not world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "several-tables-locked",
    "caution",
    on=("AlterTableStmt",),
    why="The transaction holds locks on several tables at once; two sessions that take them in "
    "another order wait for each other, and one fails.",
    instead="Change one table in each transaction.",
)
def several_tables_locked(subject: Subject) -> Iterator[Hit]:
    """The first ALTER TABLE of another table in the same transaction."""
    world, table = subject.world, subject.table
    locking = locks_out(subject.node) and not world.is_calm(table)
    second = len(world.locked_here) == 1 and table not in world.locked_here
    if world.in_transaction and locking and second:
        yield Hit(table)


@rule(
    "lock-timeout-missing",
    "caution",
    on=("AlterTableStmt", "RenameStmt"),
    why="The lock waits behind the longest query, and every later query waits behind the lock.",
    instead="SET lock_timeout = '5s' before it, and try again when it runs out; strongroom migrate "
    "does both.",
)
def lock_timeout_missing(subject: Subject) -> Iterator[Hit]:
    """The first lock on a table in use without a lock_timeout."""
    world = subject.world
    if world.lock_timeout or world.locks_told or subject.table is None:
        return
    if world.is_calm(subject.table):
        return
    if subject.kind == "RenameStmt" or locks_out(subject.node):
        world.locks_told = True
        yield Hit(subject.table)


@rule(
    "lock-table",
    "danger",
    on=("LockStmt",),
    why="LOCK TABLE keeps everybody from writing, or from reading, until the transaction ends.",
    instead="Let statements take the locks they need; where order matters, use an advisory lock.",
)
def lock_table(subject: Subject) -> Iterator[Hit]:
    """LOCK TABLE in SHARE mode or stronger."""
    if subject.node.mode >= _SHARE_LOCK:
        for wrapped in subject.node.relations:
            label = subject.world.label(child(wrapped))
            if not subject.world.is_calm(label):
                yield Hit(label)


@rule(
    "enum-value-in-transaction",
    "danger",
    on=("AlterEnumStmt",),
    why="Before PostgreSQL 12 a new enum value cannot be added inside a transaction.",
    instead="Put it into a migration of its own without a transaction.",
)
def enum_value_in_transaction(subject: Subject) -> Iterator[Hit]:
    """ALTER TYPE … ADD VALUE inside a transaction, on an old server."""
    old = subject.context.server_major < _ENUM_IN_TRANSACTION_SINCE
    if old and subject.world.in_transaction and not subject.node.old_val:
        yield Hit(None)


@rule(
    "enum-value-used-too-early",
    "danger",
    on=(
        *("UpdateStmt", "InsertStmt", "DeleteStmt", "SelectStmt", "AlterTableStmt", "IndexStmt"),
        *("CreateStmt", "ViewStmt"),
    ),
    why="A new enum value cannot be used in the transaction that added it: the migration fails "
    "here.",
    instead="Commit after ALTER TYPE … ADD VALUE, and use the value in the next migration.",
)
def enum_value_used_too_early(subject: Subject) -> Iterator[Hit]:
    """A literal that equals an enum value added in the same transaction."""
    world = subject.world
    text = subject.statement.text
    used = any(f"'{value}'" in text for value in world.enum_values_here)
    if used and world.in_transaction and subject.kind == subject.statement.kind:
        yield Hit(subject.table)


@rule(
    "transaction-control",
    "caution",
    on=("TransactionStmt",),
    why="The migration already runs in a transaction: COMMIT or ROLLBACK here ends it half way, "
    "and what follows can no longer be taken back.",
    instead="Leave BEGIN and COMMIT to the tool, or run the file without its transaction.",
)
def transaction_control(subject: Subject) -> Iterator[Hit]:
    """COMMIT or ROLLBACK inside a transaction that somebody else began."""
    kind = TransactionStmtKind.Name(subject.node.kind)
    ends = kind in {"TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"}
    if ends and subject.context.in_transaction and not subject.world.explicit_transaction:
        yield Hit(None)
