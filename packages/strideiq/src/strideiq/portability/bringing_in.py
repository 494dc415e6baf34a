"""An archive in: every row put in, then every table compared with the archive, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from strideiq.platform.language import gettext as _
from strideiq.portability import archive, tables
from strideiq.portability.errors import ArchiveError, NotEqualError

BATCH_ROWS = 500
BATCH_CHARACTERS = 4 * 1024 * 1024
ORIGINAL_BYTES_MAX = 256 * 1024 * 1024

Report = Callable[[str, int, int], None]
"""Told what is being done, and how many of how many rows."""


@dataclass(frozen=True)
class TableCompared:
    """A table after it was brought in; ``new`` rows were not there before."""

    name: str
    rows: int
    new: int
    sha256: str


@dataclass(frozen=True)
class BroughtIn:
    """Every table of the archive, each equal to what is in the account now."""

    email: str
    exported_at: str
    tables: tuple[TableCompared, ...]

    @property
    def new(self) -> int:
        """How many rows were not there before; 0 where the archive had been brought in already."""
        return sum(one.new for one in self.tables)

    @property
    def rows(self) -> int:
        """How many rows are equal."""
        return sum(one.rows for one in self.tables)

    def as_dict(self) -> dict[str, object]:
        """The outcome as documented for ``--json``."""
        return {
            "from": self.email,
            "exported_at": self.exported_at,
            "equal": True,
            "rows": self.rows,
            "new": self.new,
            "tables": [vars(one) for one in self.tables],
        }


def bring_in(
    session: Session, athlete_id: UUID, file: BinaryIO, report: Report | None = None
) -> BroughtIn:
    """Put an archive into an account; the caller commits, and only what is equal.

    What is there already, and the same, is left; so a repetition changes nothing.

    Raises:
        ArchiveError: it is damaged, or of a newer version.
        NotEqualError: the account holds something that the archive does not, or holds it otherwise.
    """
    reader = archive.Reader(file)
    told = report or (lambda _what, _done, _total: None)
    known = {table.name: table for table in tables.exported()}
    entries = {one.name: one for one in reader.manifest.tables}
    _check_known(known, entries)
    done = 0
    new: dict[str, int] = {}
    for name, table in known.items():
        if name not in entries:
            continue
        for added, seen in _inserted(session, athlete_id, reader, table, entries[name]):
            new[name] = new.get(name, 0) + added
            done += seen
            told(name, done, reader.manifest.rows)
    compared = tuple(
        _compared(session, athlete_id, known[one.name], one, new.get(one.name, 0))
        for one in reader.manifest.tables
    )
    _check_nothing_more(session, athlete_id, known, entries)
    return BroughtIn(reader.manifest.email, reader.manifest.exported_at, compared)


def _check_known(known: Mapping[str, Table], entries: Mapping[str, archive.TableEntry]) -> None:
    for name, entry in entries.items():
        table = known.get(name)
        allowed = set(tables.columns_of(table)) if table is not None else set()
        if unknown := set(entry.columns) - allowed:
            raise ArchiveError(
                _("The archive has {what}, which this StrideIQ does not know.").format(
                    what=f"{name}.{min(unknown)}"
                ),
                next_step=_("upgrade this one"),
            )


def _inserted(
    session: Session,
    athlete_id: UUID,
    reader: archive.Reader,
    table: Table,
    entry: archive.TableEntry,
) -> Iterator[tuple[int, int]]:
    """Put a table's rows in; gives how many were new of how many, batch by batch."""
    lines = reader.lines(archive.table_member(table.name))
    if table.name == tables.ACCOUNT:
        for line in lines:
            yield _account(session, athlete_id, entry, line), 1
        return
    statement = text(tables.insertion(table, entry.columns))
    original = tables.ORIGINALS.get(table.name)
    for batch in _batches(lines, 1 if original else BATCH_ROWS):
        values: dict[str, object] = {"athlete_id": athlete_id, "rows": f"[{','.join(batch)}]"}
        try:
            if original:
                row = json.loads(batch[0])
                values["content"] = reader.original(str(row.pop(original)), ORIGINAL_BYTES_MAX)
                values["rows"] = json.dumps([row])
            added = session.connection().execute(statement, values).rowcount
        except IntegrityError as error:
            raise _not_equal(table.name) from error
        except (DataError, ValueError, KeyError, AttributeError) as error:
            raise ArchiveError(
                _("A row of {table} cannot be read.").format(table=table.name),
                next_step=_("export it again, or bring the whole file"),
            ) from error
        yield max(added, 0), len(batch)


def _account(session: Session, athlete_id: UUID, entry: archive.TableEntry, line: str) -> int:
    """Take over what the athlete chose: name, units, time zone, language."""
    table = next(one for one in tables.exported() if one.name == tables.ACCOUNT)
    row = json.loads(line)
    chosen = {name: row[name] for name in entry.columns}
    try:
        session.execute(
            table.update().where(table.columns[tables.OWNER] == athlete_id).values(chosen)
        )
    except (IntegrityError, DataError) as error:
        raise _not_equal(table.name) from error
    return 0


def _batches(lines: Iterator[str], rows_max: int) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for line in lines:
        batch.append(line)
        characters += len(line)
        if len(batch) == rows_max or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _compared(
    session: Session, athlete_id: UUID, table: Table, entry: archive.TableEntry, new: int
) -> TableCompared:
    """Hold the account's rows to the archive's.

    Raises:
        NotEqualError: they differ, in number or in what they say.
    """
    session.expire_all()
    found = tables.digest(session, athlete_id, table, entry.columns)
    if found != entry.digest:
        raise _not_equal(table.name, found.rows, entry.digest.rows)
    return TableCompared(table.name, found.rows, new, found.sha256)


def _check_nothing_more(
    session: Session,
    athlete_id: UUID,
    known: Mapping[str, Table],
    entries: Mapping[str, archive.TableEntry],
) -> None:
    """An older archive lacks tables; the account must have nothing in them."""
    for name, table in known.items():
        if name not in entries:
            found = tables.digest(session, athlete_id, table, tables.columns_of(table))
            if found.rows:
                raise _not_equal(name, found.rows, 0)


def _not_equal(table: str, found: int | None = None, wanted: int | None = None) -> NotEqualError:
    numbers = (
        ""
        if found is None
        else _(" It would have {found} rows there; the archive has {wanted}.").format(
            found=found, wanted=wanted
        )
    )
    return NotEqualError(
        _("The account holds other data already, in {table}. Nothing was brought in.").format(
            table=table
        )
        + numbers,
        next_step=_("bring the archive into an account that is empty"),
    )
