"""Originals that stand in a pseudonym by chance, told from those that were left.

Among millions of pseudonyms some contain the digits of somebody's number. Such a hit is
explained by its place alone: it lies within a longer value, that value is in a masked column of
the copy, and it has exactly the shape that the column's rule makes. Nothing else explains one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import psycopg
from psycopg import sql

from strongroom.refresh.expressions import made_shape
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.schema import Schema

_AMONG = "SELECT DISTINCT {value} FROM {table} x WHERE {value} = ANY (%s)"


def made_among(
    connection: psycopg.Connection,
    schema: Schema,
    masks: Mapping[Place, Mask],
    fields: Collection[bytes],
) -> frozenset[bytes]:
    """Tell which of these texts are pseudonyms in their own columns of the copy.

    Args:
        connection: to the copy.
        schema: of the source; the copy has the same tables.
        masks: what was done to each column.
        fields: as they stand between the tabulators of a table's rows.
    """
    texts = {_plain(field) for field in fields}
    roots = {source.root.label: source.root for source in schema.tables}
    made: set[bytes] = set()
    for (table, name), column in schema.columns.items():
        mask = masks[table, name]
        shape = made_shape(column.under(mask.source), mask.rule)
        shaped = [] if shape is None else [one for one in texts if re.fullmatch(shape, one)]
        if not shaped:
            continue
        value = "encode(x.{}, 'hex')" if column.base_type == "bytea" else "x.{}::text"
        query = sql.SQL(_AMONG).format(
            value=sql.SQL(value).format(column.identifier),
            table=sql.Identifier(roots[table].schema, roots[table].name),
        )
        made |= {found.encode() for (found,) in connection.execute(query, [shaped]).fetchall()}
    return frozenset(made)


def _plain(field: bytes) -> str:
    return re.sub(rb"^\\+x", b"", field).rstrip(b" ").decode("ascii", errors="replace")
