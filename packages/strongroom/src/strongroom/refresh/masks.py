"""What happens to one column, and whether it can: type, room and uniqueness.

A text becomes as wide as its rule makes it wherever there is room, so that the same value is the
same in every column; where there is not, that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strongroom.refresh.expressions import (
    DATES,
    INTEGERS,
    NUMBERS,
    TEXTS,
    UNIQUE_WIDTHS,
    UNITS,
    WIDTHS,
    width_of,
)
from strongroom.refresh.rules import Rule, RuleName
from strongroom.refresh.schema import Column, Schema

Place = tuple[str, str]
"""A table and a column in it."""


_WITHOUT_SAMENESS = frozenset({"constant", "truncate", "shift", "null"})
"""Rules under which different values become equal: nothing unique can stand them."""
_BY_TYPE: Mapping[RuleName, frozenset[str]] = {
    "email": TEXTS,
    "name": TEXTS,
    "phone": TEXTS,
    "pseudonym": TEXTS | INTEGERS.keys() | {"uuid", "bytea", "inet"},
    "shift": DATES,
    "truncate": TEXTS | DATES | NUMBERS,
}


@dataclass(frozen=True)
class Mask:
    """What happens to a column. ``source`` is the one whose rule, or whose ``like``, it follows."""

    rule: Rule
    source: Column
    by_row: bool = False
    """Whether what a value becomes depends on other columns of the source's row."""

    @property
    def keeps(self) -> bool:
        """Whether the values stay what they are."""
        return self.rule.name == "keep" and not self.by_row

    def is_looked_up_by(self, column: Column) -> bool:
        """Whether a column's values can only be told by the row that it refers to."""
        own = (column.table, column.name) == (self.source.table, self.source.name)
        return self.by_row and not own


def place_of(label: str) -> Place:
    """Read ``schema.table.column``."""
    table, _, column = label.rpartition(".")
    return table, column


def misfits(column: Column, columns: Mapping[Place, Column], mask: Mask) -> Iterator[str]:
    """Say why a rule does not fit a column."""
    rule, label = mask.rule, column.label
    if mask.keeps or mask.is_looked_up_by(column):
        return
    if rule.name == "keep":
        return
    if column.generated:
        yield f"{label} is computed from other columns: give those a rule"
        return
    fitting = _BY_TYPE.get(rule.name)
    if fitting is not None and column.base_type not in fitting:
        yield f"{label} is of type {column.type}, for which there is no rule {rule.name}"
        return
    if rule.name == "null" and column.not_null:
        yield f"{label} must not be null"
    if column.from_sequence and rule.name == "pseudonym":
        yield f"{label} is numbered by a sequence: numbers of its own tell nothing, so keep them"
    if column.unique and rule.name in _WITHOUT_SAMENESS and rule.name != "null":
        yield f"{label} is unique, and {rule.name} would make values equal"
    for found in (
        _too_narrow(column, mask),
        _wrong_option(column, columns, rule),
        _unlike(column, columns, rule),
    ):
        if found is not None:
            yield found


def _too_narrow(column: Column, mask: Mask) -> str | None:
    rule = mask.rule
    width = width_of(column.under(mask.source), rule)
    if width is None:
        return None
    needed = UNIQUE_WIDTHS[rule.name] if column.unique else 0
    if width < needed and "part" in rule.options:
        return f"{column.label} is unique, and a part of a name is not: leave part out"
    needed = max(needed, width)
    if width < needed or (column.length is not None and column.length < needed):
        return (
            f"{column.label} has room for {min(width, column.length or width)}, and {rule.name} "
            f"needs {needed}"
        )
    return None


def _unlike(column: Column, columns: Mapping[Place, Column], rule: Rule) -> str | None:
    if (like := rule.options.get("like")) is None:
        return None
    other = columns.get(place_of(like))
    if other is None:
        return f"{column.label} is to be like {like}, and there is no such column"
    if other.base_type != column.base_type and not {other.base_type, column.base_type} <= TEXTS:
        return f"{column.label} is to be like {like}, which is of another type"
    return None


def narrowed(schema: Schema, masks: Mapping[Place, Mask]) -> dict[str, str]:
    """Say which columns have too little room for what the same values become elsewhere."""
    told: dict[str, str] = {}
    for place, column in schema.columns.items():
        mask = masks[place]
        width = width_of(column.under(mask.source), mask.rule)
        if width is None or "part" in mask.rule.options or mask.is_looked_up_by(column):
            continue
        if width < WIDTHS[mask.rule.name]:
            told[column.label] = (
                f"{mask.rule.name} of {width} characters, not {WIDTHS[mask.rule.name]} as in wider "
                "columns"
            )
    return told


def _wrong_option(column: Column, columns: Mapping[Place, Column], rule: Rule) -> str | None:
    by, unit = rule.options.get("by"), rule.options.get("unit")
    if by is not None and (column.table, by) not in columns:
        return f"{column.label} is to be shifted by {by}, and there is no such column"
    kind = {"unit": DATES, "length": TEXTS, "to": NUMBERS}
    for option, types in kind.items():
        if option in rule.options and column.base_type not in types:
            return f"{column.label} is of type {column.type}, which {option} does not fit"
    if unit is not None and unit not in UNITS:
        return (
            f"{column.label} cannot be truncated to {unit}: use one of {', '.join(sorted(UNITS))}"
        )
    return None
