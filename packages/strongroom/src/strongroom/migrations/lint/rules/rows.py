"""Rules about rows that are deleted or overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.conditions import (
    compares_columns_only,
    narrows,
    only_missing,
    says_only_filled,
)
from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child, walk
from strongroom.sql.grammar import BoolExprType, CmdType, MergeMatchKind

_ROW_CHANGES = ("DeleteStmt", "UpdateStmt", "InsertStmt", "MergeStmt")
_MOSTLY_KEY = "id"


def _narrows(subject: Subject) -> bool:
    """Whether the condition can leave a row out; that a key is not null says nothing."""
    column = says_only_filled(subject.node)
    if column is not None:
        facts = subject.context.facts(subject.table or "")
        known = facts.columns.get(column) if facts else None
        return not known.not_null if known else column != _MOSTLY_KEY
    return narrows(subject.node)


@rule(
    "delete-without-where",
    "danger",
    on=("DeleteStmt",),
    why="DELETE without a condition on the table removes every row of it.",
    instead="Name the rows with WHERE, delete in batches, and count them first.",
)
def delete_without_where(subject: Subject) -> Iterator[Hit]:
    """DELETE of all rows, also where WHERE is always true or is about other tables."""
    if not subject.world.is_new(subject.table) and not _narrows(subject):
        yield Hit(subject.table)


@rule(
    "delete-rows",
    "caution",
    on=("DeleteStmt",),
    why="Rows that a migration deletes are gone, and a downgrade does not bring them back.",
    instead="Take a proven backup first, and count the rows that the condition names.",
)
def delete_rows(subject: Subject) -> Iterator[Hit]:
    """DELETE with a condition."""
    if not subject.world.is_new(subject.table) and _narrows(subject):
        yield Hit(subject.table)


def _targets(subject: Subject) -> list[str]:
    return [one.res_target.name for one in subject.node.target_list]


def _fills_new_columns(subject: Subject) -> bool:
    added = subject.world.added_columns
    return all((subject.table, name) in added for name in _targets(subject))


@rule(
    "delete-not-in",
    "danger",
    on=("DeleteStmt", "UpdateStmt"),
    why="NOT IN with a subquery is never true once the subquery yields a NULL, and true for every "
    "row when it yields nothing: all or none, and nobody sees it coming.",
    instead="Use NOT EXISTS, correlated with the row.",
)
def delete_not_in(subject: Subject) -> Iterator[Hit]:
    """DELETE or UPDATE … WHERE column NOT IN (SELECT …)."""
    node = subject.node
    if subject.world.is_new(subject.table) or not node.HasField("where_clause"):
        return
    for one in walk(child(node.where_clause)):
        if type(one).__name__ == "BoolExpr" and one.boolop == BoolExprType.NOT_EXPR:
            inner = child(one.args[0])
            if (
                type(inner).__name__ == "SubLink"
                and inner is not None
                and inner.HasField("testexpr")
            ):
                yield Hit(subject.table)


@rule(
    "delete-by-join",
    "danger",
    on=("DeleteStmt",),
    why="The condition only says how the tables belong together, so that every row with a partner "
    "is deleted: mostly all of them.",
    instead="Say in WHERE which of them are meant.",
)
def delete_by_join(subject: Subject) -> Iterator[Hit]:
    """DELETE … USING with nothing in WHERE but columns that equal each other."""
    node = subject.node
    if subject.world.is_new(subject.table) or not node.using_clause or not _narrows(subject):
        return
    if compares_columns_only(child(node.where_clause)):
        yield Hit(subject.table)


@rule(
    "update-by-join",
    "danger",
    on=("UpdateStmt",),
    why="The condition only says how the tables belong together, so that the old values of every "
    "row with a partner are overwritten: mostly of all of them.",
    instead="Say in WHERE which of them are meant, such as those that are still empty; or write "
    "into a new column and keep the old one.",
)
def update_by_join(subject: Subject) -> Iterator[Hit]:
    """UPDATE … FROM with nothing in WHERE but columns that equal each other."""
    node = subject.node
    if subject.world.is_new(subject.table) or not node.from_clause or not _narrows(subject):
        return
    if compares_columns_only(child(node.where_clause)) and not _fills_new_columns(subject):
        yield Hit(subject.table)


@rule(
    "upsert-overwrites",
    "caution",
    on=("InsertStmt",),
    why="ON CONFLICT DO UPDATE overwrites the values of every row that is there already.",
    instead="Keep the old values in a table of their own first, or DO NOTHING.",
)
def upsert_overwrites(subject: Subject) -> Iterator[Hit]:
    """INSERT … ON CONFLICT DO UPDATE into a table that exists."""
    targets = subject.node.on_conflict_clause.target_list
    if targets and not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "update-without-where",
    "danger",
    on=("UpdateStmt",),
    why="UPDATE without a condition on the table overwrites the old values in every row.",
    instead="Name the rows with WHERE, or write into a new column and keep the old one.",
)
def update_without_where(subject: Subject) -> Iterator[Hit]:
    """UPDATE of all rows of columns that held something."""
    if subject.world.is_new(subject.table) or _narrows(subject):
        return
    if not _fills_new_columns(subject):
        yield Hit(subject.table)


@rule(
    "backfill-in-one-step",
    "danger",
    on=("UpdateStmt",),
    why="Filling a column for all rows in one statement locks every row until it ends, writes "
    "the whole table again, and holds vacuum back.",
    instead="Fill it in batches of some thousand rows, each in a transaction of its own.",
)
def backfill_in_one_step(subject: Subject) -> Iterator[Hit]:
    """UPDATE of all rows, or of all where the column is still empty."""
    if subject.world.is_calm(subject.table):
        return
    column = only_missing(subject.node)
    if not _narrows(subject):
        if _fills_new_columns(subject):
            yield Hit(subject.table)
    elif column is not None:
        new = (subject.table, column) in subject.world.added_columns
        yield Hit(subject.table, severity="danger" if new else "caution")


@rule(
    "overwrite-with-null",
    "caution",
    on=("UpdateStmt",),
    why="The values that NULL replaces are gone, and a downgrade does not bring them back.",
    instead="Keep the old values in another column until nobody misses them.",
)
def overwrite_with_null(subject: Subject) -> Iterator[Hit]:
    """UPDATE … SET column = NULL for some rows."""
    if subject.world.is_new(subject.table) or not _narrows(subject):
        return
    for one in subject.node.target_list:
        value = child(one.res_target.val)
        if type(value).__name__ == "A_Const" and value is not None and value.isnull:
            yield Hit(subject.table)


@rule(
    "merge-deletes",
    "danger",
    on=("MergeStmt",),
    why="MERGE deletes or overwrites every row that its source does not name; an empty or partial "
    "source empties the table.",
    instead="Insert and update by MERGE, and delete by a statement of its own with a condition.",
)
def merge_deletes(subject: Subject) -> Iterator[Hit]:
    """MERGE … WHEN … THEN DELETE, or an UPDATE of rows that have no match."""
    for wrapped in subject.node.merge_when_clauses:
        clause = child(wrapped)
        if clause is None or subject.world.is_new(subject.table):
            continue
        unmatched = clause.match_kind == MergeMatchKind.MERGE_WHEN_NOT_MATCHED_BY_SOURCE
        if clause.command_type == CmdType.CMD_DELETE or (
            unmatched and clause.command_type == CmdType.CMD_UPDATE
        ):
            yield Hit(subject.table)
            return


@rule(
    "catalogue-write",
    "danger",
    on=_ROW_CHANGES,
    why="Rows of PostgreSQL's own catalogue describe the database; changing them by hand goes "
    "round every check, and can make tables unreadable.",
    instead="Use the ALTER statement for it. An enum value is removed by making a new type and "
    "converting the columns.",
)
def catalogue_write(subject: Subject) -> Iterator[Hit]:
    """DELETE, UPDATE, INSERT or MERGE on pg_catalog."""
    relation = subject.node.relation
    bare = not relation.schemaname and relation.relname.startswith("pg_")
    if relation.schemaname == "pg_catalog" or bare:
        yield Hit(f"pg_catalog.{relation.relname}")
