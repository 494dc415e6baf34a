"""Tables: each cell is read with the heading of its column, "| 5 |" under "Runs" as "Runs: 5"."""

from __future__ import annotations

import re

_CELLS = re.compile(r"\s*\|\s*")
_IN_HEADING = re.compile(r"\s*\(([^)]*)\)")
_FIGURE = re.compile(r"[~\u2248]?[-+\u2212]?\d[\d.,:]*")


class Table:
    """The headings of the table that an answer is in."""

    def __init__(self) -> None:
        self._headings: list[str] = []

    def told(self, sentence: str, text: str) -> str:
        """A row as its cells say it with their headings; any other text as it is."""
        written = sentence.strip()
        if not written.startswith("|"):
            self._headings = []
            return text
        cells = [one.strip(" *_`") for one in _CELLS.split(written.strip("| "))]
        if not self._headings:
            self._headings = [] if any(re.search(r"\d", one) for one in cells) else cells
            return text
        if len(cells) != len(self._headings):
            return text
        first, *others = zip(self._headings, cells, strict=True)
        return ", ".join([first[1], *(_cell(*one) for one in others)])


def _cell(heading: str, cell: str) -> str:
    """A figure with its heading, and with the unit that the heading tells."""
    unit = _IN_HEADING.search(heading)
    if not _FIGURE.match(cell):
        return cell
    if unit and _FIGURE.fullmatch(cell):
        cell = f"{cell} {unit[1]}".replace(" /", "/").replace(" %", "%")
    return f"{_IN_HEADING.sub('', heading)}: {cell}"
