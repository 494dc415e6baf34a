"""``strongroom refresh``: a masked copy of one environment for another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import age_text, count_text, moment_text, plural, size_text

if TYPE_CHECKING:
    from strongroom.config import Configuration
    from strongroom.refresh import Refreshed, RefreshPlan


@click.command("refresh")
@click.argument("target")
@click.option("--from", "source", required=True, help="The environment whose backup is copied.")
@click.option("--backup", "backup_id", help="Which backup of it; by default the newest.")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    help="What becomes of personal columns; by default masking.toml beside the source.",
)
@click.option("--propose", is_flag=True, help="Only print rules for columns that have none yet.")
@pass_output
def command(
    output: Output,
    target: str,
    source: str,
    backup_id: str | None,
    rules: Path | None,
    *,
    propose: bool,
) -> None:
    """Let a masked copy of SOURCE's backup take the place of the environment TARGET.

    TARGET and SOURCE are environments, or paths of their strongroom.toml. The source's database
    is not touched. What lay in the target's place is kept, so that "strongroom undo" returns to
    it. No original value of a masked column may be left: the copy is searched before it is used.
    """
    from strongroom.refresh import proposals, proposed_rules, refresh

    given, wanted = _environment(output, source), _environment(output, target)

    def tell(plan: RefreshPlan) -> None:
        output.note("\n".join([*plan_lines(plan), ""]))

    if propose:
        found = proposals(given, rules=rules, backup_id=backup_id, progress=output.progress())
        document = {
            "undecided": [
                {"table": one.column.table, "column": one.column.name, "why": one.why}
                for one in found
            ]
        }
        output.result(document, proposed_rules(found))
        return
    done = refresh(
        given,
        wanted,
        rules=rules,
        backup_id=backup_id,
        progress=output.progress(),
        on_plan=tell,
    )
    following = f"strongroom --config {wanted.path} check"
    output.result(done.as_dict(), [*refreshed_lines(done), "", output.next_line(following)])


def _environment(output: Output, named: str) -> Configuration:
    """Find an environment: by its path, beside the configuration at hand, or as installed."""
    from strongroom.config import find
    from strongroom.identity.environments import environment_called

    path = Path(named)
    if path.exists():
        return find(path, None, output.database)
    return environment_called(named, output.config, output.database)


def plan_lines(plan: RefreshPlan) -> list[str]:
    """Lay out a plan for a terminal."""
    age = age_text(plan.taken_at, datetime.now(UTC))
    return [
        f"  from        {plan.source}, backup {plan.backup_id}",
        f"  taken       {moment_text(plan.taken_at)}, {age}",
        f"  holds       {plural(plan.rows, 'row')}, masked by {plan.rules}",
        f"  to          {plan.target}, at {plan.data_directory}",
        f"  kept        {plan.kept or 'nothing: nothing lies there now'}",
        f"  needs       {size_text(plan.needed_bytes)}, twice",
    ]


def refreshed_lines(done: Refreshed) -> list[str]:
    """Lay out what a refresh has done, and what its proof says."""
    proof = done.proof
    places = ", ".join(plural(count, kind) for kind, count in sorted(proof.places.items()))
    columns = plural(len(proof.columns), "column")
    searched = f"{count_text(proof.values)} original values of {columns}"
    rows = plural(sum(done.rows.values()), "row")
    return [
        f"{click.style('●', fg='green')} {done.plan.target} now holds a masked copy: {rows}.",
        "",
        f"  searched    {places}; {size_text(proof.searched_bytes)}",
        f"  for         {searched}: none is left",
        *(f"  ▲ not for   {column}: {why}" for column, why in sorted(proof.not_searched.items())),
        *(f"  ▲ without   the rows of {table}: not its own" for table in done.not_copied),
        *(f"  ▲ narrow    {column}: {what}" for column, what in sorted(done.narrowed.items())),
        f"  kept        {done.kept or 'nothing lay there'}",
    ]
