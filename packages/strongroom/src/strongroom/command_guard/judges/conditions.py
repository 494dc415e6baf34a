"""What a condition in SQL says of the rows that it meets: some that it names, or all."""

from __future__ import annotations

import re
from typing import Any

from strongroom.sql import child

_AND, _OR, _NOT, _IS_NOT_NULL = 1, 2, 3, 2
"""Numbers of the grammar's words."""


def names_rows(clause: Any) -> bool:  # noqa: ANN401
    """Whether a condition names rows: a column that equals something, or is past its own end."""
    inner: Any = child(clause) if type(clause).__name__ == "Node" else clause
    kind = type(inner).__name__
    if kind == "BoolExpr":
        parts = [names_rows(one) for one in inner.args]
        if inner.boolop == _AND:
            return any(parts)
        return inner.boolop == _OR and all(parts)  # NOT names nothing
    if kind == "A_Expr":
        operator = inner.name[0].string.sval if inner.name else ""
        left, right = child(inner.lexpr), child(inner.rexpr)
        column = next((one for one in (left, right) if type(one).__name__ == "ColumnRef"), None)
        if operator == "=":
            return column is not None and _column(left) != _column(right)
        return bool(
            operator in {"<", "<="}
            and column is not None
            and re.search(r"expir|valid_until", str(column))
        )
    if kind != "SubLink":
        return False
    select: Any = child(inner.subselect)
    return bool(select.HasField("where_clause") or select.HasField("limit_count"))


def _column(node: Any) -> tuple[str, ...] | str:  # noqa: ANN401
    """The name of a column, wherever it stands; another expression as it is."""
    if type(node).__name__ == "ColumnRef":
        return tuple(one.string.sval for one in node.fields)
    return re.sub(r"location: \d+", "", str(node))


def holds_always(clause: Any) -> bool:  # noqa: ANN401, PLR0911  one for each kind
    """Whether a condition holds for every row that anybody would have."""
    inner: Any = child(clause) if type(clause).__name__ == "Node" else clause
    kind = type(inner).__name__
    if kind == "A_Const":
        return True
    if kind == "TypeCast":
        return holds_always(inner.arg)
    if kind == "BoolExpr":
        parts = [holds_always(one) for one in inner.args]
        if inner.boolop == _NOT:
            return not all(parts)
        return all(parts) if inner.boolop == _AND else any(parts)
    if kind == "NullTest":
        return int(inner.nulltesttype) == _IS_NOT_NULL and "id" in str(inner.arg)
    if kind == "A_Expr":
        left, right = child(inner.lexpr), child(inner.rexpr)
        if (
            "ColumnRef" not in f"{inner.lexpr}{inner.rexpr}"
            and "column_ref" not in f"{inner.lexpr}{inner.rexpr}"
        ):
            return True
        operator = inner.name[0].string.sval if inner.name else ""
        if operator in {">", ">=", "<>", "!="} and type(right).__name__ == "A_Const":
            return str(getattr(getattr(right, "ival", None), "ival", "?")) in {"0", "-1"}
        if operator in {"=", ">=", "<="} and _column(left) == _column(right):
            return True
        return (
            operator in {"~~", "~~*"}
            and str(getattr(getattr(right, "sval", None), "sval", "")) == "%"
        )
    return False
