"""``strongroom restore``: bring a backup back, beside what is there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import age_text, moment_text, plural, size_text

if TYPE_CHECKING:
    from strongroom.restores import Plan, Restored


UNRECORDED = "does not vouch for this backup; only its own manifest says what it holds"


@click.command("restore")
@click.argument("backup_id", required=False)
@click.option("--swap", is_flag=True, help="Then exchange it with what is in place.")
@click.option("--plan", "plan_only", is_flag=True, help="Only say what would be done.")
@click.option("--store", help="Restore from this store: a copy.")
@click.option("--to-time", help="Go on to this moment: 2030-01-31T12:00:00+00:00.")
@click.option("--to-lsn", help="Go on to this position in the log, which is not reached itself.")
@click.option("--to-name", help="Go on to this restore point (pg_create_restore_point).")
@click.option("--before", help="Go on to just before this entry of the ledger, by its number.")
@pass_output
def command(
    output: Output,
    /,
    backup_id: str | None,
    store: str | None,
    *,
    swap: bool,
    plan_only: bool,
    **to: str | None,
) -> None:
    """Restore a backup beside what is there, and verify it against its manifest.

    Without BACKUP_ID, the newest backup, or the newest one that leads to the point in time that
    is given: at most one of --to-time, --to-lsn, --to-name and --before. Nothing is overwritten:
    with --swap the restored data take the place, and what lay there is kept, so that
    "strongroom undo" can return to it.
    """
    from strongroom.restores import plan_restore, restore, target_at

    def tell(plan: Plan) -> None:
        output.note("\n".join([*plan_lines(plan), ""]))

    configuration = output.configuration().with_store(store)
    target = target_at(
        configuration,
        time=to["to_time"],
        lsn=to["to_lsn"],
        name=to["to_name"],
        before=to["before"],
    )
    if plan_only:
        plan = plan_restore(configuration, backup_id, target=target, swap=swap)
        output.result({"plan": plan.as_dict()}, plan_lines(plan))
        return
    restored = restore(
        configuration,
        backup_id,
        target=target,
        swap=swap,
        progress=output.progress(),
        on_plan=tell,
    )
    again = shlex.join(["strongroom", "restore", *_given(backup_id, store, to)])
    following = "strongroom check" if restored.swapped else f"{again} --swap"
    lines = restored_lines(restored)
    if restored.swapped:
        lines.append(f"  {output.addressed('strongroom undo')}  takes the swap back")
    output.result(restored.as_dict(), [*lines, "", output.next_line(following)])


def _given(backup_id: str | None, store: str | None, to: Mapping[str, str | None]) -> list[str]:
    """What was asked for, to be asked for again."""
    options = {"store": store, **to}
    named = [(f"--{name.replace('_', '-')}", value) for name, value in options.items() if value]
    return [*([backup_id] if backup_id else []), *(part for pair in named for part in pair)]


def plan_lines(plan: Plan) -> list[str]:
    """Lay out a plan for a terminal."""
    age = age_text(plan.taken_at, datetime.now(UTC))
    return [
        f"  backup      {plan.backup_id}",
        f"  taken       {moment_text(plan.taken_at)}, {age}",
        f"  holds       {plural(plan.tables, 'table')}, {plural(plan.rows, 'row')}",
        *([] if plan.in_ledger else [f"  ▲ ledger    {UNRECORDED}"]),
        f"  restored    to {plan.target}",
        "              and compared with its manifest, table by table",
        *_point_lines(plan),
        f"  needs       {size_text(plan.needed_bytes)}; {size_text(plan.free_bytes)} are free",
        *_swap_lines(plan),
    ]


def _point_lines(plan: Plan) -> list[str]:
    if plan.to is None:
        return []
    told = f", {plan.told}" if plan.told else ""
    return [
        f"  goes on     to {plan.to}{told}",
        f"              by {size_text(plan.log_bytes)} of log beyond that of the backup",
    ]


def _swap_lines(plan: Plan) -> list[str]:
    if not plan.swap:
        return [f"  untouched   {plan.data_directory} ({_described(plan.in_place)})"]
    return [
        f"  then        it takes the place of {plan.data_directory}",
        f"  kept        {plan.kept or 'nothing: nothing lies there now'}",
    ]


def _described(in_place: str) -> str:
    return {"missing": "nothing lies there now", "cluster": "a PostgreSQL database"}.get(
        in_place, in_place
    )


def restored_lines(restored: Restored) -> list[str]:
    """Lay out what a restore has done."""
    done = click.style("restored", fg="green", bold=True)
    open_questions = restored.comparison.findings if restored.comparison else []
    equal = "; ".join(open_questions) or "equal to its manifest, table by table"
    lines = [f"{done}  {restored.restored}: {equal}"]
    if restored.reached is not None:
        reached = restored.reached
        last = reached.last_transaction_at
        committed = f"; its last transaction is of {last.isoformat()}" if last else ""
        lines.append(
            f"  then went on through {size_text(reached.replayed_bytes)} of log to "
            f"{reached.position}{committed}"
        )
    if restored.kept:
        lines.append(f"  what lay there before is kept as {restored.kept}")
    return lines
