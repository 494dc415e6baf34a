"""``strongroom drill``: restore a backup into a scratch server and compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, next_line, pass_output
from strongroom.cli.quantities import count_text, duration_text

if TYPE_CHECKING:
    from strongroom.drills import DrillRecord

EXIT_CODES = {"proven": 0, "failed": 20, "inconclusive": 21}

_COLOURS = {"proven": "green", "failed": "red", "inconclusive": "yellow"}
_MARKS = {"ok": "●", "warning": "▲", "inconclusive": "?", "failed": "✗"}


@click.command("drill")
@click.argument("backup_id", required=False)
@pass_output
def command(output: Output, backup_id: str | None) -> None:
    """Prove a backup: restore it into a scratch server and compare it, table by table.

    Without BACKUP_ID, the newest backup. The running database is not touched. Exit status: 0
    proven, 20 failed, 21 inconclusive.
    """
    from strongroom.drills import drill

    record = drill(output.configuration(), backup_id, progress=output.progress())
    output.result(record.as_dict(), drill_lines(record))
    output.exit(EXIT_CODES[record.verdict])


def drill_lines(record: DrillRecord) -> list[str]:
    """Lay out a drill for a terminal: the verdict, each check, each table that differs."""
    verdict = click.style(record.verdict, fg=_COLOURS[record.verdict], bold=True)
    lines = [
        (
            f"{verdict}  backup {record.backup_id}: {len(record.tables)} tables, "
            f"{count_text(record.rows)} rows, in {duration_text(record.duration_s)}"
        ),
        "",
    ]
    lines += [f"  {_MARKS[check.status]} {check.name}: {check.detail}" for check in record.checks]
    lines += [f"  not covered: {what}" for what in record.not_covered]
    if record.verdict == "failed":
        lines += ["", next_line("strongroom backup, then strongroom drill")]
    return lines
