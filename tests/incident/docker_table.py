"""The table of what was replayed on a real Docker engine; written by the run that replayed it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

SOURCES = Path(__file__).with_name("sources.toml")
PROPERTY = "on_docker"
HEAD = (
    "| incident | what is replayed | without the defence | stopped by "
    "| brought back by | rows lost | seconds |"
)
FOUNDING = "founding"
_DATED = re.compile(r"^Played .*$", re.MULTILINE)


@dataclass(frozen=True)
class OnDocker:
    """What happened in one replay: a row of the table."""

    incident: str
    what: str
    without: str
    stopped_by: str
    back: str
    rows_lost: int
    recovery_s: float

    def row(self, sources: dict[str, str]) -> str:
        """The row as Markdown."""
        told = (self.what, self.without, self.stopped_by, self.back)
        cells = [cell.replace("|", "\\|") for cell in told]
        source = sources.get(self.incident, "../../tests/incident/docker/test_founding_incident.py")
        name = f"[{self.incident}]({source})"
        figures = [f"{self.rows_lost}", f"{self.recovery_s:.0f}"]
        return f"| {' | '.join([name, *cells, *figures])} |"


class DockerTable:
    """Collects what happened, also from the workers of a parallel run."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: list[OnDocker] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a passed replay has kept, and write at once: a long run may be ended."""
        if report.when != "call" or not report.passed:
            return
        made = [OnDocker(*one) for name, one in report.user_properties if name == PROPERTY]  # type: ignore[misc]
        if made:
            self._rows += made
            self._write()

    def _write(self) -> None:
        """Write the table; the rows of replays that did not run stay, and so does what is above."""
        if self._path is None:
            return
        sources = tomllib.loads(SOURCES.read_text())
        before = self._path.read_text() if self._path.exists() else "Played \n\n"
        introduction, _, table = before.partition(HEAD)
        rows = {key_of(row): row for row in table.splitlines() if row.startswith("| [")}
        made = [one.row(sources) for one in self._rows]
        rows |= {key_of(row): row for row in made}
        today = f"Played {datetime.now(UTC).date()}: {len(made)} of these {len(rows)}."
        introduction = _DATED.sub(today, introduction)
        lines = [HEAD, "|---|---|---|---|---|---|---|", *(rows[key] for key in sorted(rows))]
        self._path.write_text(introduction + "\n".join(lines) + "\n")


def key_of(row: str) -> tuple[str, str]:
    """The incident of a row, and what is replayed of it."""
    incident, what, *_ = row.removeprefix("| ").split(" | ")
    return incident, what


def kept(outcome: OnDocker) -> tuple[str, tuple[object, ...]]:
    """What a replay keeps of itself for the table."""
    return PROPERTY, astuple(outcome)
