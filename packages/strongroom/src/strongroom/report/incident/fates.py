"""What was at risk in an incident and what became of it, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from strongroom.backups import Manifest, listed
from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.identity import open_database
from strongroom.identity.observe import exact_count
from strongroom.postgres.catalogue import countable_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.progress import Progress
from strongroom.report.incident.episodes import Episode

Outcome = Literal["recovered", "missing", "unknown"]


@dataclass(frozen=True)
class TableFate:
    """One table: its rows as they were last counted before, as found, and now."""

    table: str
    rows_before: int | None
    rows_found: int | None
    """When the database was refused; None where nobody could count."""
    rows_now: int | None
    content: Literal["identical", "changed"] | None = None
    """Of the newest backup before against the first after; None where they cannot be compared."""
    refused: bool = True
    """Whether a refusal told that it was at risk; else nobody knows."""

    @property
    def at_risk(self) -> int:
        """Rows that were not to be seen when it was noticed, as far as a refusal told."""
        if not self.refused:
            return 0
        return max(0, (self.rows_before or 0) - (self.rows_found or 0))

    @property
    def missing(self) -> int | None:
        """Rows that are missing now; None where nobody could count."""
        if self.rows_now is None:
            return None
        return max(0, (self.rows_before or 0) - self.rows_now)

    @property
    def outcome(self) -> Outcome:
        """Whether everything is there again, by the count."""
        if self.missing is None:
            return "unknown"
        return "missing" if self.missing else "recovered"

    def as_dict(self) -> dict[str, Any]:
        """As documented for ``--json``."""
        return {
            "table": self.table,
            "rows_before": self.rows_before,
            "rows_found": self.rows_found,
            "rows_now": self.rows_now,
            "content": self.content,
            "at_risk": self.at_risk,
            "missing": self.missing,
            "outcome": self.outcome,
        }


def fates(
    configuration: Configuration, episode: Episode, *, matches: bool, progress: Progress
) -> tuple[tuple[TableFate, ...], str]:
    """Compare every table before, when it was noticed, and now; and say where "now" is from.

    Args:
        configuration: whose database.
        episode: the incident.
        matches: whether the database is the right one at this moment, so that it may be counted.
        progress: told of a server that has to be started.
    """
    before, after = _backups_around(configuration, episode)
    seen = _at_risk(episode)
    rows_before = {name: one.get("expected_rows") for name, one in seen.items()}
    if not seen and before is not None:
        rows_before = {one.name: one.rows for one in before.tables}
    now, source = _present(configuration, tuple(rows_before) if matches else (), progress)
    if not now and after is not None:
        now, source = {one.name: one.rows for one in after.tables}, f"backup {after.backup_id}"
    content = _compared(before, after)
    found = tuple(
        TableFate(
            name,
            rows,
            seen[name].get("found_rows") if name in seen else None,
            now.get(name),
            content.get(name),
            refused=name in seen,
        )
        for name, rows in rows_before.items()
    )
    return found, source


def _at_risk(episode: Episode) -> dict[str, dict[str, Any]]:
    """The tables of the first refusal that counted any."""
    for refusal in episode.refusals:
        tables = refusal.details.get("at_risk")
        if isinstance(tables, list) and tables:
            return {str(one["table"]): one for one in tables}
    return {}


def _backups_around(
    configuration: Configuration, episode: Episode
) -> tuple[Manifest | None, Manifest | None]:
    try:
        backups = sorted(listed(configuration), key=lambda one: one.started_at)
    except StrongroomError:
        return None, None
    before = [one for one in backups if one.started_at < episode.began_at]
    end = episode.ended_at
    after = [one for one in backups if end is not None and one.started_at >= end]
    return (before[-1] if before else None), (after[0] if after else None)


def _compared(
    before: Manifest | None, after: Manifest | None
) -> dict[str, Literal["identical", "changed"]]:
    if before is None or after is None:
        return {}
    then = {one.name: (one.method, one.digest) for one in before.tables if not one.reason}
    return {
        one.name: "identical" if then[one.name] == (one.method, one.digest) else "changed"
        for one in after.tables
        if one.name in then and then[one.name][0] == one.method
    }


def _present(
    configuration: Configuration, names: tuple[str, ...], progress: Progress
) -> tuple[Mapping[str, int | None], str]:
    """Count the rows of now, in the right database only; nothing is written."""
    nobody = "nobody could count them"
    if not names:
        return {}, nobody
    try:
        with open_database(configuration, read_only=True, progress=progress) as database:
            info = database.conninfo("backup") if database.server else database.conninfo()
            with (
                database_errors("counting the rows of now"),
                connect(info) as connection,
            ):
                tables = countable_tables(connection)
                limit = configuration.policy.count_time_max_s
                counts = {
                    name: exact_count(connection, tables[name], limit) if name in tables else 0
                    for name in names
                }
    except StrongroomError:
        return {}, nobody
    return counts, "counted for this report"
