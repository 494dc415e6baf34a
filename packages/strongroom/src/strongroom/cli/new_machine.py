"""How ``strongroom restore --to`` and ``backups --store`` tell what they do on a new machine."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.layout import next_line
from strongroom.cli.output import Output
from strongroom.cli.quantities import age_text, expected_text, moment_text, plural, size_text

if TYPE_CHECKING:
    from strongroom.backups import Manifest
    from strongroom.restores.new_machine import HomePlan


def make_home(
    output: Output, given: tuple[str, Path, Path], backup_id: str | None, *, plan_only: bool
) -> None:
    """Restore a backup as a new home; ``given`` are the store, the key and the directory."""
    from strongroom.restores.new_machine import plan_home, restore_home

    if plan_only:
        plan = plan_home(*given, backup_id)
        output.result({"plan": plan.as_dict()}, _plan_lines(plan))
        return
    made = restore_home(
        *given,
        backup_id,
        progress=output.progress(),
        on_plan=lambda plan: output.note("\n".join([*_plan_lines(plan), ""])),
    )
    checking = f"strongroom --config {shlex.quote(str(made.configuration))} check"
    done = click.style("restored", fg="green", bold=True)
    equal = "; ".join(made.comparison.findings) or "equal to its manifest, table by table"
    lines = [
        f"{done}  {made.plan.directory}: {equal}",
        f"  database    {made.database}, for the application {made.plan.application}",
        "  server      runs while the application or strongroom watch has the database open",
        "  the other   machine is not told; let only one of them take backups from now on",
        "",
        next_line(checking),
    ]
    output.result({**made.as_dict(), "next": checking}, lines)


def _plan_lines(plan: HomePlan) -> list[str]:
    return [
        f"  store       {plan.store}",
        f"  backup      {plan.backup_id}, of {plan.application} ({plan.environment})",
        f"  taken       {moment_text(plan.taken_at)}, {age_text(plan.taken_at, datetime.now(UTC))}",
        f"  holds       {plural(plan.tables, 'table')}, {plural(plan.rows, 'row')}",
        f"  restored    as a new home in {plan.directory}",
        "              and compared with its manifest, table by table",
        f"  needs       {size_text(plan.needed_bytes)}; {size_text(plan.free_bytes)} are free",
        f"  takes       {expected_text(plan.expected_s)}",
    ]


def list_store(output: Output, store: str, key: Path | None) -> None:
    """List what lies in a store that nothing is known of here."""
    from strongroom.restores.new_machine import found_in

    found = found_in(store, Path.cwd())
    ours = _public_keys(key)
    shown = [_shown(backup, ours) for backup in found.backups]
    document = {
        "backups": [{**one.as_dict(), "rows": one.rows} for one in found.backups],
        "opened_by_key": [
            one.backup_id for one in found.backups if ours and not ours.isdisjoint(one.recipients)
        ],
        "damaged": [{"backup_id": one.backup_id, **one.problem.as_dict()} for one in found.damaged],
    }
    lines = shown or [f"There is no whole backup in {found.address}."]
    lines += [f"{one.backup_id}  damaged  {one.problem.message}" for one in found.damaged]
    if found.backups:
        told = f"--store {shlex.quote(store)} --key {shlex.quote(str(key or 'KEY'))}"
        lines += ["", next_line(f"strongroom restore {told} --to DIRECTORY")]
    output.result(document, lines)


def _public_keys(key: Path | None) -> set[str]:
    from strongroom.identity.keys import read_identities

    return {str(one.to_public()) for one in read_identities(key)} if key else set()


def _shown(backup: Manifest, ours: set[str]) -> str:
    taken = age_text(backup.started_at, datetime.now(UTC))
    fits = (
        "" if not ours else "  opens" if not ours.isdisjoint(backup.recipients) else "  other key"
    )
    return (
        f"{backup.backup_id}  {taken:>18}  {size_text(backup.size_bytes):>9}  {backup.method}  "
        f"{backup.application} ({backup.environment}), {plural(backup.rows, 'row')}{fits}"
    )
