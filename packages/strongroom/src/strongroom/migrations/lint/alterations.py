"""Carry what a command of ALTER TABLE does over into what is known for the next ones."""

from __future__ import annotations

from typing import Any

from strongroom.migrations.lint.world import World
from strongroom.sql import child
from strongroom.sql.grammar import AlterTableType, ConstrType


def follow_command(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    """Move the world past one command."""
    step = _STEPS.get(AlterTableType.Name(command.subtype))
    if step is not None:
        step(world, table, command)


def _definition(command: Any) -> Any:  # noqa: ANN401  what a command defines
    return child(getattr(command, "def"))


def _add_column(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    if not command.missing_ok:
        world.added_columns.add((table, _definition(command).colname))


def _drop_column(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    world.added_columns.discard((table, command.name))


def _attach(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    _take_in(world, table, world.label(_definition(command).name))


def _inherit(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    _take_in(world, world.label(_definition(command)), table)


def _add_constraint(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    _remember_constraint(world, table, _definition(command))


def _set_not_null(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    del command
    world.not_null_set.add(table)


def _validate(world: World, table: str, command: Any) -> None:  # noqa: ANN401
    _validated(world, table, command.name)


_STEPS = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AttachPartition": _attach,
    "AT_AddInherit": _inherit,
    "AT_AddConstraint": _add_constraint,
    "AT_SetNotNull": _set_not_null,
    "AT_ValidateConstraint": _validate,
}


def _take_in(world: World, parent: str, child_table: str) -> None:
    """What is dropped or emptied through the parent is the child's, and may not be ours."""
    if not world.is_new(child_table):
        world.forget_tables(parent)


def locks_out(node: Any) -> bool:  # noqa: ANN401  an AlterTableStmt
    """Whether an ALTER TABLE takes the lock that waits for every reader, and stops every other."""
    return any(
        AlterTableType.Name(one.alter_table_cmd.subtype) not in _LIGHT_COMMANDS
        and not _is_light_constraint(one.alter_table_cmd)
        for one in node.cmds
    )


def _is_light_constraint(command: Any) -> bool:  # noqa: ANN401  an AlterTableCmd
    """A foreign key stops writers only."""
    definition = child(getattr(command, "def"))
    return (
        definition is not None
        and type(definition).__name__ == "Constraint"
        and ConstrType.Name(definition.contype) == "CONSTR_FOREIGN"
    )


_LIGHT_COMMANDS = frozenset(
    {
        "AT_ValidateConstraint",
        "AT_SetStatistics",
        "AT_SetRelOptions",
        "AT_ResetRelOptions",
        "AT_SetOptions",
        "AT_ResetOptions",
        "AT_ClusterOn",
        "AT_DropCluster",
        "AT_AttachPartition",
        "AT_EnableTrig",
        "AT_DisableTrig",
        "AT_EnableTrigAll",
        "AT_EnableTrigUser",
        "AT_DisableTrigAll",
        "AT_DisableTrigUser",
    }
)


def _validated(world: World, table: str, constraint: str) -> None:
    world.validated_tables.add(table)
    column = world.pending_checks.get((table, constraint))
    if column is not None:
        world.checked_not_null.add((table, column))


def _remember_constraint(world: World, table: str, constraint: Any) -> None:  # noqa: ANN401
    if constraint.skip_validation:
        world.unvalidated_here.add((table, constraint.conname))
    column = not_null_column(constraint)
    if column is None:
        return
    if constraint.skip_validation:
        world.pending_checks[table, constraint.conname] = column
    else:
        world.checked_not_null.add((table, column))


def not_null_column(constraint: Any) -> str | None:  # noqa: ANN401  a Constraint
    """The column of ``CHECK (column IS NOT NULL)``, which spares SET NOT NULL its scan."""
    if not constraint.HasField("raw_expr"):
        return None
    test = child(constraint.raw_expr)
    if type(test).__name__ != "NullTest" or test is None or test.nulltesttype != _IS_NOT_NULL:
        return None
    reference = child(test.arg)
    if reference is None or type(reference).__name__ != "ColumnRef":
        return None
    return str(reference.fields[-1].string.sval)


_IS_NOT_NULL = 2  # NullTestType.IS_NOT_NULL
