"""``strongroom backups``: which backups there are, and which of them are proven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, next_line, pass_output
from strongroom.cli.quantities import age_text, count_text, size_text

if TYPE_CHECKING:
    from strongroom.backups import Catalogue, Manifest


@click.command("backups")
@pass_output
def command(output: Output) -> None:
    """List the backups, newest first; damaged ones are named with the reason."""
    from strongroom.backups import read_catalogue
    from strongroom.drills import proven_backups

    configuration = output.configuration()
    catalogue, proven = read_catalogue(configuration), proven_backups(configuration)
    proven_at = {name: record.at for name, record in proven.items()}
    output.result(_document(catalogue, proven_at), _lines(catalogue, proven_at))


def _document(catalogue: Catalogue, proven_at: dict[str, datetime]) -> dict[str, object]:
    return {
        "backups": [
            {
                **backup.as_dict(),
                "rows": backup.rows,
                "in_ledger": backup.backup_id not in catalogue.unrecorded,
                "proven_at": proven_at.get(backup.backup_id),
            }
            for backup in catalogue.backups
        ],
        "damaged": [
            {"backup_id": one.backup_id, **one.problem.as_dict()} for one in catalogue.damaged
        ],
    }


def _lines(catalogue: Catalogue, proven_at: dict[str, datetime]) -> list[str]:
    now = datetime.now(UTC)
    lines = [
        _line(backup, proven_at.get(backup.backup_id), now)
        + ("" if backup.backup_id not in catalogue.unrecorded else "  not in the ledger")
        for backup in catalogue.backups
    ]
    lines += [
        f"{damage.backup_id}  {click.style('damaged', fg='red', bold=True)}  "
        f"{damage.problem.message}"
        for damage in catalogue.damaged
    ]
    if not catalogue.backups:
        lines += ["There is no whole backup.", next_line("strongroom backup")]
    return lines


def _line(backup: Manifest, proven_at: datetime | None, now: datetime) -> str:
    proven = (
        click.style(f"proven {age_text(proven_at, now)}", fg="green")
        if proven_at
        else click.style("not proven", fg="yellow")
    )
    taken = age_text(backup.started_at, now)
    size, rows = size_text(backup.size_bytes), count_text(backup.rows)
    return f"{backup.backup_id}  {taken:>18}  {size:>9}  {rows:>12} rows  {proven}"
