"""SQL that a command sends: what of it would lose rows, tables or databases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from strongroom.command_guard.judges.conditions import holds_always, names_rows
from strongroom.command_guard.shell.steps import EDGE, is_known
from strongroom.sql import Statement, child, parse_script, walk
from strongroom.sql.blocks import OpaqueError, statements_of_block
from strongroom.sql.grammar import AlterTableType, DropBehavior, ObjectType, TransactionStmtKind

SIZE_MAX = 400_000


@dataclass(frozen=True)
class Loss:
    """What one statement loses; ``opaque`` where that cannot be told."""

    what: str
    opaque: bool = False
    database: str | None = None
    """The database that the statement itself names."""


_RISKY = re.compile(
    r"\b(?:drop|truncate|delete|update|alter|execute|call|perform|merge|flushall|detach|attach|reindex|vacuum\s+into|purge|optimize|replace\s+into|load\s+data|import\s+tablespace)\b",
    re.IGNORECASE,
)
_DROPS = re.compile(
    r"\bdrop\s+(?:database|schema|table|column|keyspace|collection|tablespace|user|owned)\b|\btruncate\b"
    r"|\bdelete\s+from\s+[^\s;]+\s*(?:;|$)|\bdelete\s+from\s+\S+\s+where\s+(?:1|true)\b|\bflush(?:all|db)\b"
    r"|\bupdate\s+\S+\s+set\b(?!.*\bwhere\b)|\breset\s+master\b|\bpurge\s+binary\b|\balter\s+table\b.*\bdrop\b"
    r"|\bmodify\s+column\b",
    re.IGNORECASE | re.DOTALL,
)
_LOSING_OBJECTS = {
    "OBJECT_TABLE": "drops a table with its rows",
    "OBJECT_SCHEMA": "drops a schema with all that is in it",
    "OBJECT_SEQUENCE": "drops a sequence with its value",
    "OBJECT_FOREIGN_TABLE": "drops a foreign table",
    "OBJECT_MATVIEW": "",
}
_CASCADING = {"OBJECT_TYPE", "OBJECT_DOMAIN", "OBJECT_EXTENSION"}
_LOSING_FUNCTIONS = re.compile(
    r"^(?:lo_unlink|pg_file_unlink|dblink_exec|pg_drop_replication_slot|pg_replication_slot_advance|drop_chunks|drop_hypertable|dblink)$"
    r"|(?:^|_)(?:drop|truncate|purge|wipe|destroy|nuke|reset_all|delete_all|clear_all)(?:_|$)"
)
_HARMLESS_FUNCTIONS = re.compile(r"^(?:drop_replication_origin|pg_stat_reset\w*)$")


def losses(text: str) -> list[Loss]:
    """What a script loses, statement by statement."""
    if len(text) > SIZE_MAX:
        return [Loss("is too long to be judged", opaque=True)]
    plain = re.sub(f"{EDGE}([^{EDGE}]*){EDGE}", lambda one: re.sub(r"\W", "_", one[1]) or "x", text)
    statements = parse_script(plain)
    found = [loss for one in statements for loss in _of_statement(one)]
    if not is_known(text) and _whole_is_unknown(text):
        return [Loss("sends SQL that nobody can see", opaque=True)]
    if _is_taken_back(statements):
        return [loss for loss in found if loss.database is not None]
    made = _made_here(statements)
    return [loss for loss in found if loss.what.rpartition(": ")[2] not in made]


def _whole_is_unknown(text: str) -> bool:
    return any(
        re.fullmatch(f"\\s*{EDGE}[^{EDGE}]*{EDGE}\\s*", one)
        for one in text.split(";")
        if one.strip()
    )


def _is_taken_back(statements: Sequence[Statement]) -> bool:
    """Whether it is one transaction that ends with ROLLBACK."""
    kinds = [
        TransactionStmtKind.Name(one.node.kind).removeprefix("TRANS_STMT_")
        for one in statements
        if one.kind == "TransactionStmt" and one.node is not None
    ]
    ends = statements[-1].kind == "TransactionStmt" if statements else False
    begins = statements[0].kind == "TransactionStmt" if statements else False
    return ends and begins and kinds[0] in {"BEGIN", "START"} and kinds[1:] == ["ROLLBACK"]


def _made_here(statements: Sequence[Statement]) -> set[str]:
    """Temporary tables that the script itself makes."""
    made: set[str] = set()
    for one in statements:
        node: Any = one.node
        if one.kind == "CreateStmt" and node.relation.relpersistence == "t":
            made.add(node.relation.relname)
        elif one.kind == "CreateTableAsStmt" and node.into.rel.relpersistence == "t":
            made.add(node.into.rel.relname)
    return made


def _of_statement(statement: Statement) -> Iterator[Loss]:
    node = statement.node
    if node is None:
        yield from _unparsed(statement)
        return
    if statement.kind == "ExplainStmt" and not _really_runs(node):
        return
    if statement.kind in {
        "CreateFunctionStmt",
        "CreateTrigStmt",
        "RuleStmt",
        "CreateEventTrigStmt",
    }:
        return
    for inner in walk(node):
        yield from _of_node(inner)


def _really_runs(node: Any) -> bool:  # noqa: ANN401  an ExplainStmt
    for option in node.options:
        if option.def_elem.defname == "analyze":
            given = child(option.def_elem.arg)
            return given is None or str(
                getattr(given, "sval", getattr(given, "ival", "true"))
            ).lower() not in {"false", "off", "0"}
    return False


def _unparsed(statement: Statement) -> Iterator[Loss]:
    """What PostgreSQL's grammar does not know: another dialect's, or broken."""
    text = statement.text
    if text.startswith("\\"):
        return  # whoever reads psql's own commands looks at these
    if _DROPS.search(text):
        yield Loss("would lose rows or tables")
    elif _RISKY.match(text.lstrip("( \n\t")) or re.search(
        r"\b(?:drop|truncate|delete)\b", text, re.IGNORECASE
    ):
        yield Loss("cannot be read, and speaks of changing data", opaque=True)


def _of_node(node: Any) -> Iterator[Loss]:  # noqa: ANN401  any kind of message
    judge = _JUDGES.get(type(node).__name__)
    if judge is not None:
        yield from judge(node)


def _drop(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    kind = ObjectType.Name(node.remove_type)
    cascades = DropBehavior.Name(node.behavior) == "DROP_CASCADE"
    if _LOSING_OBJECTS.get(kind):
        names = [_last_name(one) for one in node.objects]
        yield Loss(f"{_LOSING_OBJECTS[kind]}: {', '.join(names)}")
    elif kind in _CASCADING and cascades:
        yield Loss("drops columns along with their type or extension")
    elif kind == "OBJECT_EVENT_TRIGGER":
        yield Loss("takes a guard out of the database", opaque=True)


def _last_name(wrapped: Any) -> str:  # noqa: ANN401
    from strongroom.sql import name_parts  # noqa: PLC0415  only where something is dropped

    parts = name_parts(wrapped)
    return parts[-1] if parts else "?"


def _drop_database(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    yield Loss(f"drops the whole database {node.dbname}", database=node.dbname)


def _drop_owned(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    del node
    yield Loss("drops all that a role owns")


def _truncate(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    names = [one.range_var.relname for one in node.relations]
    yield Loss(f"empties: {', '.join(names)}")


def _delete(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    if not node.HasField("where_clause"):
        yield Loss(f"deletes all rows of: {node.relation.relname}")
    elif not names_rows(node.where_clause):
        yield Loss(f"may delete any number of rows of: {node.relation.relname}")


def _update(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    if not node.HasField("where_clause"):
        if not node.from_clause:
            yield Loss(f"changes all rows of: {node.relation.relname}")
    elif holds_always(node.where_clause):
        yield Loss(f"changes all rows of: {node.relation.relname}")


def _merge(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    if any("DELETE" in str(one) for one in node.merge_when_clauses):
        yield Loss(f"may delete rows of: {node.relation.relname}")


_LOSING_ALTERATIONS = {
    "AT_DropColumn": "drops a column with its values",
    "AT_SetUnLogged": "makes a table that a crash empties",
    "AT_AlterColumnType": "rewrites the values of a column",
    "AT_DetachPartition": "detaches a partition with its rows",
}
_WEAKENING = {"AT_DisableTrigAll", "AT_DisableTrigUser", "AT_DisableTrig"}


def _alter_table(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    for one in node.cmds:
        kind = AlterTableType.Name(one.alter_table_cmd.subtype)
        if kind in _LOSING_ALTERATIONS:
            yield Loss(f"{_LOSING_ALTERATIONS[kind]}: {node.relation.relname}")
        elif kind in _WEAKENING:
            yield Loss(
                f"switches triggers off, guards among them: {node.relation.relname}", opaque=True
            )


def _alter_enum(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    del node
    yield from ()


def _set(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    if node.name in {"session_replication_role", "event_triggers"}:
        yield Loss("switches the guards inside the database off", opaque=True)


def _block(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    try:
        trees = statements_of_block(node)
    except OpaqueError:
        body = next(
            (one.def_elem.arg.string.sval for one in node.args if one.def_elem.defname == "as"), ""
        )
        if _RISKY.search(body):
            yield Loss("runs a block that nobody can see through", opaque=True)
        return
    for tree in trees:
        for inner in walk(tree):
            yield from _of_node(inner)


def _call(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    yield from _function(node.funccall)


def _function(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    name = node.funcname[-1].string.sval if node.funcname else ""
    if _LOSING_FUNCTIONS.search(name) and not _HARMLESS_FUNCTIONS.match(name):
        yield Loss(f"calls {name}(), which sounds like a loss", opaque=True)


def _copy(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    if node.is_program and re.search(r"\b(?:rm|dd|mkfs|shred|docker|mv)\b", node.filename):
        yield Loss("runs a program on the server", opaque=True)


def _create_database(node: Any) -> Iterator[Loss]:  # noqa: ANN401
    del node
    yield from ()


_JUDGES = {
    "DropStmt": _drop,
    "DropdbStmt": _drop_database,
    "DropOwnedStmt": _drop_owned,
    "DropTableSpaceStmt": _drop_owned,
    "DropSubscriptionStmt": lambda node: iter(
        [Loss(f"drops the subscription {node.subname}", opaque=True)]
    ),
    "TruncateStmt": _truncate,
    "DeleteStmt": _delete,
    "UpdateStmt": _update,
    "MergeStmt": _merge,
    "AlterTableStmt": _alter_table,
    "VariableSetStmt": _set,
    "DoStmt": _block,
    "CallStmt": _call,
    "FuncCall": _function,
    "CopyStmt": _copy,
}
