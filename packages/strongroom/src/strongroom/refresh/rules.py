"""``masking.toml``: what becomes of each personal column in a copy for another environment.

The file is kept beside the schema, under version control: it holds no secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from strongroom.errors import MaskingError

RULES_NAME = "masking.toml"
FORMAT = 1

RuleName = Literal[
    "keep",
    "null",
    "constant",
    "pseudonym",
    "email",
    "name",
    "phone",
    "shift",
    "truncate",
    "sql",
]
OPTIONS: Mapping[RuleName, frozenset[str]] = {
    "keep": frozenset({"because"}),
    "null": frozenset(),
    "constant": frozenset({"value"}),
    "pseudonym": frozenset({"like"}),
    "email": frozenset({"like"}),
    "name": frozenset({"part", "like"}),
    "phone": frozenset({"like"}),
    "shift": frozenset({"days", "by"}),
    "truncate": frozenset({"unit", "length", "to"}),
    "sql": frozenset({"expression"}),
}
ALWAYS_ALLOWED = frozenset({"rule", "search", "because"})
NEEDED: Mapping[str, str] = {"constant": "value", "shift": "days", "sql": "expression"}
TOP_LEVEL = frozenset({"format", "columns", "rows", "large_objects"})


@dataclass(frozen=True)
class Rule:
    """What becomes of one column."""

    name: RuleName
    options: Mapping[str, Any] = field(default_factory=dict)
    search: bool = True
    """Whether the proof looks for this column's original values in the finished copy."""
    because: str | None = None


@dataclass(frozen=True)
class Rules:
    """All declared rules. Tables are named ``schema.table``, columns as they are."""

    columns: Mapping[str, Mapping[str, Rule]]
    without_rows: frozenset[str] = frozenset()
    """Tables that arrive empty."""
    drop_large_objects: bool = False

    def rule_of(self, table: str, column: str) -> Rule | None:
        """Return the declared rule of a column; None where nothing is declared."""
        return self.columns.get(table, {}).get(column)


def load_rules(path: Path) -> Rules:
    """Read the rules.

    Raises:
        MaskingError: the file is missing or says something that is not understood.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MaskingError(
            f"There are no masking rules at {path}. Nothing was started.",
            next_step=f"strongroom refresh TARGET --from SOURCE --propose > {path}",
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise wrong(path, f"it cannot be read: {error}") from error
    if document.get("format") != FORMAT:
        raise wrong(path, f"its format is {document.get('format')!r}, and {FORMAT} is understood")
    if unknown := sorted(document.keys() - TOP_LEVEL):
        raise wrong(path, f"{unknown[0]!r} is not known")
    return Rules(
        columns={
            table: {column: _rule(path, f"{table}.{column}", said) for column, said in rows.items()}
            for table, rows in _tables(path, document, "columns").items()
        },
        without_rows=_without_rows(path, document),
        drop_large_objects=_large_objects(path, document),
    )


def _tables(path: Path, document: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    tables = document.get(name, {})
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise wrong(path, f'[{name}."schema.table"] must be tables')
    return tables


def _rule(path: Path, where: str, said: object) -> Rule:
    given = {"rule": said} if isinstance(said, str) else said
    if not isinstance(given, dict) or given.get("rule") not in get_args(RuleName):
        known = ", ".join(get_args(RuleName))
        raise wrong(path, f"{where} has no rule that is known; known are {known}")
    name = cast("RuleName", given["rule"])
    options = {key: value for key, value in given.items() if key not in ALWAYS_ALLOWED}
    if unknown := sorted(options.keys() - OPTIONS[name]):
        raise wrong(path, f"{where}: the rule {name} has no option {unknown[0]!r}")
    if (needed := NEEDED.get(name)) and needed not in options:
        raise wrong(path, f"{where}: the rule {name} needs {needed!r}")
    _check_values(path, where, name, options)
    search, because = given.get("search", True), given.get("because")
    if search is not True and (search is not False or not isinstance(because, str)):
        raise wrong(path, f'{where}: search = false needs its reason, because = "…"')
    return Rule(name, options, search=search, because=because)


def _check_values(path: Path, where: str, name: RuleName, options: dict[str, Any]) -> None:
    days, length, to = options.get("days"), options.get("length"), options.get("to")
    if days is not None and not (_is_number(days) and days > 0):
        raise wrong(path, f"{where}: days must be a number above 0")
    if length is not None and not (_is_number(length) and length >= 0):
        raise wrong(path, f"{where}: length must be a number of characters")
    if to is not None and not (isinstance(to, int | float) and to > 0):
        raise wrong(path, f"{where}: to must be a number above 0")
    if options.get("part", "full") not in {"full", "first", "last"}:
        raise wrong(path, f"{where}: part is full, first or last")
    if name == "truncate" and len(options) != 1:
        raise wrong(path, f"{where}: truncate needs one of unit, length and to")
    for key in ("unit", "by", "expression", "like"):
        if not isinstance(options.get(key, ""), str):
            raise wrong(path, f"{where}: {key} must be a text")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _without_rows(path: Path, document: dict[str, Any]) -> frozenset[str]:
    rows = document.get("rows", {})
    if not isinstance(rows, dict) or set(rows.values()) - {"all", "none"}:
        raise wrong(path, 'in [rows] each table is "all" or "none"')
    return frozenset(table for table, which in rows.items() if which == "none")


def _large_objects(path: Path, document: dict[str, Any]) -> bool:
    said = document.get("large_objects")
    if said not in {None, "drop"}:
        raise wrong(path, 'large_objects can only be "drop"')
    return said == "drop"


def wrong(path: Path, what: str) -> MaskingError:
    """Say what is the matter with a file of rules."""
    return MaskingError(
        f"The masking rules {path} cannot be used: {what}. Nothing was started.",
        next_step=f"edit {path}",
    )
