"""``strongroom drill``: restore a backup into a scratch server and compare it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text, duration_text

if TYPE_CHECKING:
    from strongroom.drills import DrillRecord

EXIT_CODES = {"proven": 0, "failed": 20, "inconclusive": 21}

_COLOURS = {"proven": "green", "failed": "red", "inconclusive": "yellow"}
_MARKS = {"ok": "●", "warning": "▲", "inconclusive": "?", "failed": "✗"}


@click.command("drill")
@click.argument("backup_id", required=False)
@click.option("--store", help="Drill what lies in this store: a copy.")
@click.option(
    "--by-policy", is_flag=True, help="Compare what drill.tables says, as a scheduled drill does."
)
@pass_output
def command(output: Output, backup_id: str | None, store: str | None, *, by_policy: bool) -> None:
    """Prove a backup: restore it into a scratch server and compare it, table by table.

    Without BACKUP_ID, the newest backup. The running database is not touched. Exit status: 0
    proven, 20 failed, 21 inconclusive.
    """
    from strongroom.drills import drill

    configuration = output.configuration().with_store(store)
    progress = output.progress()
    record = drill(configuration, backup_id, by_policy=by_policy, progress=progress)
    lines = drill_lines(record)
    if next_step := _next_step(record, configuration.private_key):
        lines += ["", output.next_line(next_step)]
    output.result(record.as_dict(), lines)
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
    return lines


def _next_step(record: DrillRecord, private_key: Path) -> str | None:
    if record.verdict == "failed":
        return "strongroom backup, then strongroom drill"
    if record.sampled_well:
        return f"strongroom drill {record.backup_id}, which compares everything"
    if record.verdict == "inconclusive":
        unread = any(check.name == "key" for check in record.checks)
        missing = f"bring the private key to {private_key}" if unread else "bring what is missing"
        return f"{missing}, then strongroom drill {record.backup_id}"
    return None
