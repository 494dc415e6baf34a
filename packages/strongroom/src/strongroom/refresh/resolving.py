"""Hold the rules against the schema: what happens to every column, or why it cannot.

A column that refers to another one by a foreign key takes that one's rule, so that the two
stay equal. Everything that is wrong is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from strongroom.errors import MaskingError
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
from strongroom.refresh.personal import look_inside, looks_personal
from strongroom.refresh.rules import Rule, RuleName, Rules
from strongroom.refresh.schema import Column, Schema

Place = tuple[str, str]
"""A table and a column in it."""

KEEP = Rule("keep")
_SHOWN_MAX = 12
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


@dataclass(frozen=True)
class Undecided:
    """A column that looks personal and has no rule."""

    column: Column
    why: str


def resolve(schema: Schema, rules: Rules) -> dict[Place, Mask]:
    """Decide about every column.

    Raises:
        MaskingError: a rule is for something that is not there, or does not fit.
    """
    columns = schema.columns
    by_value = {place: _mask(schema, columns, rules, place) for place in columns}
    masks = {
        place: replace(mask, by_row=_looks_at_row(mask, by_value))
        for place, mask in by_value.items()
    }
    problems = [*_missing(schema, columns, rules), *_clashes(schema, columns, rules, masks)]
    for place, mask in masks.items():
        problems += _misfits(columns[place], columns, mask)
    if problems:
        raise MaskingError(
            f"The masking rules do not fit the database of the backup: {_told(problems)}. "
            "Nothing was copied.",
            next_step="edit the rules, then repeat",
        )
    return masks


def undecided(
    connection: psycopg.Connection, schema: Schema, rules: Rules
) -> tuple[Undecided, ...]:
    """List the columns that look personal and that no rule speaks of."""
    columns = schema.columns
    open_places = {
        place
        for place in columns
        if rules.rule_of(*place) is None
        and place[0] not in rules.without_rows
        and not columns[place].generated
        and _declared_at(schema, columns, rules, place) is None
    }
    why: dict[Place, str] = {}
    for table in schema.tables:
        asked = [one for one in table.columns if (one.table, one.name) in open_places]
        for column in asked:
            if reason := looks_personal(column):
                why[column.table, column.name] = reason
        inside = [one for one in asked if (one.table, one.name) not in why]
        for name, reason in look_inside(connection, table, inside).items():
            why[table.root.label, name] = reason
    return tuple(Undecided(columns[place], why[place]) for place in sorted(why))


def require_decided(found: tuple[Undecided, ...], path: Path) -> None:
    """Stop where a column looks personal and nobody has said what becomes of it.

    Raises:
        MaskingError: there is such a column.
    """
    if found:
        raise MaskingError(
            "These columns look personal, and no rule says what becomes of them: "
            f"{_told([f'{one.column.label} ({one.why})' for one in found])}. Nothing was copied.",
            next_step=f"declare a rule for each in {path} (--propose shows a first version)",
        )


def _mask(schema: Schema, columns: Mapping[Place, Column], rules: Rules, place: Place) -> Mask:
    declared = _declared_at(schema, columns, rules, place)
    rule = rules.rule_of(*place)
    if declared is None or (rule is not None and rule.name == "null"):
        return Mask(rule or KEEP, columns[place])
    referred = rules.rule_of(*declared) or KEEP
    same_as = columns.get(_place(referred.options.get("like", ""))) or columns[declared]
    return Mask(replace(referred, search=(rule or referred).search), same_as)


def _place(label: str) -> Place:
    table, _, column = label.rpartition(".")
    return table, column


def _looks_at_row(mask: Mask, by_value: Mapping[Place, Mask]) -> bool:
    if mask.rule.name == "keep":
        inputs = [by_value[mask.source.table, name] for name in mask.source.computed_from]
        return any(one.rule.name != "keep" for one in inputs)
    return mask.rule.name == "sql" or "by" in mask.rule.options


def _declared_at(
    schema: Schema, columns: Mapping[Place, Column], rules: Rules, place: Place
) -> Place | None:
    """Follow foreign keys to the column at their end, or to the one that has a rule."""
    seen, now = {place}, place
    while (referred := schema.references.get(now)) and referred in columns:
        if referred in seen:
            break
        seen.add(referred)
        now = referred
    if rules.rule_of(*now) is None and rules.rule_of(*place) is not None:
        return place
    return now if rules.rule_of(*now) is not None or now != place else None


def _missing(schema: Schema, columns: Mapping[Place, Column], rules: Rules) -> Iterator[str]:
    tables = {table for table, _ in columns} | {one.root.label for one in schema.tables}
    partitions = {one.table.label: one.root.label for one in schema.tables}
    for table in sorted({*rules.columns, *rules.without_rows}):
        if table in tables:
            continue
        root = partitions.get(table)
        more = f" (a partition: name its table {root})" if root else ""
        yield f"there is a rule for {table}, and there is no such table{more}"
    for table, declared in rules.columns.items():
        for column in declared:
            if table in tables and (table, column) not in columns:
                yield f"there is a rule for {table}.{column}, and there is no such column"


def _clashes(
    schema: Schema, columns: Mapping[Place, Column], rules: Rules, masks: Mapping[Place, Mask]
) -> Iterator[str]:
    """Rules that would part what a foreign key holds together."""
    for own, referred in schema.references.items():
        if own not in columns or referred not in columns or own[0] in rules.without_rows:
            continue
        rule = rules.rule_of(*own)
        other = masks[referred].rule
        label = columns[own].label
        if rule is not None and rule.name != "null" and not _same(rule, other):
            yield f"{label} refers to {columns[referred].label}, " + (
                "which is computed from other columns: declare nothing here, it follows them"
                if columns[referred].generated
                else f"which has the rule {other.name}: declare {rule.name} there, and nothing here"
            )
        if masks[own].is_looked_up_by(columns[own]) and not masks[own].source.unique:
            yield (
                f"{label} refers to {masks[own].source.label} by a key of several columns, and "
                f"what becomes of that one depends on its row: give it a rule that looks at the "
                "value alone (pseudonym, email)"
            )
        if referred[0] in rules.without_rows and masks[own].rule.name != "null":
            yield (
                f"{label} refers to {referred[0]}, which is to arrive without rows: "
                "leave its rows away too, or make the column null"
            )


def _same(one: Rule, other: Rule) -> bool:
    return (one.name, dict(one.options)) == (other.name, dict(other.options))


def _misfits(column: Column, columns: Mapping[Place, Column], mask: Mask) -> Iterator[str]:
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
    other = columns.get(_place(like))
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


def _told(problems: list[str]) -> str:
    more = len(problems) - _SHOWN_MAX
    return "; ".join(problems[:_SHOWN_MAX]) + (f"; and {more} more" if more > 0 else "")
