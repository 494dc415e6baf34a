"""``strongroom undo``: take a swap back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text

if TYPE_CHECKING:
    from strongroom.restores import Undone, UndoPlan


@click.command("undo")
@click.option("--plan", "plan_only", is_flag=True, help="Only say what would be done.")
@click.option("--aside", metavar="SCHEMA", help="Instead remove tables that came with --table.")
@pass_output
def command(output: Output, aside: str | None, *, plan_only: bool) -> None:
    """Take the last swap back: what was kept returns, what is in place is kept.

    Says what was written since the swap. Repeated, it undoes itself. With --aside it removes a
    schema that "restore --table" made, and nothing else.
    """
    if aside is not None:
        from strongroom.cli.aside import remove

        if plan_only:
            raise click.UsageError("--aside stands without --plan.")
        remove(output, aside)
        return
    from strongroom.restores import plan_undo, undo
    from strongroom.restores.renaming import plan_database_undo, undo_database

    configuration = output.configuration()
    supervised = configuration.server is not None
    if plan_only:
        planning = plan_undo if supervised else plan_database_undo
        plan: UndoPlan[Any] = planning(configuration, progress=output.progress())
        output.result({"plan": plan.as_dict()}, undo_plan_lines(plan))
    else:
        undoing = undo if supervised else undo_database
        undone: Undone[Any] = undoing(configuration, progress=output.progress())
        following = output.next_line("strongroom check")
        output.result(undone.as_dict(), [*undone_lines(undone), "", following])


def undo_plan_lines(plan: UndoPlan[Any]) -> list[str]:
    """Lay out what an undo brings back, what it keeps, and what was written since the swap."""
    return [
        f"  comes back: {plan.returning or 'nothing, as before the swap'}",
        f"  is kept:    {plan.kept or 'nothing is in place'}",
        *_written_lines(plan),
    ]


def _written_lines(plan: UndoPlan[Any]) -> list[str]:
    if plan.written_since is None:
        return [f"  written since: not known ({plan.unknown_because})"]
    if not plan.written_since:
        return ["  written since: nothing"]
    return [
        "  written since, and kept with it (rows then, rows now):",
        *(
            f"    {table.name}  {count_text(table.rows_then)}  {count_text(table.rows_now)}"
            for table in plan.written_since
        ),
    ]


def undone_lines(undone: Undone[Any]) -> list[str]:
    """Lay out what an undo has done."""
    done = click.style("undone", fg="green", bold=True)
    return [
        f"{done}  swap {undone.plan.swap_id}",
        *undo_plan_lines(undone.plan),
    ]
