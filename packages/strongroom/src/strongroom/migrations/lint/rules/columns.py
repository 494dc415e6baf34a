"""Rules about columns: their types, defaults and NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.migrations.lint.retyping import is_ours, types_of, using_of
from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.migrations.lint.types import ColumnType, keeps_rows, narrows_values
from strongroom.sql import child, strings, walk
from strongroom.sql.grammar import ConstrType

_DEFAULTS_ARE_STORED_SINCE = 11
_CHECK_SPARES_THE_SCAN_SINCE = 12
# Functions that give one answer for a whole statement, so that a default is computed once.
_STABLE = frozenset(
    {
        *("now", "transaction_timestamp", "statement_timestamp", "current_setting", "timezone"),
        *("date_trunc", "make_interval", "make_date", "to_jsonb", "jsonb_build_object"),
        *("jsonb_build_array", "json_build_object", "json_build_array", "lower", "upper"),
        *("md5", "concat", "to_timestamp", "to_char", "date_part", "abs", "current_user"),
        *("int4range", "tstzrange", "daterange", "numrange", "array_fill", "decode", "encode"),
    }
)


@rule(
    "change-column-type",
    "danger",
    on=("AT_AlterColumnType",),
    why="Changing a type rewrites the table and its indexes while nobody can read or write it.",
    instead="Add a column of the new type, fill it in batches, keep both in step by a trigger, "
    "then let the code change over.",
)
def change_column_type(subject: Subject) -> Iterator[Hit]:
    """ALTER COLUMN … TYPE, unless the old type is known and the change is in the catalogue only."""
    if is_ours(subject) or subject.world.is_calm(subject.table):
        return
    old, new = types_of(subject)
    definition: Any = child(getattr(subject.node, "def"))
    collated = definition.HasField("coll_clause")
    if old is not None and not using_of(subject) and not collated and keeps_rows(old, new):
        return
    plain = old is None and not using_of(subject) and not collated
    widening = plain and new.name in {"text", "character varying"}
    if widening and (not new.sizes or new.name == "text"):
        yield Hit(subject.table, severity="caution", instead=_IF_IT_WAS_TEXT)
    else:
        yield Hit(subject.table)


_IF_IT_WAS_TEXT = (
    "From varchar only the catalogue changes and all is well; from any other type add a column, "
    "fill it in batches, and change over. With --connect the old type is looked up."
)


@rule(
    "narrowing-type",
    "danger",
    on=("AT_AlterColumnType",),
    why="The new type has no place for some values of the old one: the statement fails half way "
    "through the table, or cuts them off.",
    instead="Count the values that do not fit first; keep the old column until nobody misses it.",
)
def narrowing_type(subject: Subject) -> Iterator[Hit]:
    """ALTER COLUMN … TYPE to something smaller; without facts, types that usually are."""
    if is_ours(subject):
        return
    old, new = types_of(subject)
    if old is None:
        if new.name == "smallint" or (
            new.name in {"date", "character varying"} and using_of(subject)
        ):
            yield Hit(subject.table)
    elif narrows_values(old, new):
        yield Hit(subject.table)


@rule(
    "lossy-using",
    "danger",
    on=("AT_AlterColumnType",),
    why="USING computes new values over the old ones; what the expression leaves out is gone.",
    instead="Write the new values into a new column, compare, and drop the old one later.",
)
def lossy_using(subject: Subject) -> Iterator[Hit]:
    """USING with more in it than casts of the column itself."""
    using = using_of(subject)
    if using is None or is_ours(subject):
        return
    kinds = {type(one).__name__ for one in walk(using)}
    if kinds & {"FuncCall", "CaseExpr", "SubLink"} or "ColumnRef" not in kinds:
        yield Hit(subject.table)


@rule(
    "set-not-null",
    "danger",
    on=("AT_SetNotNull", "CONSTR_NOTNULL"),
    why="SET NOT NULL reads the whole table while nobody can read or write it, and fails at the "
    "first NULL.",
    instead="ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, then SET "
    "NOT NULL (no scan since PostgreSQL 12), then drop the check.",
)
def set_not_null(subject: Subject) -> Iterator[Hit]:
    """SET NOT NULL on a column that no validated check has proven."""
    if subject.world.is_calm(subject.table) or subject.column is not None:
        return
    if subject.kind == "CONSTR_NOTNULL":
        if not subject.node.skip_validation:
            yield Hit(subject.table)
        return
    proven = (subject.table, subject.node.name) in subject.world.checked_not_null
    spares = subject.context.server_major >= _CHECK_SPARES_THE_SCAN_SINCE
    if proven and spares:
        return
    validated = subject.table in subject.world.validated_tables and spares
    yield Hit(subject.table, severity="caution" if validated else None)


@rule(
    "add-not-null-column",
    "danger",
    on=("AT_AddColumn",),
    why="A NOT NULL column without a default cannot be added to a table that has rows, and code "
    "that does not know it can no longer insert.",
    instead="Add it with a default, or without NOT NULL, and set NOT NULL when all rows have it.",
)
def add_not_null_column(subject: Subject) -> Iterator[Hit]:
    """ADD COLUMN … NOT NULL without DEFAULT, identity or expression."""
    definition: Any = child(getattr(subject.node, "def"))
    if subject.world.is_new(subject.table) or _is_serial(definition):
        return
    facts = subject.context.facts(subject.table or "")
    if facts is not None and facts.rows == 0:
        return
    kinds = {_kind(one) for one in definition.constraints}
    filled = {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"}
    if kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"} and not kinds & filled:
        yield Hit(subject.table)


@rule(
    "volatile-default",
    "danger",
    on=("AT_AddColumn",),
    why="A default that differs from row to row is computed for each row now: the whole table is "
    "rewritten while nobody can read or write it.",
    instead="Add the column without a default, set the default in a second statement, and fill "
    "the old rows in batches.",
)
def volatile_default(subject: Subject) -> Iterator[Hit]:
    """ADD COLUMN … DEFAULT with a volatile or unknown function; any default before 11."""
    if subject.world.is_calm(subject.table):
        return
    definition: Any = child(getattr(subject.node, "def"))
    for wrapped in definition.constraints:
        constraint: Any = child(wrapped)
        if _kind(wrapped) != "CONSTR_DEFAULT":
            continue
        calls = [one for one in walk(constraint) if type(one).__name__ == "FuncCall"]
        volatile = any(strings(call.funcname)[-1] not in _STABLE for call in calls)
        if volatile or subject.context.server_major < _DEFAULTS_ARE_STORED_SINCE:
            yield Hit(subject.table)


@rule(
    "serial-column",
    "danger",
    on=("AT_AddColumn",),
    why="Numbering the rows that are there rewrites the whole table while nobody can read or "
    "write it.",
    instead="Add a plain bigint column, attach a sequence as its default, and fill the old rows "
    "in batches.",
)
def serial_column(subject: Subject) -> Iterator[Hit]:
    """ADD COLUMN of a serial type, or GENERATED … AS IDENTITY."""
    definition: Any = child(getattr(subject.node, "def"))
    kinds = {_kind(one) for one in definition.constraints}
    if not subject.world.is_calm(subject.table) and (
        _is_serial(definition) or "CONSTR_IDENTITY" in kinds
    ):
        yield Hit(subject.table)


@rule(
    "stored-generated-column",
    "danger",
    on=("AT_AddColumn", "AT_SetExpression"),
    why="A stored generated column is computed for each row now: the whole table is rewritten "
    "while nobody can read or write it.",
    instead="Make it VIRTUAL (PostgreSQL 18), or a plain column filled by a trigger and in "
    "batches.",
)
def stored_generated_column(subject: Subject) -> Iterator[Hit]:
    """ADD COLUMN … GENERATED ALWAYS AS (…) STORED, ALTER COLUMN … SET EXPRESSION."""
    if subject.world.is_calm(subject.table):
        return
    if subject.kind == "AT_SetExpression":
        yield Hit(subject.table)
        return
    definition: Any = child(getattr(subject.node, "def"))
    for wrapped in definition.constraints:
        if _kind(wrapped) == "CONSTR_GENERATED" and wrapped.constraint.generated_kind == "s":
            yield Hit(subject.table)


@rule(
    "small-key",
    "caution",
    on=("CreateStmt",),
    why="A key of 32 bits runs out at 2,147,483,647 rows; then every insert fails, and widening "
    "it rewrites the table.",
    instead="Make keys bigint from the start.",
)
def small_key(subject: Subject) -> Iterator[Hit]:
    """CREATE TABLE with a counted key of integer or smallint."""
    for wrapped in subject.node.table_elts:
        definition: Any = child(wrapped)
        if type(definition).__name__ != "ColumnDef":
            continue
        kind = ColumnType.of_tree(definition.type_name).name
        constraints = {_kind(one) for one in definition.constraints}
        counted = kind in {"integer", "smallint"} and "CONSTR_IDENTITY" in constraints
        if kind in {"serial", "serial4", "smallserial", "serial2"} or counted:
            yield Hit(subject.table)


def _kind(wrapped: Any) -> str:  # noqa: ANN401  a Node with a Constraint
    return str(ConstrType.Name(wrapped.constraint.contype))


def _is_serial(definition: Any) -> bool:  # noqa: ANN401  a ColumnDef
    return ColumnType.of_tree(definition.type_name).is_serial
