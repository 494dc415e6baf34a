"""Column types: which changes rewrite a table, and which lose something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from strongroom.sql import child, strings

_ALIASES = {
    "int2": "smallint",
    "int4": "integer",
    "int": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "varchar": "character varying",
    "bpchar": "character",
    "char": "character",
    "bool": "boolean",
    "decimal": "numeric",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "varbit": "bit varying",
}
_WRITTEN = re.compile(
    r"(?P<name>[^(]+?)(?:\((?P<sizes>[\d, ]+)\))?(?P<zone> with(?:out)? time zone)?(?P<array>\[\])*"
)
_WHOLE_NUMBERS = ("smallint", "integer", "bigint")
_TEXTS = ("text", "character varying")
_SIZED = ("character varying", "numeric", "bit varying")
_SERIALS = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"})


@dataclass(frozen=True)
class ColumnType:
    """A type with its sizes: ``numeric(10,2)`` is ``("numeric", (10, 2))``."""

    name: str
    sizes: tuple[int, ...] = ()

    @classmethod
    def of_tree(cls, type_name: Any) -> ColumnType:  # noqa: ANN401  a TypeName
        """Read a type from a syntax tree."""
        written = strings(type_name.names)[-1]
        sizes = []
        for wrapped in type_name.typmods:
            size = child(wrapped)
            if size is not None and type(size).__name__ == "A_Const":
                sizes.append(int(size.ival.ival))
        name = _ALIASES.get(written, written) + ("[]" if type_name.array_bounds else "")
        return cls(name, tuple(sizes))

    @classmethod
    def of_text(cls, text: str) -> ColumnType:
        """Read a type as PostgreSQL's ``format_type`` writes it."""
        match = _WRITTEN.fullmatch(text.strip().lower())
        if match is None:
            return cls(text)
        name = match["name"].strip() + (match["zone"] or "")
        sizes = tuple(int(size) for size in (match["sizes"] or "").split(",") if size.strip())
        return cls(_ALIASES.get(name, name) + (match["array"] or ""), sizes)

    @property
    def is_serial(self) -> bool:
        """Whether the type is a sequence's shorthand."""
        return self.name in _SERIALS


def keeps_rows(old: ColumnType, new: ColumnType) -> bool:
    """Whether PostgreSQL changes only the catalogue for this, so that no row is rewritten."""
    if old == new:
        return True
    if old.name in _TEXTS and new.name in _TEXTS:
        return not new.sizes or (bool(old.sizes) and new.sizes[0] >= old.sizes[0])
    if old.name == new.name == "numeric":
        wider = bool(old.sizes) and bool(new.sizes) and new.sizes[0] >= old.sizes[0]
        return not new.sizes or (wider and new.sizes[1:] == old.sizes[1:])
    if old.name == new.name and old.name in _SIZED:
        return not new.sizes or (bool(old.sizes) and new.sizes[0] >= old.sizes[0])
    return (old.name, new.name) == ("cidr", "inet")


def narrows_values(old: ColumnType, new: ColumnType) -> bool:
    """Whether some values of the old type have no place in the new one."""
    if new.name in _TEXTS or old.name == new.name:
        return bool(new.sizes) and (old.name not in (*_TEXTS, new.name) or _smaller(old, new))
    for order in (_WHOLE_NUMBERS, ("real", "double precision")):
        if old.name in order and new.name in order:
            return order.index(new.name) < order.index(old.name)
    if old.name in _WHOLE_NUMBERS and new.name == "numeric":
        return bool(new.sizes)
    roomy = {
        ("date", "timestamp without time zone"),
        ("date", "timestamp with time zone"),
        ("timestamp without time zone", "timestamp with time zone"),
        ("timestamp with time zone", "timestamp without time zone"),
        ("smallint", "double precision"),
        ("integer", "double precision"),
        ("json", "jsonb"),
        ("cidr", "inet"),
    }
    return (old.name, new.name) not in roomy


def _smaller(old: ColumnType, new: ColumnType) -> bool:
    """Whether a size shrinks; of a numeric, the digits before the point or those behind it."""
    if not old.sizes:
        return True
    if new.name != "numeric":
        return new.sizes[0] < old.sizes[0]
    (old_digits, old_scale), (new_digits, new_scale) = (
        (one.sizes[0], one.sizes[1] if len(one.sizes) > 1 else 0) for one in (old, new)
    )
    return new_scale < old_scale or new_digits - new_scale < old_digits - old_scale
