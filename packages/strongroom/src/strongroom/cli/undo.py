"""``strongroom undo``: take a swap back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, next_line, pass_output
from strongroom.cli.quantities import count_text

if TYPE_CHECKING:
    from strongroom.restores import Undone, UndoPlan


@click.command("undo")
@click.option("--plan", "plan_only", is_flag=True, help="Only say what would be done.")
@pass_output
def command(output: Output, *, plan_only: bool) -> None:
    """Take the last swap back: what was kept returns, what is in place is kept.

    Says first what was written since. Repeated, it undoes itself.
    """
    from strongroom.restores import plan_undo, undo

    configuration = output.configuration()
    plan = plan_undo(configuration, progress=output.progress())
    if plan_only:
        output.result({"plan": plan.as_dict()}, undo_plan_lines(plan))
        return
    for line in undo_plan_lines(plan):
        output.note(line)
    undone = undo(configuration, progress=output.progress())
    output.result(undone.as_dict(), undone_lines(undone))


def undo_plan_lines(plan: UndoPlan) -> list[str]:
    """Lay out what an undo is going to do, and what was written since the swap."""
    back = f"{plan.returning} returns" if plan.returning else "the place is left bare, as it was"
    lines = [f"Undoing swap {plan.swap_id}: {back}; what is in place is kept as {plan.kept}."]
    if plan.written_since is None:
        return [*lines, f"What was written since is not known: {plan.unknown_because}."]
    if not plan.written_since:
        return [*lines, "Nothing was written since."]
    lines.append("Written since, and kept with it (rows then, rows now):")
    return lines + [
        f"  {table.name}  {count_text(table.rows_then)}  {count_text(table.rows_now)}"
        for table in plan.written_since
    ]


def undone_lines(undone: Undone) -> list[str]:
    """Lay out what an undo has done."""
    done = click.style("undone", fg="green", bold=True)
    return [
        f"{done}  {undone.restored or 'the place is bare, as it was'}",
        f"  what was in place is kept as {undone.kept}",
        "",
        next_line("strongroom check"),
    ]
