"""What the WHERE of a statement narrows, as far as its text tells."""

from __future__ import annotations

from typing import Any

from strongroom.sql import child, walk


def narrows(node: Any) -> bool:  # noqa: ANN401  an UpdateStmt or DeleteStmt
    """Whether a statement's WHERE can leave a row of its table out.

    A condition without columns (``WHERE 1 = 1``), or only on other tables, takes all or nothing.
    """
    if not node.HasField("where_clause"):
        return False
    condition = child(node.where_clause)
    if type(condition).__name__ == "CurrentOfExpr":
        return True
    if _always_true(condition):
        return False
    references = [one for one in walk(condition) if type(one).__name__ == "ColumnRef"]
    own = {node.relation.relname}
    if node.relation.HasField("alias"):
        own = {node.relation.alias.aliasname}
    return any(_may_be_of(reference, own) for reference in references)


def says_only_filled(node: Any) -> str | None:  # noqa: ANN401  an UpdateStmt or DeleteStmt
    """The column of a WHERE that says nothing but ``column IS NOT NULL``."""
    return _tested(node, _IS_NOT_NULL)


def _always_true(condition: Any) -> bool:  # noqa: ANN401  an expression
    """``TRUE``, ``a = a``, ``… OR TRUE``: conditions that look like one and leave nothing out."""
    kind = type(condition).__name__
    if kind == "BoolExpr":
        parts = [_always_true(child(one)) for one in condition.args]
        return condition.boolop == _OR and any(parts)
    if kind == "A_Expr":
        left, right = child(condition.lexpr), child(condition.rexpr)
        both = left is not None and right is not None
        return both and _shape(left) == _shape(right)
    return kind == "A_Const" and condition.boolval.boolval


def _shape(node: Any) -> tuple[str, ...]:  # noqa: ANN401  any node
    """What a node says, wherever it stands."""
    return tuple(
        f"{type(one).__name__} {getattr(one, 'sval', '')} {getattr(one, 'ival', '')}"
        for one in walk(node)
    )


_OR = 2  # BoolExprType.OR_EXPR


def only_missing(node: Any) -> str | None:  # noqa: ANN401  an UpdateStmt
    """The column of a WHERE that says nothing but ``column IS NULL``, as backfills do."""
    return _tested(node, _IS_NULL)


def _tested(node: Any, wanted: int) -> str | None:  # noqa: ANN401  an UpdateStmt or DeleteStmt
    if not node.HasField("where_clause"):
        return None
    test = child(node.where_clause)
    if test is None or type(test).__name__ != "NullTest" or test.nulltesttype != wanted:
        return None
    reference = child(test.arg)
    if reference is None or type(reference).__name__ != "ColumnRef":
        return None
    return str(reference.fields[-1].string.sval)


_IS_NULL, _IS_NOT_NULL = 1, 2  # NullTestType


def _may_be_of(reference: Any, own: set[str]) -> bool:  # noqa: ANN401  a ColumnRef
    """A name without a table may always be of the table itself."""
    parts = [field.string.sval for field in reference.fields if field.HasField("string")]
    return len(parts) < 2 or parts[-2] in own  # noqa: PLR2004  table and column


def compares_columns_only(condition: Any) -> bool:  # noqa: ANN401  an expression
    """Whether an expression only says that columns equal columns, joined by AND."""
    kind = type(condition).__name__
    if kind == "BoolExpr":
        return condition.boolop == _AND and all(
            compares_columns_only(child(one)) for one in condition.args
        )
    if kind != "A_Expr" or [one.string.sval for one in condition.name] != ["="]:
        return False
    sides = (child(condition.lexpr), child(condition.rexpr))
    return all(type(side).__name__ == "ColumnRef" for side in sides)


_AND = 1  # BoolExprType.AND_EXPR
