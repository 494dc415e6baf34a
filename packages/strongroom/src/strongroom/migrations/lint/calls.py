"""Which functions a statement calls that may do anything."""

from __future__ import annotations

from typing import Any

from strongroom.migrations.lint.ordinary_functions import ORDINARY, REACHING
from strongroom.sql import child, strings, walk


def called(node: Any) -> set[str]:  # noqa: ANN401  any kind of statement
    """The names of all functions that are called, without their schemas."""
    return {strings(one.funcname)[-1] for one in walk(node) if type(one).__name__ == "FuncCall"}


def strange_calls(node: Any) -> set[str]:  # noqa: ANN401  any kind of statement
    """Those that are not of PostgreSQL's ordinary ones, and so may change anything."""
    return called(node) - ORDINARY - REACHING


def reaching_calls(node: Any) -> set[str]:  # noqa: ANN401  any kind of statement
    """Those that run text as SQL."""
    return called(node) & REACHING


def bare_calls(node: Any) -> set[str]:  # noqa: ANN401  an UpdateStmt, DeleteStmt or MergeStmt
    """The strange ones that are given nothing of a row: those that are mostly convert a value."""
    return {
        strings(one.funcname)[-1]
        for one in walk(node)
        if type(one).__name__ == "FuncCall"
        and not any(type(below).__name__ == "ColumnRef" for below in walk(one))
    } - (ORDINARY | REACHING)


def inserts_calls(node: Any) -> bool:  # noqa: ANN401  an InsertStmt
    """Whether rows are made by calling a strange function, and not by reading a table.

    Functions that are applied to the rows of a table mostly convert a value.
    """
    query = child(node.select_stmt) if node.HasField("select_stmt") else None
    return query is not None and not query.from_clause and bool(strange_calls(query))
