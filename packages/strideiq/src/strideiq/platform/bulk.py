"""Many rows at once, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import psycopg
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.orm import Session

from strideiq.platform.database import Base


def copy_rows(session: Session, model: type[Base], rows: Iterable[Mapping[str, object]]) -> None:
    """Add rows to the model's table within the session's transaction.

    A column that the first row does not name gets its default in every row; all rows must name
    the same columns. Nothing is sent when there are no rows.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    columns = list(first)
    table = cast("Table", model.__table__)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    session.flush()
    connection = cast("psycopg.Connection", session.connection().connection.driver_connection)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row([first[column] for column in columns])
        for row in remaining:
            copy.write_row([row[column] for column in columns])
