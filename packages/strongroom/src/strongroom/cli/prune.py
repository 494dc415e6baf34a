"""``strongroom prune``: remove the backups that retention lets go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.confirming import ask_person, confirmed
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import plural, size_text
from strongroom.errors import ConfirmationNeededError

if TYPE_CHECKING:
    from strongroom.backups import Pruning
    from strongroom.backups.pruning_copies import PrunedCopies
    from strongroom.config import Configuration

ACKNOWLEDGE = "strongroom prune --acknowledge"
_TOKEN = click.Path(path_type=Path)


@click.command("prune")
@click.option("--dry-run", is_flag=True, help="Only show what would be kept and removed, and why.")
@click.option("--acknowledge", is_flag=True, help="Say that you have looked at what froze it.")
@click.option("--issue-token", "token_for", type=_TOKEN, help="Write a one-use token instead.")
@click.option("--token-file", type=_TOKEN, help="Use such a token up.")
@pass_output
def command(
    output: Output,
    *,
    dry_run: bool,
    acknowledge: bool,
    token_for: Path | None,
    token_file: Path | None,
) -> None:
    """Remove the backups that retention lets go; settings say for how long which are kept.

    Copies of what is removed go as well, as soon as their servers let them. Refused unless the
    database is the expected one. After anything that may be a loss nothing
    is removed until a person has looked and acknowledged it; that removes nothing itself.
    """
    if (token_for or token_file) and not acknowledge:
        raise click.UsageError("--issue-token and --token-file go with --acknowledge.")
    if acknowledge and dry_run:
        raise click.UsageError("--acknowledge removes nothing by itself; use one of the two.")
    configuration = output.configuration()
    if acknowledge:
        _acknowledge(output, configuration, token_for, token_file)
        return
    from strongroom.backups import plan_pruning, prune
    from strongroom.drills import drill_verdicts

    if dry_run:
        pruning = plan_pruning(configuration, drill_verdicts)
    else:
        pruning = prune(configuration, drill_verdicts, progress=output.progress())
    acted = not (dry_run or pruning.frozen)
    following = _following(pruning, dry_run=dry_run)
    if pruning.problem is not None:
        following = pruning.problem.next_step
    lines = pruning_lines(pruning, acted=acted)
    document = {**pruning.as_dict(), "next": output.addressed(following) if following else ""}
    output.result(document, [*lines, "", output.next_line(following)] if following else lines)
    if pruning.frozen and not dry_run:
        output.exit(ConfirmationNeededError.exit_code)
    if pruning.problem is not None:
        output.exit(1)


def _acknowledge(
    output: Output, configuration: Configuration, token_for: Path | None, token_file: Path | None
) -> None:
    from strongroom.backups import acknowledge, plan_pruning
    from strongroom.drills import drill_verdicts

    before = plan_pruning(configuration, drill_verdicts)
    if not before.causes:
        output.result(before.as_dict(), ["There is nothing to acknowledge."])
        return
    purpose = f"prune acknowledge {before.fingerprint}"
    told = [
        "Retention is frozen, because",
        *(f"  {cause.what}" for cause in before.causes),
        f"Once acknowledged, the next run removes {plural(len(before.expired), 'backup')}.",
    ]
    following = f"{ACKNOWLEDGE}, on a terminal"
    if token_for is not None:
        from strongroom.identity.tokens import issue_token

        ask_person(output, configuration, told=told, next_step=following)
        issue_token(configuration, purpose=purpose, destination=token_for)
        output.result({"token_file": str(token_for)}, [f"A token was written to {token_for}."])
        return
    by = confirmed(
        output,
        configuration,
        purpose=purpose,
        token_file=token_file,
        told=told,
        next_step=following,
    )
    after = acknowledge(configuration, drill_verdicts, found=before.fingerprint, confirmed_by=by)
    following = "strongroom prune --dry-run"
    output.result(
        {**after.as_dict(), "next": output.addressed(following)},
        ["Acknowledged. Nothing was removed.", "", output.next_line(following)],
    )


def pruning_lines(pruning: Pruning, *, acted: bool) -> list[str]:
    """Lay out what is kept and what goes, each with its reasons."""
    kept = click.style("kept", fg="green")
    gone = click.style("removed" if acted else "would go", fg="yellow")
    lines = [
        f"{kept}  {fate.backup.backup_id}  {'; '.join(fate.kept_because)}" for fate in pruning.kept
    ]
    lines += [
        f"{gone}  {fate.backup.backup_id}  {'; '.join(fate.expired_because)}"
        for fate in pruning.expired
    ]
    if not pruning.fates:
        lines.append("There is no whole backup.")
    if pruning.frozen:
        mark = click.style("▲ frozen", fg="yellow", bold=True)
        lines.append(f"{mark}  Nothing is removed: {pruning.frozen}.")
    else:
        count, size = plural(len(pruning.expired), "backup"), size_text(pruning.freed_bytes)
        lines.append(f"{count} removed, {size} freed." if acted else f"{count}, {size}.")
    return [*lines, *(line for one in pruning.copies for line in _copy_lines(one))]


def _copy_lines(copies: PrunedCopies) -> list[str]:
    lines = []
    if copies.removed:
        size = size_text(copies.freed_bytes)
        lines.append(f"copy    {copies.store}: {plural(len(copies.removed), 'backup')}, {size}.")
    if copies.locked:
        lines.append(
            f"copy    {copies.store}: {plural(len(copies.locked), 'backup')} locked by its server "
            "for now; a later run removes them."
        )
    if copies.problem is not None:
        mark = click.style("▲ copy", fg="yellow")
        lines.append(f"{mark}  {copies.store}: {copies.problem.message}")
    return lines


def _following(pruning: Pruning, *, dry_run: bool) -> str:
    if pruning.refusal:
        return "strongroom check"
    if pruning.causes:
        return ACKNOWLEDGE
    return "strongroom prune" if dry_run and pruning.expired else ""
