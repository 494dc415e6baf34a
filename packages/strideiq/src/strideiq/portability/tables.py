"""Which tables an archive holds, and how their rows are written, compared and put back.

Everything is read from the models: a table that a feature adds is exported by itself. What is left
out stands below with its reason, and a test demands that nothing else is.

PostgreSQL itself writes each row as JSON and reads it again, so that no type can come back as
something else. The athlete's own id is left out of every row: rows keep their other ids, and may
come to belong to another account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, LargeBinary, Table, Text, func, select, text

from strideiq.platform.database import Base
from strideiq.platform.language import marked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

OWNER = "athlete_id"
ACCOUNT = "athlete"
ACCOUNT_COLUMNS = ("name", "units", "time_zone", "language")
"""Of the account itself only what the athlete chose: who one is and how one signs in stays."""

ORIGINALS = {"source_file": "content"}
"""Columns that become files of their own in the archive, by table."""

LEFT_OUT = {
    "sign_in": marked("opens the account on this server"),
    "api_token": marked("opens the account on this server"),
    "second_factor": marked("opens the account on this server"),
    "recovery_code": marked("opens the account on this server"),
    "passkey": marked("belongs to the address of this server"),
    "account_event": marked("what happened on this server"),
    "sent_form": marked("how this server answered forms"),
    "invitation": marked("of an administrator of this server"),
    "administrator_choice": marked("of an administrator of this server"),
    "share_link": marked("opens a page on this server"),
    "calendar_feed": marked("opens a feed on this server"),
    "coach_spending": marked("what a model of this server was asked"),
    "connection": marked("its keys open an account elsewhere, for this server alone"),
    "connection_job": marked("what this server still has to fetch"),
    "activity_loan": marked("lent by a service for a few days; its terms allow no copy"),
    "activity_loan_stream": marked("lent by a service for a few days; its terms allow no copy"),
}
"""Tables of an athlete that no archive holds, with the reason."""

ROWS_AT_A_TIME = 200


@dataclass(frozen=True)
class Digest:
    """How many rows a table has of an athlete, and SHA-256 over them in the order of their keys."""

    rows: int
    sha256: str


def exported() -> list[Table]:
    """The tables of an archive, those first that others refer to."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if OWNER in table.columns and table.name not in LEFT_OUT
    ]


def columns_of(table: Table) -> list[str]:
    """The columns that an archive holds of a table."""
    if table.name == ACCOUNT:
        return list(ACCOUNT_COLUMNS)
    return [column.name for column in table.columns if column.name != OWNER]


def rows(session: Session, athlete_id: UUID, table: Table, columns: Sequence[str]) -> Iterator[str]:
    """The athlete's rows as lines of JSON, in the order of their keys, a few at a time.

    A column that is a file of its own is given as the SHA-256 of its content.
    """
    session.execute(text("SET LOCAL timezone TO 'UTC'"))
    session.execute(text("SET LOCAL bytea_output TO 'hex'"))
    chosen = ", ".join(_written(table, name) for name in columns)
    order = ", ".join(_ordered(column) for column in table.primary_key) or "1"
    query = text(
        f"SELECT row_to_json(one)::text FROM (SELECT {chosen} FROM {_quoted(table.name)} AS t "  # noqa: S608  names of our own models
        f"WHERE t.{OWNER} = :athlete_id ORDER BY {order}) AS one"
    )
    result = session.connection().execute(
        query,
        {"athlete_id": athlete_id},
        execution_options={"stream_results": True, "yield_per": ROWS_AT_A_TIME},
    )
    for row in result:
        yield str(row[0])


def digest(session: Session, athlete_id: UUID, table: Table, columns: Sequence[str]) -> Digest:
    """What the table holds of the athlete now."""
    summed = Summed()
    for line in rows(session, athlete_id, table, columns):
        summed.add(line)
    return summed.digest()


def counts(session: Session, athlete_id: UUID) -> dict[str, int]:
    """How many rows of the athlete each table of an archive has, those without any left out."""
    found = {
        table.name: session.scalar(
            select(func.count()).select_from(table).where(table.columns[OWNER] == athlete_id)
        )
        or 0
        for table in exported()
    }
    return {name: rows for name, rows in found.items() if rows}


class Summed:
    """A digest in the making."""

    def __init__(self) -> None:
        self._rows = 0
        self._sha256 = sha256()

    def add(self, line: str) -> None:
        """Count one row, without the end of its line."""
        self._rows += 1
        self._sha256.update(line.encode())
        self._sha256.update(b"\n")

    def digest(self) -> Digest:
        """What was added until now."""
        return Digest(self._rows, self._sha256.hexdigest())


def insertion(table: Table, columns: Sequence[str]) -> str:
    """The statement that puts rows (a JSON array, ``:rows``) into a table for ``:athlete_id``.

    Rows that are there already are left as they are; whether they are the same is for the digest
    to say. The content of an original is ``:content``, one row at a time.
    """
    names = ", ".join(map(_quoted, (OWNER, *columns)))
    values = ", ".join(_read(table, name) for name in columns)
    return (
        f"INSERT INTO {_quoted(table.name)} ({names}) SELECT :athlete_id, {values} "  # noqa: S608  the same
        f"FROM json_populate_recordset(NULL::{_quoted(table.name)}, CAST(:rows AS json)) AS r "
        "ON CONFLICT DO NOTHING"
    )


def _written(table: Table, name: str) -> str:
    if ORIGINALS.get(table.name) == name:
        return f"encode(sha256(t.{_quoted(name)}), 'hex') AS {_quoted(name)}"
    return f"t.{_quoted(name)}"


def _read(table: Table, name: str) -> str:
    if ORIGINALS.get(table.name) == name:
        return "CAST(:content AS bytea)"
    column = table.columns[name]
    if isinstance(column.type, JSON) and not column.nullable:
        return f"coalesce(r.{_quoted(name)}, 'null')"  # JSON's own null, which is a value
    return f"r.{_quoted(name)}"


def _ordered(column: Column[Any]) -> str:
    """Text is compared by its bytes: another server may know another alphabet."""
    plain = isinstance(column.type, Text) and not isinstance(column.type, LargeBinary)
    return f"t.{_quoted(column.name)}" + (' COLLATE "C"' if plain else "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
