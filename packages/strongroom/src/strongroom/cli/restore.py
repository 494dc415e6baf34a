"""``strongroom restore``: bring a backup back, beside what is there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import (
    age_text,
    expected_text,
    moment_text,
    plural,
    size_text,
)

if TYPE_CHECKING:
    from strongroom.backups.wal import Target
    from strongroom.config import Configuration
    from strongroom.restores import Plan, Restored
    from strongroom.restores.renaming import DatabasePlan, RestoredDatabase


UNRECORDED = "does not vouch for this backup; only its own manifest says what it holds"


class Options(TypedDict):
    """What may be given beside the name of a backup."""

    swap: bool
    leave_behind: bool
    plan_only: bool
    store: str | None
    tables: tuple[str, ...]
    schema: str | None
    into: str | None
    to_time: str | None
    to_lsn: str | None
    to_name: str | None
    before: str | None
    key: Path | None
    to: Path | None


@click.command("restore")
@click.argument("backup_id", required=False)
@click.option("--swap", is_flag=True, help="Then exchange it with what is in place.")
@click.option(
    "--leave-behind", is_flag=True, help="Agree that slots and subscriptions stay behind a swap."
)
@click.option("--plan", "plan_only", is_flag=True, help="Only say what would be done.")
@click.option("--store", help="Restore from this store: a copy.")
@click.option("--table", "tables", multiple=True, metavar="SCHEMA.TABLE", help="Only this table.")
@click.option("--schema", help="Only the tables of this schema.")
@click.option("--into", metavar="SCHEMA", help="The new schema for tables; by default its time.")
@click.option("--to-time", help="Go on to this moment: 2030-01-31T12:00:00+00:00.")
@click.option("--to-lsn", help="Go on to this position in the log, which is not reached itself.")
@click.option("--to-name", help="Go on to this restore point (pg_create_restore_point).")
@click.option("--before", help="Go on to just before this entry of the ledger, by its number.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="On a new machine: the private key's file."
)
@click.option(
    "--to", type=click.Path(path_type=Path), help="On a new machine: the directory of the home."
)
@pass_output
def command(output: Output, /, backup_id: str | None, **options: Unpack[Options]) -> None:
    """Restore a backup beside what is there, and verify it against its manifest.

    Without BACKUP_ID, the newest backup, or the newest one that leads to the point in time that
    is given: at most one of --to-time, --to-lsn, --to-name and --before. Nothing is overwritten:
    with --swap the restored data take the place, and what lay there is kept, so that "strongroom
    undo" can return to it. On a server of others the copy is a new database, and a swap renames
    both.

    On a new machine --store, --key and --to are all it needs: no configuration, no ledger.

    With --table or --schema, only those tables come back, into a new schema beside those of today,
    also as they were at a point in time.
    """
    if options["to"] or options["key"]:
        _make_home(output, backup_id, options)
        return
    configuration = output.configuration().with_store(options["store"])
    if options["tables"] or options["schema"] or options["into"]:
        _bring_aside(output, configuration, backup_id, options)
        return
    whole = Whole(output, configuration, backup_id, options)
    if options["plan_only"]:
        plan = whole.plan()
        output.result({"plan": plan.as_dict()}, plan_lines(plan))
        return
    _tell(output, whole.restore(), backup_id, options)


def _tell(
    output: Output,
    restored: Restored | RestoredDatabase,
    backup_id: str | None,
    options: Options,
) -> None:
    again = shlex.join(["strongroom", "restore", *_given(backup_id, options)])
    following = "strongroom check" if restored.swapped else f"{again} --swap"
    lines = restored_lines(restored)
    if restored.swapped:
        lines.append(f"  {output.addressed('strongroom undo')}  takes the swap back")
    output.result(restored.as_dict(), [*lines, "", output.next_line(following)])


def _given(backup_id: str | None, options: Options) -> list[str]:
    """What was asked for, to be asked for again."""
    named: Mapping[str, str | None] = {
        "--store": options["store"],
        "--to-time": options["to_time"],
        "--to-lsn": options["to_lsn"],
        "--to-name": options["to_name"],
        "--before": options["before"],
    }
    again = [part for name, value in named.items() if value for part in (name, value)]
    return [*([backup_id] if backup_id else []), *again]


def _make_home(output: Output, backup_id: str | None, options: Options) -> None:
    from strongroom.cli.new_machine import make_home

    store, key, to = options["store"], options["key"], options["to"]
    others = options["swap"] or options["leave_behind"] or options["tables"] or options["schema"]
    if store is None or key is None or to is None or others:
        raise click.UsageError("A new machine needs --store, --key and --to, and nothing else.")
    make_home(output, (store, key, to), backup_id, plan_only=options["plan_only"])


def _bring_aside(
    output: Output, configuration: Configuration, backup_id: str | None, options: Options
) -> None:
    from strongroom.cli.aside import bring

    tables, schema = options["tables"], options["schema"]
    if bool(tables) == bool(schema) or options["swap"] or options["plan_only"]:
        raise click.UsageError(
            "Say either --table or --schema, with --into if need be, and neither --swap nor --plan."
        )
    bring(
        output,
        configuration,
        backup_id,
        tables=tables,
        schema=schema,
        into=options["into"],
        point=_point(configuration, options),
    )


def _point(configuration: Configuration, options: Options) -> Target | None:
    from strongroom.restores import target_at

    return target_at(
        configuration,
        time=options["to_time"],
        lsn=options["to_lsn"],
        name=options["to_name"],
        before=options["before"],
    )


class Whole:
    """The restore of a whole database, by the means that its server allows."""

    def __init__(
        self,
        output: Output,
        configuration: Configuration,
        backup_id: str | None,
        options: Options,
    ) -> None:
        self._output, self._configuration, self._backup_id = output, configuration, backup_id
        self._swap, self._leave_behind = options["swap"], options["leave_behind"]
        self._target = _point(configuration, options)

    def plan(self) -> Plan | DatabasePlan:
        """Say what would be done."""
        from strongroom.restores import plan_restore
        from strongroom.restores.renaming import plan_database_restore

        if self._configuration.server is not None:
            return plan_restore(
                self._configuration, self._backup_id, target=self._target, swap=self._swap
            )
        return plan_database_restore(
            self._configuration,
            self._backup_id,
            target=self._target,
            swap=self._swap,
            leave_behind=self._leave_behind,
        )

    def restore(self) -> Restored | RestoredDatabase:
        """Do it, and tell the plan first."""
        from strongroom.restores import restore
        from strongroom.restores.renaming import restore_database

        def tell(plan: Plan | DatabasePlan) -> None:
            self._output.note("\n".join([*plan_lines(plan), ""]))

        progress = self._output.progress()
        if self._configuration.server is not None:
            return restore(
                self._configuration,
                self._backup_id,
                target=self._target,
                swap=self._swap,
                progress=progress,
                on_plan=tell,
            )
        return restore_database(
            self._configuration,
            self._backup_id,
            target=self._target,
            swap=self._swap,
            leave_behind=self._leave_behind,
            progress=progress,
            on_plan=tell,
        )


def plan_lines(plan: Plan | DatabasePlan) -> list[str]:
    """Lay out a plan for a terminal."""
    age = age_text(plan.taken_at, datetime.now(UTC))
    return [
        f"  backup      {plan.backup_id}",
        f"  taken       {moment_text(plan.taken_at)}, {age}",
        f"  holds       {plural(plan.tables, 'table')}, {plural(plan.rows, 'row')}",
        *(f"  ▲ without   {gap}" for gap in plan.absent),
        *([] if plan.in_ledger else [f"  ▲ ledger    {UNRECORDED}"]),
        f"  restored    to {plan.target}",
        "              and compared with its manifest, table by table",
        *_point_lines(plan),
        f"  needs       {size_text(plan.needed_bytes)}; {_free(plan.free_bytes)}",
        f"  takes       {expected_text(plan.expected_s)}",
        *_swap_lines(plan),
    ]


def _point_lines(plan: Plan | DatabasePlan) -> list[str]:
    if plan.to is None:
        return []
    return [
        f"  goes on     to {plan.to}{f', {plan.told}' if plan.told else ''}",
        f"              by {size_text(plan.log_bytes)} of log beyond that of the backup",
    ]


def _free(free_bytes: int | None) -> str:
    if free_bytes is None:
        return "how much is free on that server, this machine cannot know"
    return f"{size_text(free_bytes)} are free"


def _swap_lines(plan: Plan | DatabasePlan) -> list[str]:
    place = getattr(plan, "data_directory", None) or getattr(plan, "database", "")
    if not plan.swap:
        return [f"  untouched   {place} ({_described(plan.in_place)})"]
    return [
        f"  then        it takes the place of {place}",
        f"  kept        {plan.kept or 'nothing: nothing lies there now'}",
    ]


def _described(in_place: str) -> str:
    return {"missing": "nothing lies there now", "cluster": "a PostgreSQL database"}.get(
        in_place, in_place
    )


def restored_lines(restored: Restored | RestoredDatabase) -> list[str]:
    """Lay out what a restore has done."""
    done = click.style("restored", fg="green", bold=True)
    open_questions = restored.comparison.findings if restored.comparison else []
    equal = "; ".join(open_questions) or "equal to its manifest, table by table"
    lines = [f"{done}  {restored.restored}: {equal}"]
    if reached := restored.reached:
        last = reached.last_transaction_at
        committed = f"; its last transaction is of {last.isoformat()}" if last else ""
        lines.append(
            f"  then went on through {size_text(reached.replayed_bytes)} of log to "
            f"{reached.position}{committed}"
        )
    if restored.kept:
        lines.append(f"  what lay there before is kept as {restored.kept}")
    return lines
