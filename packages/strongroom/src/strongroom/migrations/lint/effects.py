"""What in a script can lose data: what a permit must name and a proven backup must precede."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from strongroom.migrations.lint.calls import (
    bare_calls,
    inserts_calls,
    reaching_calls,
    strange_calls,
)
from strongroom.migrations.lint.findings import LintContext
from strongroom.migrations.lint.following import follow
from strongroom.migrations.lint.retyping import may_change_values
from strongroom.migrations.lint.rule import Subject
from strongroom.migrations.lint.subjects import UNPARSED, subjects_of
from strongroom.migrations.lint.world import World
from strongroom.sql import Statement, child, name_parts, parse_script
from strongroom.sql.grammar import ObjectType


class Loss(NamedTuple):
    """One way in which a script can lose data.

    ``kind`` is that of a permit's effect (``drop_table``, ``delete``, …), ``convert`` where a new
    type may also change values, or ``unknown`` where nobody can tell; ``table`` is a label, or the
    name of what is dropped; ``columns`` are those concerned, where only some are.
    """

    kind: str
    table: str | None
    columns: tuple[str, ...] = ()


_GUARDS = {
    ObjectType.OBJECT_TRIGGER,
    ObjectType.OBJECT_EVENT_TRIGGER,
    ObjectType.OBJECT_RULE,
    ObjectType.OBJECT_POLICY,
}
_DROPS = {
    ObjectType.OBJECT_TABLE: "drop_table",
    ObjectType.OBJECT_FOREIGN_TABLE: "drop_table",
    ObjectType.OBJECT_SEQUENCE: "drop_sequence",
}
# What takes columns or tables of other names with it when it goes by CASCADE.
_CARRIERS = {ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN, ObjectType.OBJECT_EXTENSION}
_COMMANDS = {
    "AT_DropColumn": "drop_column",
    "AT_AlterColumnType": "alter_type",
    "AT_SetUnLogged": "set_unlogged",
    "AT_DisableTrig": "disable_guard",
    "AT_DisableTrigAll": "disable_guard",
    "AT_DisableTrigUser": "disable_guard",
    "AT_EnableReplicaTrig": "disable_guard",
    "AT_DisableRule": "disable_guard",
    "AT_DisableRowSecurity": "disable_guard",
}


def effects_of(
    script: str | Sequence[Statement], *, context: LintContext | None = None
) -> tuple[Loss, ...]:
    """Everything in a script that can lose data, in its order, without repetition.

    What the script made itself held nothing before it, and is left out.
    """
    statements = parse_script(script) if isinstance(script, str) else script
    world = World(context or LintContext())
    found: dict[Loss, None] = {}
    for statement in statements:
        for subject in subjects_of(statement, world):
            found.update(dict.fromkeys(_losses(subject)))
        follow(world, statement)
    return tuple(found)


def _losses(subject: Subject) -> Iterator[Loss]:
    known = _BY_KIND.get(subject.kind)
    if known is not None:
        yield from known(subject)
    elif subject.kind in _COMMANDS and not _harmless_command(subject):
        column = (subject.node.name,) if "Col" in subject.kind else ()
        yield Loss(_COMMANDS[subject.kind], subject.table, column)
        if subject.kind == "AT_AlterColumnType" and may_change_values(subject):
            yield Loss("convert", subject.table, column)


def _harmless_command(subject: Subject) -> bool:
    return subject.world.is_new(subject.table) or (
        (subject.table, subject.node.name) in subject.world.added_columns
    )


def _unknown(subject: Subject) -> Iterator[Loss]:
    del subject
    yield Loss("unknown", None)


def _drop(subject: Subject) -> Iterator[Loss]:
    node, world = subject.node, subject.world
    if node.remove_type == ObjectType.OBJECT_SCHEMA:
        for one in node.objects:
            yield Loss("drop_schema", ".".join(name_parts(one)))
    elif node.remove_type in _DROPS:
        for label in world.labels_of(node.objects):
            if not world.is_new(label):
                yield Loss(_DROPS[node.remove_type], label)
    elif node.remove_type in _GUARDS:
        for one in node.objects:
            table = name_parts(one)[:-1]
            yield Loss("disable_guard", world.label_of_parts(table) if table else None)
    elif node.remove_type in _CARRIERS:
        yield Loss("unknown", None)


def _truncate(subject: Subject) -> Iterator[Loss]:
    for wrapped in subject.node.relations:
        label = subject.world.label(child(wrapped))
        if not subject.world.is_new(label):
            yield Loss("truncate", label)


def _delete(subject: Subject) -> Iterator[Loss]:
    yield from _bare_calls(subject)
    if not subject.world.is_new(subject.table):
        yield Loss("delete", subject.table)


def _update(subject: Subject) -> Iterator[Loss]:
    yield from _bare_calls(subject)
    columns = tuple(target.res_target.name for target in subject.node.target_list)
    world, table = subject.world, subject.table
    if world.is_new(table) or all((table, name) in world.added_columns for name in columns):
        return
    yield Loss("update", table, columns)


def _insert(subject: Subject) -> Iterator[Loss]:
    """``ON CONFLICT DO UPDATE`` overwrites what is there; a function may do anything."""
    node: Any = subject.node
    if inserts_calls(node):
        yield Loss("unknown", None)
    if not node.HasField("on_conflict_clause") or subject.world.is_new(subject.table):
        return
    targets = node.on_conflict_clause.target_list
    if targets:
        yield Loss("update", subject.table, tuple(one.res_target.name for one in targets))


def _merge(subject: Subject) -> Iterator[Loss]:
    yield from _bare_calls(subject)
    if subject.world.is_new(subject.table):
        return
    for wrapped in subject.node.merge_when_clauses:
        clause: Any = child(wrapped)
        if clause.command_type == _CMD_DELETE:
            yield Loss("delete", subject.table)
        elif clause.command_type == _CMD_UPDATE:
            columns = tuple(one.res_target.name for one in clause.target_list)
            yield Loss("update", subject.table, columns)


def _bare_calls(subject: Subject) -> Iterator[Loss]:
    if bare_calls(subject.node):
        yield Loss("unknown", None)


_CMD_UPDATE, _CMD_DELETE = 3, 5  # CmdType


def _calling(subject: Subject) -> Iterator[Loss]:
    if strange_calls(subject.node) or reaching_calls(subject.node):
        yield Loss("unknown", None)


def _copy(subject: Subject) -> Iterator[Loss]:
    if subject.node.is_program:
        yield Loss("unknown", None)


def _setting(subject: Subject) -> Iterator[Loss]:
    if subject.node.name == "session_replication_role":
        yield Loss("disable_guard", None)


def _event_trigger(subject: Subject) -> Iterator[Loss]:
    if subject.node.tgenabled == "D":
        yield Loss("disable_guard", None)


def _drop_database(subject: Subject) -> Iterator[Loss]:
    yield Loss("drop_database", subject.node.dbname)


_BY_KIND = {
    UNPARSED: _unknown,
    "DoStmt": _unknown,
    "CallStmt": _unknown,
    "ExecuteStmt": _unknown,
    "DropOwnedStmt": _unknown,
    "LoadStmt": _unknown,
    "RuleStmt": _unknown,
    "CreateTableAsStmt": _calling,
    "SelectStmt": _calling,
    "ExplainStmt": _calling,
    "CopyStmt": _copy,
    "VariableSetStmt": _setting,
    "AlterEventTrigStmt": _event_trigger,
    "DropStmt": _drop,
    "TruncateStmt": _truncate,
    "DeleteStmt": _delete,
    "UpdateStmt": _update,
    "InsertStmt": _insert,
    "MergeStmt": _merge,
    "DropdbStmt": _drop_database,
}
