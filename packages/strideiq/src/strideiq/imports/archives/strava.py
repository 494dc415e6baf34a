"""The list of a Strava export: ``activities.csv``, with a name and a file for each activity."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from strideiq.imports.archives.listed import Listed, told
from strideiq.imports.archives.tables import decoded, rows, written
from strideiq.imports.parsers import sports
from strideiq.imports.parsers.strava_row import FIRST_LINE, Columns, cell, columns_of

LIST_NAME = "activities.csv"
ROUTES = "routes/"
"""Where an export has what was drawn on a map; nobody ran it."""
SOURCE = "strava export"
COLUMNS_MIN = 5
BEGINNING_BYTES = 1_000_000


@dataclass(frozen=True)
class LooseRow:
    """A row without a file of its own: the name to show for it, and the row as an original."""

    name: str
    content: bytes


@dataclass
class StravaList:
    """What the list says of each file, and its rows of which there is no file."""

    by_file: dict[str, Listed] = field(default_factory=dict)
    loose: list[LooseRow] = field(default_factory=list)


def is_list(content: bytes) -> bool:
    """Whether a table is the list of an export, in whatever language."""
    beginning = content[:BEGINNING_BYTES]
    header = next(rows(beginning), [])
    titles = [title.strip().casefold() for title in header]
    names_files = len(titles) > COLUMNS_MIN and "activities/" in decoded(beginning)
    return titles[:1] == ["activity id"] or names_files


def read(content: bytes, files: Collection[str]) -> StravaList:
    """Match the rows with the files that are really there.

    A file that two rows name belongs to the first; a name is compared with those of the files
    and never opened as a path.
    """
    header, *table = rows(content) if content else [[]]
    columns = columns_of(header, table[:1000])
    found = StravaList()
    for number, row in enumerate(table, start=2):
        name = _file_here((cell(row, columns.file) or "").replace("\\", "/"), files)
        if name in files and name not in found.by_file:
            found.by_file[name] = _listed(row, columns)
        elif name not in files:
            found.loose.append(_loose(header, row, number))
    return found


def _file_here(name: str, files: Collection[str]) -> str:
    """The file that a row names, by the name that it has since somebody unpacked it."""
    unpacked = name.removesuffix(".gz")
    return unpacked if name not in files and unpacked in files else name


def _listed(row: list[str], columns: Columns) -> Listed:
    sport = told(cell(row, columns.sport))
    return Listed(
        source=SOURCE,
        name=told(cell(row, columns.name)),
        description=told(cell(row, columns.description), lines=True),
        gear=told(cell(row, columns.gear)),
        sport=sports.canonical(sport) if sport else None,
    )


def _loose(header: list[str], row: list[str], number: int) -> LooseRow:
    return LooseRow(f"{LIST_NAME} line {number}", written([FIRST_LINE], header, row))


def loose_listed(content: bytes) -> Listed:
    """What a loose row says of its activity."""
    _, header, row = list(rows(content))[:3]
    return _listed(row, columns_of(header, [row]))


def each_loose(found: StravaList) -> Iterator[tuple[LooseRow, Listed]]:
    """The rows without a file, each with what it says."""
    for row in found.loose:
        yield row, loose_listed(row.content)
