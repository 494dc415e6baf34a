"""CSV from strangers: any encoding that exports have had, and rows that are not what they say."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

ROWS_MAX = 200_000
"""More activities than anybody has."""

BROKEN_ROWS_MAX = 100
"""After so many rows that cannot be read, the rest is no table."""


def decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16 by its mark, else UTF-8, else Windows' Latin; never an error."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def rows(content: bytes) -> Iterator[list[str]]:
    """The rows of a table, the header first; a row that cannot be read is left out."""
    text = decoded(content).replace("\x00", "")
    reader = csv.reader(io.StringIO(text, newline=""))
    broken = 0
    for _ in range(ROWS_MAX):
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            broken += 1
            if broken > BROKEN_ROWS_MAX:
                return
            continue
        if any(row):
            yield row


def written(*lines: list[str]) -> bytes:
    """Rows as a table."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()
