"""The plain statements of a DO block, where there is nothing else in it.

PostgreSQL's own parser of PL/pgSQL reads the block. Whatever it finds that is not a plain
statement, a condition, a message or an end makes the block opaque: loops, EXECUTE, PERFORM,
assignments, variables, and what nobody has thought of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.sql.grammar import AlterTableType, NotParsedError, parse, parse_plpgsql
from strongroom.sql.names import text_of
from strongroom.sql.tree import child

_GIVEN = {"found", "sqlstate", "sqlerrm"}
"""The variables that every block has."""
# Statements that are judged by themselves, and that leave names and sessions as they were.
_PLAIN = frozenset(
    {
        *("CreateEnumStmt", "CompositeTypeStmt", "CreateRangeStmt", "CreateDomainStmt"),
        *("AlterEnumStmt", "AlterTableStmt", "CreateStmt", "IndexStmt", "CreateExtensionStmt"),
        *("CreateSchemaStmt", "CreateSeqStmt", "ViewStmt", "CreateFunctionStmt", "CreateTrigStmt"),
        *("CreatePolicyStmt", "CreateRoleStmt", "GrantStmt", "GrantRoleStmt", "CommentStmt"),
        *("InsertStmt", "UpdateStmt", "DeleteStmt"),
    }
)
_JOINING = {"AT_AttachPartition", "AT_AddInherit"}
"""What makes a table hold the rows of another one."""


class OpaqueError(Exception):
    """Nobody can tell from the text what a block does."""


def statements_of_block(block: Any) -> tuple[Any, ...]:  # noqa: ANN401  a DoStmt
    """The trees of everything that a block may run, its conditions as SELECT, in its order.

    Raises:
        OpaqueError: there is more in it than plain statements.
    """
    options = {one.def_elem.defname: text_of(one.def_elem.arg) for one in block.args}
    if options.get("language", "plpgsql") != "plpgsql" or "as" not in options:
        raise OpaqueError
    body = options["as"].replace("\\", "\\\\").replace("'", "''")
    try:
        (function,) = parse_plpgsql(f"DO E'{body}'")
        told = function["PLpgSQL_function"]
        names = {_only(one)[1].get("refname") for one in told["datums"]}
        if not names <= _GIVEN:
            raise OpaqueError
        return tuple(_tree(text) for text in _of_list([told["action"]]))
    except (NotParsedError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise OpaqueError from error


def _of_list(nodes: list[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Each text, and whether it is an expression."""
    for node in nodes:
        kind, inner = _only(node)
        if kind not in _PARTS or set(inner) - {"lineno", *_PARTS[kind]}:
            raise OpaqueError
        yield from _of_node(kind, inner)


# What each kind of node may have; anything beside it is not understood.
_PARTS = {
    "PLpgSQL_stmt_block": {"body", "exceptions"},
    "PLpgSQL_stmt_if": {"cond", "then_body", "elsif_list", "else_body"},
    "PLpgSQL_if_elsif": {"cond", "stmts"},
    "PLpgSQL_stmt_execsql": {"sqlstmt"},
    "PLpgSQL_stmt_raise": {"elog_level", "condname", "message", "params"},
    "PLpgSQL_stmt_return": set(),
    "PLpgSQL_exception_block": {"exc_list"},
    "PLpgSQL_exception": {"conditions", "action"},
    "PLpgSQL_expr": {"query", "parseMode"},
}


def _of_node(kind: str, inner: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    if kind == "PLpgSQL_stmt_execsql":
        yield inner["sqlstmt"]["PLpgSQL_expr"]["query"], False
        return
    if kind == "PLpgSQL_expr":
        yield inner["query"], True
        return
    for part in _HOLDING:
        below = inner.get(part, [])
        yield from _of_list(below if isinstance(below, list) else [below])


_HOLDING = (
    *("cond", "params", "body", "then_body", "elsif_list", "else_body", "stmts"),
    *("exceptions", "exc_list", "action"),
)


def _only(node: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    ((kind, inner),) = node.items()
    return kind, inner


def _tree(said: tuple[str, bool]) -> Any:  # noqa: ANN401  one of 80 kinds of messages
    text, is_expression = said
    (statement,) = parse(f"SELECT {text}" if is_expression else text).stmts
    tree = child(statement.stmt)
    if not is_expression and not _is_plain(tree):
        raise OpaqueError
    return tree


def _is_plain(tree: Any) -> bool:  # noqa: ANN401  any kind of statement
    if type(tree).__name__ not in _PLAIN:
        return False
    if type(tree).__name__ == "CreateStmt":
        return bool(tree.relation.relpersistence != "t")
    if type(tree).__name__ == "AlterTableStmt":
        kinds = {AlterTableType.Name(one.alter_table_cmd.subtype) for one in tree.cmds}
        return not kinds & _JOINING
    return True
