"""A first version of the rules, for a person to read and correct."""

from __future__ import annotations

import re
from collections.abc import Iterable

from strongroom.refresh.expressions import DATES, EMAIL_WIDTH, INTEGERS, TEXTS
from strongroom.refresh.personal import PHRASES
from strongroom.refresh.resolving import Undecided
from strongroom.refresh.rules import FORMAT
from strongroom.refresh.schema import Column

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def proposed_rules(found: Iterable[Undecided]) -> list[str]:
    """Write the rules for columns that have none, as lines of ``masking.toml``."""
    lines = [f"format = {FORMAT}"]
    table = None
    for one in found:
        if one.column.table != table:
            table = one.column.table
            lines += ["", f"[columns.{_quoted(table)}]"]
        name = one.column.name if _BARE.fullmatch(one.column.name) else _quoted(one.column.name)
        lines.append(f"{name} = {_proposed(one)}  # {one.why}")
    return lines


def _proposed(one: Undecided) -> str:
    column = one.column
    if column.base_type in TEXTS and (column.length or EMAIL_WIDTH) >= EMAIL_WIDTH:
        if "mail" in column.name.lower() or "e-mail" in one.why:
            return '"email"'
        if "phone" in column.name.lower() or "phone" in one.why:
            return '"phone"'
        if PHRASES.search(column.name.lower()) or column.name.lower() in {"name", "nickname"}:
            return '"name"'
    if column.base_type in DATES and not column.unique:
        return '{ rule = "shift", days = 90 }'
    return _by_type(column)


def _by_type(column: Column) -> str:
    if not column.not_null:
        return '"null"'
    if column.base_type in {*TEXTS, *INTEGERS, "uuid", "bytea", "inet"}:
        return '"pseudonym"'
    if column.base_type in {"json", "jsonb"}:
        return '{ rule = "constant", value = "{}" }'
    return '{ rule = "sql", expression = "…" }'


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
