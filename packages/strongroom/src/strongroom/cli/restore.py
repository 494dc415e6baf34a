"""``strongroom restore``: bring a backup back, beside what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, next_line, pass_output
from strongroom.cli.quantities import count_text, size_text

if TYPE_CHECKING:
    from strongroom.restores import Plan, Restored


@click.command("restore")
@click.argument("backup_id", required=False)
@click.option("--swap", is_flag=True, help="Then exchange it with what is in place.")
@click.option("--plan", "plan_only", is_flag=True, help="Only say what would be done.")
@pass_output
def command(output: Output, backup_id: str | None, *, swap: bool, plan_only: bool) -> None:
    """Restore a backup beside what is there, and verify it against its manifest.

    Without BACKUP_ID, the newest backup. Nothing is overwritten: with --swap the restored data
    take the place, and what lay there is kept, so that "strongroom undo" can return to it.
    """
    from strongroom.restores import plan_restore, restore

    configuration = output.configuration()
    if plan_only:
        plan = plan_restore(configuration, backup_id, swap=swap)
        output.result({"plan": plan.as_dict()}, plan_lines(plan))
        return
    restored = restore(
        configuration,
        backup_id,
        swap=swap,
        progress=output.progress(),
        on_plan=lambda plan: output.note("\n".join(plan_lines(plan))),
    )
    output.result(restored.as_dict(), restored_lines(restored))


def plan_lines(plan: Plan) -> list[str]:
    """Lay out a plan for a terminal."""
    return [
        (
            f"Backup {plan.backup_id}, taken {plan.taken_at}: {plan.tables} tables, "
            f"{count_text(plan.rows)} rows."
        ),
        (
            f"It is restored to {plan.target} and compared with its manifest "
            f"(needs {size_text(plan.needed_bytes)}, {size_text(plan.free_bytes)} are free)."
        ),
        *_swap_lines(plan),
    ]


def _swap_lines(plan: Plan) -> list[str]:
    if not plan.swap:
        return [f"{plan.data_directory} ({plan.in_place}) stays as it is."]
    kept = f"what lies there ({plan.in_place}) is kept as {plan.kept}" if plan.kept else ""
    return [f"Then it takes the place of {plan.data_directory}; {kept or 'nothing lies there'}."]


def restored_lines(restored: Restored) -> list[str]:
    """Lay out what a restore has done."""
    done = click.style("restored", fg="green", bold=True)
    lines = [f"{done}  {restored.restored}: equal to its manifest, table by table"]
    if restored.kept:
        lines.append(f"  what lay there before is kept as {restored.kept}")
    after = (
        "strongroom undo takes the swap back" if restored.swapped else "strongroom restore --swap"
    )
    return [*lines, "", next_line(after)]
