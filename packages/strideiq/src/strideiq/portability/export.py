"""A whole account out: one snapshot of every table, written as a stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView
from strideiq.portability import archive, tables
from strideiq.portability.readme import readme

PAGE_SIZE = 500
CSV_FIELDS = (
    "activity_id",
    "started_at",
    "sport",
    "name",
    "distance_m",
    "elapsed_s",
    "moving_s",
    "ascent_m",
    "descent_m",
    "average_heart_rate_bpm",
    "max_heart_rate_bpm",
    "average_cadence_spm",
    "average_power_w",
    "energy_kcal",
    "device",
    "day",
)
Report = Callable[[str, int], None]
"""Told which table is being written, and how many rows there are until now."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    manifest: archive.Manifest


def streamed(
    sessions: sessionmaker[Session], athlete: AthleteView, report: Report | None = None
) -> Iterator[bytes]:
    """The archive in parts, with as much memory for a large account as for a small one.

    It is read in one snapshot: what is recorded meanwhile is not in it, and nothing is half in it.
    """
    sink = archive.Sink()
    writer = archive.Writer(sink)
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text("SELECT 1"))  # the moment that everything is read of
        for _part in _written(session, writer, athlete, report or (lambda _table, _rows: None)):
            content = sink.taken()
            if content:
                yield content
    writer.finish()
    yield sink.taken()


def _written(
    session: Session, writer: archive.Writer, athlete: AthleteView, report: Report
) -> Iterator[None]:
    """Write everything; stops now and then, so that what was written can be taken on."""
    exported = tables.exported()
    writer.whole(archive.README, readme(athlete, exported))
    yield
    originals: dict[str, str] = {}
    for table in exported:
        if table.name in tables.ORIGINALS:
            yield from _originals(session, writer, athlete.athlete_id, table, originals)
    entries = []
    for table in exported:
        summed = tables.Summed()
        columns = tables.columns_of(table)
        with writer.member(archive.table_member(table.name)) as write:
            for line in tables.rows(session, athlete.athlete_id, table, columns):
                summed.add(line)
                write(f"{line}\n".encode())
                yield
        found = summed.digest()
        entries.append(archive.TableEntry(table.name, tuple(columns), found))
        report(table.name, found.rows)
    yield from _activities(session, writer, athlete)
    manifest = archive.Manifest(
        exported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        email=athlete.email,
        name=athlete.name,
        tables=tuple(entries),
        originals=originals,
    )
    writer.whole(archive.MANIFEST, archive.manifest_document(manifest, tables.LEFT_OUT))
    yield


def _originals(
    session: Session,
    writer: archive.Writer,
    athlete_id: UUID,
    table: Table,
    originals: dict[str, str],
) -> Iterator[None]:
    """Write each original file as a member of its own, one in memory at a time."""
    column = table.columns[tables.ORIGINALS[table.name]]
    key = [one for one in table.primary_key if one.name != tables.OWNER]
    named = [*tables.columns_of(table)]
    for line in list(_keys(session, athlete_id, table, named)):
        row = json.loads(line)
        content_sha256 = str(row[column.name])
        where = [one == row[one.name] for one in key]
        query = table.select().with_only_columns(column)
        query = query.where(table.columns[tables.OWNER] == athlete_id, *where)
        content = bytes(session.execute(query).scalar_one())
        name = archive.original_member(content_sha256, str(row.get("name", "file")))
        with writer.member(name, stored=True) as write:
            for begin in range(0, len(content), archive.PART_BYTES):
                write(content[begin : begin + archive.PART_BYTES])
                yield
        originals[content_sha256] = name


def _keys(session: Session, athlete_id: UUID, table: Table, columns: list[str]) -> Iterator[str]:
    """What is needed of each row to find its file and to name it."""
    key = {one.name for one in table.primary_key} | {tables.ORIGINALS[table.name], "name"}
    return tables.rows(session, athlete_id, table, [one for one in columns if one in key])


def _activities(session: Session, writer: archive.Writer, athlete: AthleteView) -> Iterator[None]:
    """Write the log as a table for people: what is shown, tombstones left out."""
    with writer.member(archive.ACTIVITIES) as write:
        write((",".join(CSV_FIELDS) + "\r\n").encode())
        before: UUID | None = None
        while True:
            page = activities.list_activities(session, athlete.athlete_id, PAGE_SIZE, before)
            lines = io.StringIO()
            rows = csv.writer(lines)
            for one in page:
                told = vars(one) | {"day": one.day(athlete.time_zone)}
                rows.writerow([_cell(told[name]) for name in CSV_FIELDS])
            write(lines.getvalue().encode())
            yield
            if len(page) < PAGE_SIZE:
                return
            before = page[-1].activity_id
            session.expunge_all()


def _cell(value: object) -> object:
    """A value for a spreadsheet, which must not take a name for a formula."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value:
        return f"'{value}"
    return value
