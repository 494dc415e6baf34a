"""``strongroom migrate``: bring the schema to another revision, and lose nothing unasked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.layout import Whole
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text, duration_text, plural, size_text
from strongroom.errors import ConfirmationNeededError, MigrationRefusedError

if TYPE_CHECKING:
    from strongroom.config import Configuration
    from strongroom.migrations import Migrated, Plan, Rehearsal, Request
    from strongroom.migrations.project import Direction

_MARKS = {"danger": "✗", "caution": "▲", "unknown": "?"}
_SHOWN_MAX = 12
_PATH = click.Path(path_type=Path)


class _TokenWrittenError(Exception):
    """A person has agreed, and the agreement was written down for somewhere else."""


@click.command("migrate")
@click.option("--to", "upgrade_to", metavar="REV", help="Upgrade to REV; by default to head.")
@click.option("--downgrade", "downgrade_to", metavar="REV", help="Go back to REV.")
@click.option("--stamp", "stamp_as", metavar="REV", help="Say that the schema is at REV.")
@click.option(
    "--alembic",
    type=_PATH,
    help="The application's alembic.ini or pyproject.toml, or their directory.",
)
@click.option(
    "-x",
    "x_arguments",
    multiple=True,
    metavar="NAME=VALUE",
    help="What env.py asks for, as Alembic.",
)
@click.option("--plan-only", is_flag=True, help="Only say what would run.")
@click.option(
    "--issue-token",
    "token_for",
    type=_PATH,
    help="Apply nothing yet: write a one-use token for where there is no terminal.",
)
@click.option("--token-file", type=_PATH, help="Use such a token up.")
@pass_output
def command(  # noqa: PLR0913  each is an option of the verb
    output: Output,
    *,
    upgrade_to: str | None,
    downgrade_to: str | None,
    stamp_as: str | None,
    alembic: Path | None,
    x_arguments: tuple[str, ...],
    plan_only: bool,
    token_for: Path | None,
    token_file: Path | None,
) -> None:
    """Migrate by the application's own Alembic revisions.

    Planned and linted, then tried out on a restored copy of a proven backup, then applied with
    limits of time, and verified. What would be lost must be declared in the revision, or agreed
    to by a person at a terminal (or by a token that one has made). Exit status: 0 done or
    nothing to do, 30 refused, 1 failed; the database is then as before, or the next step is said.
    """
    from strongroom.migrations import alembic_config, alembic_path, migrate, plan

    direction, target = _destination(upgrade_to, downgrade_to, stamp_as)
    configuration = output.configuration()
    ini = alembic_config(alembic_path(configuration, alembic), x=x_arguments)
    progress = output.progress()
    if plan_only:
        made = plan(configuration, ini, target=target, direction=direction, progress=progress)
        findings = [one.as_dict() for one in made.findings]
        document = {"plan": made.as_dict(), "findings": findings, "applied": []}
        output.result(document, plan_lines(made))
        return

    def confirm(request: Request) -> str | None:
        return _agreement(output, configuration, request, token_for, token_file)

    try:
        migrated = migrate(
            configuration,
            ini,
            target=target,
            direction=direction,
            confirm=confirm,
            progress=progress,
        )
    except MigrationRefusedError as error:
        _tell_refusal(output, error)
        return
    except _TokenWrittenError:
        output.result(
            {"token_file": str(token_for), "applied": []},
            [f"A token was written to {token_for}. It works once, for one hour."],
        )
        return
    output.result(migrated.as_dict(), migrated_lines(migrated))


def _destination(
    upgrade_to: str | None, downgrade_to: str | None, stamp_as: str | None
) -> tuple[Direction, str | None]:
    given = [one for one in (upgrade_to, downgrade_to, stamp_as) if one is not None]
    if len(given) > 1:
        raise click.UsageError("--to, --downgrade and --stamp exclude each other")
    if downgrade_to is not None:
        return "downgrade", downgrade_to
    if stamp_as is not None:
        return "stamp", stamp_as
    return "upgrade", upgrade_to


def _agreement(
    output: Output,
    configuration: Configuration,
    request: Request,
    token_for: Path | None,
    token_file: Path | None,
) -> str | None:
    """Ask whoever can agree: a token made for exactly this, or a person at a terminal."""
    from strongroom.identity.tokens import issue_token, use_token

    purpose = f"migrate {request.fingerprint}"
    if token_file is not None:
        use_token(configuration, purpose=purpose, source=token_file)
        return "token"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    for line in request.lines():
        output.note(f"  {line}")
    typed = click.prompt(
        f"\nType {configuration.environment} to agree to these losses", err=True, default=""
    )
    if typed != configuration.environment:
        raise ConfirmationNeededError(
            "Nothing was agreed to, and nothing was changed.",
            next_step="strongroom migrate --plan-only",
        )
    if token_for is not None:
        issue_token(configuration, purpose=purpose, destination=token_for)
        raise _TokenWrittenError
    return "terminal"


def _tell_refusal(output: Output, error: MigrationRefusedError) -> None:
    """Show what was found beside the refusal: it is what somebody has to judge."""
    if output.as_json:
        told = {"code": error.code, "message": error.message, "next": error.next_step}
        told["next"] = output.addressed(error.next_step)
        output.result({"error": told, **error.document})
    else:
        document: dict[str, Any] = error.document
        for finding in document["findings"][:_SHOWN_MAX]:
            output.note(_finding_line(finding))
        for statement in _telling(document["rehearsal"]):
            output.note(statement)
        output.error(error)
    output.exit(error.exit_code)


def plan_lines(plan: Plan) -> list[str]:
    """Lay out a plan for a terminal."""
    if not plan.revisions:
        return ["Nothing is pending."]
    lines = [f"{plan.direction} to {plan.target}: {plural(len(plan.revisions), 'revision')}", ""]
    for one in plan.revisions:
        lines.append(f"  {one.revision}  {one.description}")
        statements = (one.sql or one.unrendered or "").splitlines()
        lines += [Whole(f"      {line}".rstrip()) for line in statements]
    return [*lines, "", *_finding_lines(plan)]


def migrated_lines(migrated: Migrated) -> list[str]:
    """Lay out what a migration has done."""
    if not migrated.applied:
        return ["Nothing was pending.", *migrated.notes]
    done = click.style("migrated", fg="green", bold=True)
    lines = [
        (
            f"{done}  {migrated.plan.direction} to {', '.join(migrated.applied)}, "
            f"in {duration_text(migrated.duration_s)}"
        ),
        *(f"  {note}" for note in migrated.notes),
        *_finding_lines(migrated.plan),
    ]
    if migrated.proof is not None:
        lines += _rehearsal_lines(migrated.proof.rehearsal)
    return lines


def _finding_lines(plan: Plan) -> list[str]:
    shown = [_finding_line(one.as_dict()) for one in plan.findings[:_SHOWN_MAX]]
    more = len(plan.findings) - len(shown)
    return [*shown, *([f"  and {plural(more, 'more finding')}"] if more else [])]


def _finding_line(finding: dict[str, Any]) -> str:
    where = f" {finding['table']}" if finding["table"] else ""
    return f"  {_MARKS[finding['severity']]} {finding['rule']}{where}: {finding['why']}"


def _rehearsal_lines(rehearsal: Rehearsal) -> list[str]:
    rows = count_text(sum(rehearsal.rows_before.values()))
    measured = f"  rehearsed on backup {rehearsal.backup_id}: {rows} rows, "
    return [measured + duration_text(rehearsal.duration_s), *_telling(rehearsal.as_dict())]


def _telling(rehearsal: dict[str, Any] | None) -> list[str]:
    """What the copy showed: who would have waited, what was written anew, what was lost."""
    if rehearsal is None:
        return []
    lines = [
        f"    {one['table']}: {one['blocks']} stopped for {duration_text(one['held_s'])}"
        for one in rehearsal["locks"]
    ]
    lines += [
        f"    {one['kind']} {one['relation']}: written anew, {size_text(one['size_bytes'])}"
        for one in rehearsal["rewrites"]
    ]
    lines += [
        f"    {one['effect']}: {plural(one['rows'], 'row')} of the copy"
        for one in rehearsal["losses"]
    ]
    return lines
