"""Carry what a statement does over into what is known for the next ones."""

from __future__ import annotations

from typing import Any

from strongroom.migrations.lint.alterations import follow_command, locks_out
from strongroom.migrations.lint.world import TEMPORARY, World
from strongroom.sql import Statement, child, label_of, strings, text_of, walk
from strongroom.sql.grammar import (
    ObjectType,
    OnCommitAction,
    TransactionStmtKind,
)


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
        at_commit = into.on_commit if into is not None else node.oncommit
        _make_temporary(world, relation.relname, until_commit=at_commit == _ON_COMMIT_DROP)
        return
    label = world.label(relation)
    if world.exists(label):
        return  # it fails, or IF NOT EXISTS leaves the rows alone
    unsure = node.if_not_exists and world.context.tables is None
    (world.likely_made if unsure else world.made).add(label)


_ON_COMMIT_DROP = OnCommitAction.ONCOMMIT_DROP


def _make_temporary(world: World, name: str, *, until_commit: bool) -> None:
    """A temporary table hides a permanent one until it is gone."""
    if until_commit and not world.in_transaction:
        return
    label = label_of(TEMPORARY, name)
    world.temporary.add(label)
    if until_commit:
        world.until_commit.add(label)


def _select(world: World, statement: Statement) -> None:
    """``SELECT … INTO`` makes a table, and ``set_config`` can change the search path."""
    node: Any = statement.node
    if node.HasField("into_clause"):
        relation = node.into_clause.rel
        if relation.relpersistence == "t":
            _make_temporary(world, relation.relname, until_commit=False)
        else:
            label = world.label(relation)
            if not world.exists(label):
                world.made.add(label)
    for call in walk(node):
        if type(call).__name__ == "FuncCall" and strings(call.funcname)[-1] == "set_config":
            name, value, *_ = [*(text_of(one) for one in call.args), "", ""]
            if name == "search_path":
                first = value.split(",", maxsplit=1)[0].strip(' "') or "?"
                world.set_search_path(first, local=False)


def _view(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if not node.replace:
        world.views.add(world.label(node.view))


def _drop(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.remove_type == ObjectType.OBJECT_TABLE:
        world.forget_tables(*world.labels_of(node.objects))
        world.gone.update(world.labels_of(node.objects))


def _discard(world: World, statement: Statement) -> None:
    del statement
    world.temporary.clear()


def _move(world: World, statement: Statement) -> None:
    """SET SCHEMA: neither the old name nor the new one is sure to be ours any more."""
    node: Any = statement.node
    if node.HasField("relation"):
        world.gone.add(world.label(node.relation))
        world.forget_tables(
            world.label(node.relation), label_of(node.newschema, node.relation.relname)
        )


def _rename(world: World, statement: Statement) -> None:
    """A table or column takes what is known about it along to its new name."""
    node: Any = statement.node
    if node.rename_type == ObjectType.OBJECT_SCHEMA:
        world.made.clear()
        world.likely_made.clear()
    elif node.rename_type == ObjectType.OBJECT_COLUMN:
        table = world.label(node.relation)
        ours = (table, node.subname) in world.added_columns
        world.added_columns -= {(table, node.subname), (table, node.newname)}
        world.added_columns |= {(table, node.newname)} if ours else set()
    if node.rename_type != ObjectType.OBJECT_TABLE:
        return
    old = world.label(node.relation)
    new = label_of(node.relation.schemaname or world.default_schema, node.newname)
    world.gone.add(old)
    world.gone.discard(new)
    for known in (world.made, world.likely_made):
        known.discard(new)
        if old in known:
            known.discard(old)
            known.add(new)


def _alter(world: World, statement: Statement) -> None:
    node: Any = statement.node
    table = world.label(node.relation)
    for wrapped in node.cmds:
        follow_command(world, table, child(wrapped))
    if not world.is_calm(table) and table not in world.locked_here and locks_out(node):
        world.locked_here.append(table)


def _set(world: World, statement: Statement) -> None:
    node: Any = statement.node
    if node.name == "search_path" or not node.name:  # RESET ALL has no name
        first = text_of(node.args[0]) if node.args else ""
        world.set_search_path(first, local=node.is_local)
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
    "DiscardStmt": _discard,
    "AlterObjectSchemaStmt": _move,
    "RenameStmt": _rename,
    "AlterTableStmt": _alter,
    "VariableSetStmt": _set,
    "AlterEnumStmt": _enum,
    "IndexStmt": _index,
}
