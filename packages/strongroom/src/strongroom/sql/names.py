"""Names in syntax trees, as people and manifests write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from strongroom.sql.tree import child

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def label_of(schema: str, name: str) -> str:
    """``schema.name``, with quotes around whatever would be read differently without."""
    return ".".join(_quoted(part) for part in (schema, name) if part)


def range_label(relation: Any, default_schema: str = "public") -> str:  # noqa: ANN401  a RangeVar
    """The label of a table as a statement names it."""
    return label_of(relation.schemaname or default_schema, relation.relname)


def name_parts(wrapped: Any) -> tuple[str, ...]:  # noqa: ANN401  a Node
    """The parts of a dotted name, whatever message carries it: a list, a string, a type."""
    inner = child(wrapped)
    if inner is None:
        return ()
    if type(inner).__name__ == "String":
        return (inner.sval,)
    if type(inner).__name__ == "List":
        return strings(inner.items)
    if type(inner).__name__ == "TypeName":
        return strings(inner.names)
    if type(inner).__name__ == "ObjectWithArgs":
        return strings(inner.objname)
    return ()


def strings(nodes: Iterable[Any]) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(node.string.sval for node in nodes if node.HasField("string"))


def text_of(wrapped: Any) -> str:  # noqa: ANN401  a Node
    """The text of a constant, such as a setting's value; empty for anything else."""
    inner = child(wrapped)
    if inner is None:
        return ""
    kind = type(inner).__name__
    if kind == "A_Const":
        return _constant(inner)
    if kind == "TypeCast":
        return text_of(inner.arg)
    values = {"String": "sval", "Integer": "ival", "Float": "fval", "Boolean": "boolval"}
    return str(getattr(inner, values[kind])).lower() if kind in values else ""


def _constant(constant: Any) -> str:  # noqa: ANN401  an A_Const
    for field, value in (("sval", "sval"), ("ival", "ival"), ("fval", "fval")):
        if constant.HasField(field):
            return str(getattr(getattr(constant, field), value))
    if constant.HasField("boolval"):
        return str(constant.boolval.boolval).lower()
    return ""


def _quoted(part: str) -> str:
    if _PLAIN.fullmatch(part):
        return part
    doubled = part.replace('"', '""')
    return f'"{doubled}"'
