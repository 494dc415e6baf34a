"""The queries that read rows masked, in the scratch server.

Most rules look at the value alone. Where one looks at the whole row (``sql``, ``shift`` with
``by``, a computed column), a column that refers to it must not be masked by its own row, or it
would refer to somebody else: it is looked up in the row that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psycopg import sql

from strongroom.postgres.catalogue import Table
from strongroom.refresh.expressions import expression
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.schema import Column, Schema

# Names that no column has, so that expressions of the rules may leave the "x." out.
_ORIGINAL, _MASKED = sql.Identifier("strongroom original"), sql.Identifier("strongroom masked")
_OWN = sql.SQL("{} AS {}")
_LOOKED_UP = "LEFT JOIN ({referred}) AS {alias} ON {original} = {own}"
_COMPUTED = "SELECT {original}, ({expression}) AS {masked} FROM ({inputs}) AS x"


class MaskedRows:
    """Writes the queries for the tables of one schema."""

    def __init__(self, schema: Schema, masks: Mapping[Place, Mask]) -> None:
        self._columns, self._masks = schema.columns, masks
        self._roots = {source.root.label: source.root for source in schema.tables}

    def of(self, table: Table, columns: Iterable[Column]) -> sql.Composed:
        """Read these columns of a table's own rows."""
        masked, joins = self._masked(list(columns))
        return _select(masked, sql.Identifier(table.schema, table.name), joins, only=True)

    def _masked(self, columns: list[Column]) -> tuple[list[sql.Composable], list[sql.Composable]]:
        """Write what stands in each column's place, and where that is looked up."""
        masked: list[sql.Composable] = []
        joins: list[sql.Composable] = []
        for number, column in enumerate(columns):
            mask = self._masks[column.table, column.name]
            if not mask.is_looked_up_by(column):
                masked.append(_by_value(column, mask))
                continue
            alias = sql.Identifier(f"referred {number}")
            joins.append(
                sql.SQL(_LOOKED_UP).format(
                    referred=self._referred(mask.source),
                    alias=alias,
                    original=_comparable(mask.source, sql.SQL("{}.{}").format(alias, _ORIGINAL)),
                    own=_comparable(mask.source, sql.SQL("x.{}").format(column.identifier)),
                )
            )
            masked.append(sql.SQL("{}.{}::{}").format(alias, _MASKED, sql.SQL(column.type)))
        return masked, joins

    def _referred(self, source: Column) -> sql.Composed:
        """Read a column that others refer to: what it was, and what became of it."""
        original = sql.SQL("x.{}").format(source.identifier)
        if source.computed_by is None:
            made = expression(source, self._masks[source.table, source.name].rule)
            return self._from_root(
                source, [_OWN.format(original, _ORIGINAL), _OWN.format(made, _MASKED)]
            )
        inputs = [self._columns[source.table, name] for name in source.computed_from]
        masked, joins = self._masked(inputs)
        named = [
            _OWN.format(one, column.identifier) for one, column in zip(masked, inputs, strict=True)
        ]
        return sql.SQL(_COMPUTED).format(
            original=_ORIGINAL,
            expression=sql.SQL(source.computed_by),
            masked=_MASKED,
            inputs=self._from_root(source, [_OWN.format(original, _ORIGINAL), *named], joins),
        )

    def _from_root(
        self,
        column: Column,
        selected: list[sql.Composable],
        joins: Iterable[sql.Composable] = (),
    ) -> sql.Composed:
        root = self._roots[column.table]
        name = sql.Identifier(root.schema, root.name)
        return _select(selected, name, joins, only=root.kind != "p")


def _select(
    selected: Iterable[sql.Composable],
    table: sql.Identifier,
    joins: Iterable[sql.Composable],
    *,
    only: bool,
) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {}{} x {}").format(
        sql.SQL(", ").join(selected),
        sql.SQL("ONLY " if only else ""),
        table,
        sql.SQL(" ").join(joins),
    )


def _by_value(column: Column, mask: Mask) -> sql.Composable:
    """Mask by the rule's own column, so that what refers to it becomes the same."""
    if mask.rule.name == "keep":
        return expression(column, mask.rule)
    return expression(column.under(mask.source), mask.rule)


def _comparable(column: Column, value: sql.Composed) -> sql.Composed:
    """Equal where the key holds them equal; the operator of citext is not on the search path."""
    if column.base_type == "citext":
        return sql.SQL("pg_catalog.lower({}::text)").format(value)
    return value
