"""What an archive says of itself to whoever opens it in ten years."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table

from strideiq.athletes.public import AthleteView
from strideiq.platform.database import Base
from strideiq.portability import tables

_TEXT = """# The account of {name}

Everything that {name} ({email}) kept in StrideIQ, in open formats.

- `originals/`: every file as it came from the watch, byte for byte.
- `activities.csv`: the log for a spreadsheet, as it was shown: metres, seconds, UTC.
- `tables/`: one file for each table, one row of JSON in each line; times are UTC, bytes are
  written in hexadecimal. Put together they are the whole account.
- `manifest.json`: which tables there are, with their columns, how many rows each has, and SHA-256
  over its lines in the order in which they stand.
- `checksums.txt`: SHA-256 of every other file here. `sha256sum --check checksums.txt` says whether
  they are as they were written.

To bring it into another StrideIQ, on the same server or another one: open "Your account" there
and choose this file, or `strideiq import-account FILE`. It is compared row by row afterwards, and
either all of it is in, equal, or nothing is.

## Tables

{tables}

## What is not here

{left_out}
"""


def readme(athlete: AthleteView, exported: Sequence[Table]) -> str:
    """The text of ``README.md``."""
    lines = [f"- `{table.name}`: {_first_line(table)}" for table in exported]
    missing = [f"- `{name}`: {why}." for name, why in tables.LEFT_OUT.items()]
    return _TEXT.format(
        name=athlete.name,
        email=athlete.email,
        tables="\n".join(lines),
        left_out="\n".join(missing),
    )


def _first_line(table: Table) -> str:
    """What the model says of itself."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return (mapper.class_.__doc__ or "").strip().splitlines()[0]
    return ""
