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
from strongroom.refresh.masks import Mask, Place, misfits, place_of
from strongroom.refresh.personal import look_inside, looks_personal
from strongroom.refresh.rules import Rule, Rules
from strongroom.refresh.schema import Column, Schema

KEEP = Rule("keep")
_SHOWN_MAX = 12


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
        problems += misfits(columns[place], columns, mask)
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
    same_as = columns.get(place_of(referred.options.get("like", ""))) or columns[declared]
    return Mask(replace(referred, search=(rule or referred).search), same_as)


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


def _told(problems: list[str]) -> str:
    more = len(problems) - _SHOWN_MAX
    return "; ".join(problems[:_SHOWN_MAX]) + (f"; and {more} more" if more > 0 else "")
