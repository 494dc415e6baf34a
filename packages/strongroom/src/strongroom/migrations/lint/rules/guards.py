"""Rules about what keeps data right, and is switched off or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child, name_parts, text_of
from strongroom.sql.grammar import ObjectType

_DISABLING = (
    "AT_DisableTrig",
    "AT_DisableTrigAll",
    "AT_DisableTrigUser",
    "AT_DisableRule",
    "AT_EnableReplicaTrig",
    "AT_EnableReplicaRule",
)


@rule(
    "disable-trigger",
    "danger",
    on=(*_DISABLING, "AlterEventTrigStmt"),
    why="While triggers are off, foreign keys, audit and guards see nothing; what goes wrong then "
    "stays wrong.",
    instead="Leave triggers on. Where a trigger must not run for one job, let it ask whether the "
    "job is running.",
)
def disable_trigger(subject: Subject) -> Iterator[Hit]:
    """DISABLE TRIGGER, DISABLE RULE, ALTER EVENT TRIGGER … DISABLE."""
    if subject.kind == "AlterEventTrigStmt":
        if subject.node.tgenabled == "D":
            yield Hit(None)
    elif not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "replication-role",
    "danger",
    on=("VariableSetStmt",),
    why="With session_replication_role = replica no trigger fires and no foreign key is checked.",
    instead="Load in an order that the foreign keys accept, or make them DEFERRABLE.",
)
def replication_role(subject: Subject) -> Iterator[Hit]:
    """SET session_replication_role = replica."""
    node = subject.node
    value = text_of(node.args[0]).lower() if node.args else ""
    if node.name == "session_replication_role" and value == "replica":
        yield Hit(None)


@rule(
    "drop-trigger",
    "danger",
    on=("DropStmt",),
    why="Without the trigger nobody does what it did: audit, guards, derived columns.",
    instead="CREATE OR REPLACE TRIGGER changes one in place; drop one only after its work has "
    "moved elsewhere.",
)
def drop_trigger(subject: Subject) -> Iterator[Hit]:
    """DROP TRIGGER, DROP EVENT TRIGGER, DROP RULE; unless the script makes it anew."""
    kinds = {
        ObjectType.OBJECT_TRIGGER: "trigger",
        ObjectType.OBJECT_EVENT_TRIGGER: "trigger",
        ObjectType.OBJECT_RULE: "rule",
    }
    if subject.node.remove_type not in kinds:
        return
    kind = kinds[subject.node.remove_type]
    for one in subject.node.objects:
        *table, name = name_parts(one)
        label = subject.world.label_of_parts(tuple(table)) if table else None
        if not subject.world.comes_again(kind, name) and not subject.world.is_new(label):
            yield Hit(label)


@rule(
    "drop-policy",
    "danger",
    on=("DropStmt", "AT_DisableRowSecurity", "AT_NoForceRowSecurity"),
    why="Without the policy, rows of others become visible, or one's own disappear.",
    instead="ALTER POLICY changes one in place, without a moment in between.",
)
def drop_policy(subject: Subject) -> Iterator[Hit]:
    """DROP POLICY (unless the script makes it anew), DISABLE ROW LEVEL SECURITY."""
    if subject.kind != "DropStmt":
        if not subject.world.is_new(subject.table):
            yield Hit(subject.table)
        return
    if subject.node.remove_type != ObjectType.OBJECT_POLICY:
        return
    for one in subject.node.objects:
        *table, name = name_parts(one)
        if not subject.world.comes_again("policy", name):
            yield Hit(subject.world.label_of_parts(tuple(table)))


@rule(
    "row-security-without-policy",
    "danger",
    on=("AT_EnableRowSecurity",),
    why="Once row security is on, a table without a policy shows no row to anybody but its owner.",
    instead="Create the policies before it, in the same transaction.",
)
def row_security_without_policy(subject: Subject) -> Iterator[Hit]:
    """ENABLE ROW LEVEL SECURITY where the script makes no policy for the table."""
    world = subject.world
    if not world.mentions("policy of", subject.table) and not world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "create-rule",
    "danger",
    on=("RuleStmt",),
    why="A rule rewrites statements before they run: INSTEAD NOTHING silently throws writes away, "
    "and volatile expressions run twice.",
    instead="Use a trigger, or a view with an INSTEAD OF trigger.",
)
def create_rule(subject: Subject) -> Iterator[Hit]:
    """CREATE RULE on writes."""
    if subject.node.event != _CMD_SELECT:
        yield Hit(subject.table)


_CMD_SELECT = 2  # CmdType.CMD_SELECT


@rule(
    "autovacuum-off",
    "danger",
    on=("AT_SetRelOptions",),
    why="Without autovacuum the table grows without end, its statistics age, and the whole "
    "server stops when transaction numbers run out.",
    instead="Tune autovacuum_vacuum_scale_factor or its cost limit for this table.",
)
def autovacuum_off(subject: Subject) -> Iterator[Hit]:
    """SET (autovacuum_enabled = false)."""
    definition: Any = child(getattr(subject.node, "def"))
    for wrapped in definition.items if definition is not None else ():
        option = wrapped.def_elem
        off = text_of(option.arg).lower() in {"false", "off", "0", "no"}
        if option.defname == "autovacuum_enabled" and off:
            yield Hit(subject.table)


@rule(
    "timeout-off",
    "caution",
    on=("VariableSetStmt",),
    why="Without a timeout a statement that waits for a lock makes everybody behind it wait too.",
    instead="Set lock_timeout to a few seconds, and try again when it runs out.",
)
def timeout_off(subject: Subject) -> Iterator[Hit]:
    """SET lock_timeout = 0, or statement_timeout = 0."""
    node = subject.node
    value = text_of(node.args[0]).lower() if node.args else ""
    if node.name in {"lock_timeout", "statement_timeout"} and value in _NEVER:
        yield Hit(None)


_NEVER = {"0", "0s", "0ms", "0min"}
