"""One row of the list in a Strava export: an activity of which there is no file.

It was entered by hand, or its file is missing. The row is kept as an original like any file:
a first line that says what it is, the list's header, and the row, as a table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from strideiq.imports.parsers import formats, sports
from strideiq.imports.parsers.assembly import DURATION_MAX_S, Stated, assemble
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError
from strideiq.imports.parsers.xml import to_number

FIRST_LINE = formats.ROW_BEGINS.decode()
FORMAT = formats.ROW
DISTANCE_MAX_M = 1e7
KILOMETRE_M = 1000.0
_TIMES = (
    "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y, %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p",
    "%d %b %Y, %H:%M:%S",
    "%d.%m.%Y, %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
)
"""How activities.csv has written times, which are UTC; in English, whatever the language."""


class Columns(NamedTuple):
    """Which columns of a list hold what; None where it has none."""

    name: int | None
    sport: int | None
    date: int | None
    description: int | None
    gear: int | None
    file: int | None
    figures: Mapping[str, int]
    """Columns of numbers by their English headers, in small letters, the last of each name."""
    twice: frozenset[str]
    """Headers that stand there twice: the later ones are in seconds and metres."""


_FIRST = ("id", "date", "name", "type", "description")
"""How every list begins, whatever its language."""


def columns_of(header: list[str], rows: list[list[str]] | None = None) -> Columns:
    """Find the columns by English headers, else by where every list has had them.

    The column of files is also known by its values: they begin with ``activities/``.
    """
    titles = [title.strip().casefold().removeprefix("activity ") for title in header]
    at = {title: index for index, title in enumerate(titles)}
    english = "date" in at and "name" in at
    if not english:
        at |= {title: index for index, title in enumerate(_FIRST) if index < len(header)}
    file = at.get("filename")
    if file is None:
        file = _column_of_files(rows or [])
    gear = at.get("gear", None if english or not file else file - 1)
    return Columns(
        at.get("name"),
        at.get("type"),
        at.get("date"),
        at.get("description"),
        gear,
        file,
        at,
        frozenset(title for title in titles if titles.count(title) > 1),
    )


def _column_of_files(rows: list[list[str]]) -> int | None:
    for row in rows:
        for index, value in enumerate(row):
            if value.startswith("activities/"):
                return index
    return None


def cell(row: list[str], index: int | None) -> str | None:
    """A cell's text; None when it is empty or not there."""
    return row[index].strip() or None if index is not None and index < len(row) else None


def parse(content: bytes) -> ParsedFile:
    """Make an activity without samples of the row.

    Raises:
        UnreadableFileError: the row has no date, or a length that no activity has.
    """
    lines = list(csv.reader(io.StringIO(content.decode(errors="replace"))))
    if len(lines) < 3:  # noqa: PLR2004  what it is, the header, the row
        raise UnreadableFileError("The row of the list is not complete.", FORMAT)
    header, row = lines[1], lines[2]
    columns = columns_of(header, [row])
    started_at = _moment(cell(row, columns.date))
    elapsed_s = _figure(row, columns, "elapsed time")
    if started_at is None or not elapsed_s or elapsed_s > DURATION_MAX_S:
        raise UnreadableFileError(
            "An activity without a file, whose row in activities.csv gives no date or no "
            "duration that can be used.",
            FORMAT,
        )
    stated = Stated(
        started_at_s=started_at.timestamp(),
        elapsed_s=elapsed_s,
        moving_s=_figure(row, columns, "moving time"),
        distance_m=_distance_m(row, columns),
        ascent_m=_figure(row, columns, "elevation gain"),
        descent_m=_figure(row, columns, "elevation loss"),
        energy_kcal=_figure(row, columns, "calories"),
        name=cell(row, columns.name),
    )
    sport = sports.canonical(cell(row, columns.sport) or "other")
    activity = assemble(sport, {"time_s": np.empty(0)}, stated)
    named = cell(row, columns.file)
    damage = f"the list names the file {named}, which is not in the export" if named else None
    return ParsedFile(FORMAT, (activity,) if activity else (), 0, damage)


def _moment(text: str | None) -> datetime | None:
    plain = " ".join((text or "").split())
    for form in _TIMES:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _figure(row: list[str], columns: Columns, title: str) -> float | None:
    value = to_number((cell(row, columns.figures.get(title)) or "").replace(",", ""))
    return value if np.isfinite(value) and value >= 0 else None


def _distance_m(row: list[str], columns: Columns) -> float | None:
    """Lists with two columns have kilometres in the first and metres in the last."""
    distance = _figure(row, columns, "distance")
    if distance is None or distance > DISTANCE_MAX_M:
        return None
    return distance if "distance" in columns.twice else distance * KILOMETRE_M
