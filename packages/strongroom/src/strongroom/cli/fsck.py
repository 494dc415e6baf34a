"""``strongroom fsck``: check the store, and mend what can be proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import duration_text, plural, size_text

if TYPE_CHECKING:
    from strongroom.backups import Checked, Finding

_SHOWN_MAX = 50


@click.command("fsck")
@click.option("--read-data", is_flag=True, help="Read everything, and compare every sha256.")
@click.option("--repair", is_flag=True, help="Mend what can be proven; never anything else.")
@pass_output
def command(output: Output, *, read_data: bool, repair: bool) -> None:
    """Check the store: what is missing, damaged, left over, or not what the ledger tells of.

    Without --read-data only the sizes of data are looked at.
    """
    from strongroom.backups import DAMAGE_EXIT_CODE, fsck
    from strongroom.drills import require_as_written
    from strongroom.storage import open_store

    configuration = output.configuration()
    checked = fsck(
        configuration,
        check_drill=require_as_written,
        read_data=read_data,
        repair=repair,
        copies=[open_store(url) for url in configuration.copies],
        progress=output.progress(),
    )
    following = _following(checked, read_data=read_data)
    document = {**checked.as_dict(), "next": output.addressed(following) if following else ""}
    lines = fsck_lines(checked)
    output.result(document, [*lines, "", output.next_line(following)] if following else lines)
    if checked.damaged:
        output.exit(DAMAGE_EXIT_CODE)


def fsck_lines(checked: Checked) -> list[str]:
    """Lay out what was found, damage first, and how much was read."""
    worst_first = sorted(checked.findings, key=lambda one: (one.repaired, one.severity))
    lines = [_line(one) for one in worst_first[:_SHOWN_MAX]]
    if len(worst_first) > _SHOWN_MAX:
        lines.append(f"and {len(worst_first) - _SHOWN_MAX} more: strongroom fsck --json")
    if not worst_first:
        lines.append(f"{click.style('●', fg='green')} Nothing is missing, damaged or left over.")
    amount = f"{plural(checked.backups, 'backup')}, {size_text(checked.size_bytes)}"
    read = f"{size_text(checked.read_bytes)} read in {duration_text(checked.duration_s)}"
    lines.append(f"{amount}; {read}")
    if checked.not_read:
        objects = plural(checked.not_read, "data object")
        lines.append(f"not read: {objects}, of which only the size was looked at")
    return lines


def _line(finding: Finding) -> str:
    if finding.repaired:
        mark = click.style("● repaired", fg="green")
    elif finding.severity == "damage":
        mark = click.style(f"✗ {finding.kind}", fg="red", bold=True)
    else:
        mark = click.style(f"▲ {finding.kind}", fg="yellow")
    told = f"{mark}  {finding.key or finding.backup_id or 'the store'}: {finding.what}"
    return f"{told}; next: {finding.next}" if finding.next else told


def _following(checked: Checked, *, read_data: bool) -> str:
    open_ones = [one for one in checked.findings if not one.repaired]
    worst = sorted(open_ones, key=lambda one: one.severity)
    if worst:
        return worst[0].next
    return "" if read_data or not checked.not_read else "strongroom fsck --read-data"
