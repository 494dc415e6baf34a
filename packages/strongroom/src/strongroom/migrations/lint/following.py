"""Carry what a statement does over into what is known for the next ones."""

from __future__ import annotations

from typing import Any

from postgast.pg_query_pb2 import AlterTableType, ConstrType, ObjectType, TransactionStmtKind

from strongroom.migrations.lint.world import TEMPORARY, World
from strongroom.sql import Statement, child, label_of, text_of


def follow(world: World, statement: Statement) -> None:
    """Move the world past a statement."""
    step = _STEPS.get(statement.kind)
    if step is not None:
        step(world, statement)


def _transaction(world: World, statement: Statement) -> None:
    node: Any = statement.node
    kind = TransactionStmtKind.Name(node.kind)
    if kind in {"TRANS_STMT_BEGIN", "TRANS_STMT_START"}:
        world.end_transaction()
        world.explicit_transaction = True
    elif kind in {"TRANS_STMT_ROLLBACK", "TRANS_STMT_ROLLBACK_TO"}:
        inside = world.explicit_transaction and kind == "TRANS_STMT_ROLLBACK_TO"
        world.forget_new()
        world.explicit_transaction = inside
    elif kind in {"TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE"}:
        world.end_transaction()


def _create(world: World, statement: Statement) -> None:
    node: Any = statement.node
    into = node.into if statement.kind == "CreateTableAsStmt" else None
    relation = into.rel if into is not None else node.relation
    if relation.relpersistence == "t":
        world.temporary.add(label_of(TEMPORARY, relation.relname))
        return
    label = world.label(relation)
    exists = world.context.facts(label) is not None
    unsure = node.if_not_exists and (world.context.tables is None or exists)
    if not exists or not node.if_not_exists:
        (world.likely_made if unsure else world.made).add(label)


def _select(world: World, statement: Statement) -> None:
    """``SELECT … INTO`` makes a table."""
    node: Any = statement.node
    if node.HasField("into_clause"):
        relation = node.into_clause.rel
        if relation.relpersistence == "t":
            world.temporary.add(label_of(TEMPORARY, relation.relname))
        else:
            world.made.add(world.label(relation))


def _view(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if not node.replace:
        world.views.add(world.label(node.view))


def _drop(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.remove_type == ObjectType.OBJECT_TABLE:
        for label in world.labels_of(node.objects):
            for known in (world.made, world.likely_made, world.temporary):
                known.discard(label)


def _rename(world: World, statement: Statement) -> None:
    """A table takes what is known about it along to its new name."""
    node: Any = statement.node
    if node.rename_type != ObjectType.OBJECT_TABLE:
        return
    old = world.label(node.relation)
    new = label_of(node.relation.schemaname or world.default_schema, node.newname)
    for known in (world.made, world.likely_made):
        known.discard(new)
        if old in known:
            known.discard(old)
            known.add(new)


def _alter(world: World, statement: Statement) -> None:
    node: Any = statement.node
    table = world.label(node.relation)
    for wrapped in node.cmds:
        command = child(wrapped)
        if command is None:
            continue
        kind = AlterTableType.Name(command.subtype)
        definition = child(getattr(command, "def"))
        if kind == "AT_AddColumn" and not command.missing_ok and definition is not None:
            world.added_columns.add((table, definition.colname))
        elif kind == "AT_AddConstraint" and definition is not None:
            _remember_constraint(world, table, definition)
        elif kind == "AT_SetNotNull":
            world.not_null_set.add(table)
        elif kind == "AT_ValidateConstraint":
            _validated(world, table, command.name)
    if not world.is_calm(table) and table not in world.locked_here and locks_out(node):
        world.locked_here.append(table)


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


def _set(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.name == "search_path":
        world.set_search_path(statement)
    elif node.name == "lock_timeout":
        world.lock_timeout = bool(node.args) and text_of(node.args[0]) not in {"", "0", "0s"}


def _enum(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.new_val and not node.old_val:
        world.enum_values_here.add(node.new_val)


def _index(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.idxname:
        schema = node.relation.schemaname or world.default_schema
        world.indexes.add(label_of(schema, node.idxname))


_STEPS = {
    "TransactionStmt": _transaction,
    "CreateStmt": _create,
    "CreateTableAsStmt": _create,
    "SelectStmt": _select,
    "ViewStmt": _view,
    "DropStmt": _drop,
    "RenameStmt": _rename,
    "AlterTableStmt": _alter,
    "VariableSetStmt": _set,
    "AlterEnumStmt": _enum,
    "IndexStmt": _index,
}
