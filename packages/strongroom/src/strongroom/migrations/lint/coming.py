"""What a script is going to make: something that is dropped and made anew is not lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from strongroom.migrations.lint.findings import LintContext
from strongroom.migrations.lint.world import Coming, World
from strongroom.sql import Statement, child, label_of, strings
from strongroom.sql.grammar import ObjectType


def coming(statements: Sequence[Statement], context: LintContext) -> Coming:
    """Kind and name of everything that the script makes, with the last statement's position."""
    world = World(context)
    found: Coming = {}
    for position, statement in enumerate(statements):
        if statement.node is not None and statement.kind in _MAKERS:
            for key in _MAKERS[statement.kind](statement.node, world):
                found[key] = position
    return found


def _view(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    yield "relation", world.label(node.view)


def _table(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    yield "relation", world.label(node.relation)


def _table_as(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    yield "relation", world.label(node.into.rel)


def _rename(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if node.rename_type == ObjectType.OBJECT_TABLE:
        schema = node.relation.schemaname or world.default_schema
        yield "relation", label_of(schema, node.newname)
    elif node.rename_type == ObjectType.OBJECT_TABCONSTRAINT:
        yield "constraint", node.newname


def _function(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    yield "function", world.label_of_parts(strings(node.funcname))


def _trigger(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    del world
    yield "trigger", node.trigname


def _rule(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    del world
    yield "rule", node.rulename


def _policy(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    yield "policy", node.policy_name
    yield "policy of", world.label(node.table)


def _index(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if node.idxname:
        yield "index", label_of(node.relation.schemaname or world.default_schema, node.idxname)


def _alter(node: Any, world: World) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for wrapped in node.cmds:
        command: Any = child(wrapped)
        definition = child(getattr(command, "def"))
        if definition is not None and type(definition).__name__ == "Constraint":
            yield "constraint", definition.conname
            yield "constraint of", world.label(node.relation)


_MAKERS = {
    "ViewStmt": _view,
    "CreateStmt": _table,
    "CreateTableAsStmt": _table_as,
    "RenameStmt": _rename,
    "CreateFunctionStmt": _function,
    "CreateTrigStmt": _trigger,
    "CreateEventTrigStmt": _trigger,
    "RuleStmt": _rule,
    "CreatePolicyStmt": _policy,
    "IndexStmt": _index,
    "AlterTableStmt": _alter,
}
