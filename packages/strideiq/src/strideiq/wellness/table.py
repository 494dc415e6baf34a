"""Check-ins as CSV, out and in again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.platform.language import gettext as _
from strideiq.wellness import check_ins
from strideiq.wellness.fields import FIELDS, CheckInError, read

COLUMNS = ("day", *FIELDS)
ROWS_MAX = 20_000
SIZE_MAX_BYTES = 5_000_000
WRONG_SHOWN_MAX = 20
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Brought:
    """What an import did: values that are new or changed, and lines that could not be used."""

    days: int
    values: int
    unchanged: int
    wrong: tuple[str, ...]
    wrong_count: int


def write(session: Session, athlete_id: UUID) -> Iterator[str]:
    """The file, line by line: one day a line, oldest first; what was never said is empty."""
    yield _line(COLUMNS)
    for day, values in check_ins.days(session, athlete_id).items():
        cells = (_cell(name, values.get(name)) for name in FIELDS)
        yield _line((day.isoformat(), *cells))


def bring(session: Session, athlete_id: UUID, content: bytes) -> Brought:
    """Say what a file says; an empty cell says nothing, and what was said before is kept.

    A line that cannot be used is passed over as a whole, and told.

    Raises:
        CheckInError: it is no such file.
    """
    rows = _rows(content)
    said = check_ins.days(session, athlete_id)
    changed_days, changed, unchanged, wrong = set(), 0, 0, []
    for number, row in rows:
        try:
            day, values = _read_row(row)
            check_ins.check_day(session, athlete_id, day)
        except CheckInError as error:
            wrong.append(_("Line %(number)s: ") % {"number": number} + error.message)
            continue
        for field, value in values.items():
            if said.get(day, {}).get(field) == value:
                unchanged += 1
                continue
            check_ins.say(session, athlete_id, day, field, str(value), origin="file")
            changed += 1
            changed_days.add(day)
    return Brought(
        len(changed_days), changed, unchanged, tuple(wrong[:WRONG_SHOWN_MAX]), len(wrong)
    )


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > SIZE_MAX_BYTES:
        raise CheckInError(
            _("This file is larger than check-ins of a lifetime."),
            next_step=_("choose a CSV file with one day a line"),
        )
    try:
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig")), strict=True)
        names = reader.fieldnames or []
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        names, rows = [], []
    if "day" not in names or not set(names) & set(FIELDS) or len(rows) > ROWS_MAX:
        raise CheckInError(
            _("This is no table of check-ins; nothing was changed."),
            next_step=_("its first line names the columns: %(names)s")
            % {"names": ", ".join(COLUMNS)},
        )
    return [
        (number, {name: row.get(name) or "" for name in COLUMNS if name in names})
        for number, row in rows
    ]


def _read_row(row: dict[str, str]) -> tuple[date, dict[str, float | str]]:
    try:
        day = date.fromisoformat(row["day"].strip())
    except ValueError:
        raise CheckInError(
            _("“%(typed)s” is no day.") % {"typed": row["day"][:20]},
            next_step=_("write it as 2026-11-22"),
        ) from None
    read_cells = {
        name: read(name, cell.removeprefix("'") if name == "notes" else cell)
        for name, cell in row.items()
        if name != "day"
    }
    return day, {name: value for name, value in read_cells.items() if value is not None}


def _cell(name: str, value: float | str | None) -> str:
    if isinstance(value, str):  # a sheet must not take a note for a formula
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    return "" if value is None else f"{value:g}" if name != "weight_kg" else repr(value)


def _line(cells: tuple[str, ...]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
