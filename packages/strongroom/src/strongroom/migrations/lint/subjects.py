"""Take a statement apart into the things that rules judge."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from strongroom.migrations.lint.rule import Subject
from strongroom.migrations.lint.world import World
from strongroom.sql import Statement, child, walk
from strongroom.sql.blocks import OpaqueError, statements_of_block
from strongroom.sql.grammar import AlterTableType, ConstrType

UNPARSED = "unparsed"
# Statements in whose depths rows can be changed: CTEs, EXPLAIN ANALYZE, PREPARE, CREATE TABLE AS.
_HOLDERS = frozenset(
    {
        "CopyStmt",
        "CreateTableAsStmt",
        "DeclareCursorStmt",
        "DeleteStmt",
        "ExplainStmt",
        "InsertStmt",
        "MergeStmt",
        "PrepareStmt",
        "SelectStmt",
        "UpdateStmt",
    }
)
ROW_CHANGES = ("UpdateStmt", "DeleteStmt", "MergeStmt", "InsertStmt")


def subjects_of(statement: Statement, world: World) -> Iterator[Subject]:
    """The statement itself, then the commands, constraints and row changes within it."""
    node = statement.node
    if node is None:
        yield Subject(UNPARSED, None, statement, None, world, world.context)
        return
    if statement.kind == "DoStmt":
        with contextlib.suppress(OpaqueError):
            for tree in statements_of_block(node):
                yield from subjects_of(replace(statement, node=tree), world)
            return
    yield Subject(statement.kind, node, statement, _table_of(node, world), world, world.context)
    if statement.kind == "AlterTableStmt":
        yield from _commands(statement, world)
    elif statement.kind in _HOLDERS:
        yield from _row_changes(statement, world)


def _commands(statement: Statement, world: World) -> Iterator[Subject]:
    node: Any = statement.node
    table = world.label(node.relation)
    for wrapped in node.cmds:
        command = child(wrapped)
        if command is None:
            continue
        kind = AlterTableType.Name(command.subtype)
        yield Subject(kind, command, statement, table, world, world.context)
        definition = _definition(command)
        if definition is None:
            continue
        if type(definition).__name__ == "Constraint":
            yield _constraint(definition, statement, table, world, None)
        elif kind == "AT_AddColumn":
            for one in definition.constraints:
                yield _constraint(child(one), statement, table, world, definition)


def _definition(command: Any) -> Any | None:  # noqa: ANN401  what the command defines
    """``def`` is a word of Python's, so that it cannot be read as an attribute."""
    return child(getattr(command, "def"))


def _constraint(
    constraint: Any,  # noqa: ANN401  a Constraint
    statement: Statement,
    table: str,
    world: World,
    column: Any | None,  # noqa: ANN401  a ColumnDef
) -> Subject:
    kind = ConstrType.Name(constraint.contype)
    return Subject(kind, constraint, statement, table, world, world.context, column)


def _row_changes(statement: Statement, world: World) -> Iterator[Subject]:
    """Row changes below the statement; CTEs hide them."""
    for node in walk(statement.node):
        if node is not statement.node and type(node).__name__ in ROW_CHANGES:
            table = world.label(node.relation)
            yield Subject(type(node).__name__, node, statement, table, world, world.context)


def _table_of(node: Any, world: World) -> str | None:  # noqa: ANN401  any kind of statement
    relation = getattr(node, "relation", None)
    if relation is None or not getattr(relation, "relname", ""):
        return None
    return world.label(relation)
