"""``strongroom migrations lint``: judge migrations before they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output, to_json

if TYPE_CHECKING:
    from strongroom.migrations.lint import Finding, LintContext
    from strongroom.migrations.lint.revisions import Function

DANGER_FOUND = 22
_COLOURS = {"danger": "red", "unknown": "magenta", "caution": "yellow"}


@click.group("migrations")
def command() -> None:
    """Judge migrations before they run."""


@command.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sarif", "as_sarif", is_flag=True, help="Print one SARIF 2.1.0 document.")
@click.option(
    "--server-version",
    type=click.IntRange(min=9),
    help="The major version of PostgreSQL; else that of the database, or 18.",
)
@click.option(
    "--connect", is_flag=True, help="Ask the configured database how large its tables are."
)
@click.option(
    "--in-transaction", is_flag=True, help="Whoever runs the files wraps each in a transaction."
)
@click.option("--downgrade", is_flag=True, help="Judge the revisions' downgrade() instead.")
@click.option("--strict", is_flag=True, help="Cautions count as dangers.")
@pass_output
def lint_command(  # noqa: PLR0913  one parameter for each option
    output: Output,
    files: tuple[Path, ...],
    server_version: int | None,
    *,
    as_sarif: bool,
    connect: bool,
    in_transaction: bool,
    downgrade: bool,
    strict: bool,
) -> None:
    """Judge SQL files and Alembic revisions; directories are searched for both.

    Exit status 22: something is dangerous, or cannot be judged (with --strict: or needs caution).
    A comment beside a statement allows a rule: -- strongroom: allow RULE because REASON.
    """
    from strongroom.migrations.lint.files import lint_file, migration_files
    from strongroom.migrations.lint.sarif import to_sarif

    context = _context(output, server_version, connect=connect, in_transaction=in_transaction)
    paths = migration_files(files)
    function: Function = "downgrade" if downgrade else "upgrade"
    findings = [
        one for path in paths for one in lint_file(path, context=context, function=function)
    ]
    if as_sarif:
        output.close()
        click.echo(to_json(to_sarif(findings)))
    else:
        output.result(_document(findings, paths), _lines(findings, paths))
    if any(strict or one.severity != "caution" for one in findings):
        output.exit(DANGER_FOUND)


def _context(
    output: Output, server_version: int | None, *, connect: bool, in_transaction: bool
) -> LintContext:
    """What the linter may know; with ``--connect`` only behind the gate."""
    from dataclasses import replace

    from strongroom.migrations.lint import LintContext

    context = LintContext(in_transaction=in_transaction)
    if connect:
        from strongroom.identity import open_database
        from strongroom.migrations.planning import context_of
        from strongroom.postgres.connections import connect as connected

        with (
            open_database(output.configuration(), progress=output.progress()) as database,
            connected(database.conninfo(), autocommit=True) as connection,
        ):
            context = replace(context_of(connection), in_transaction=in_transaction)
    if server_version is not None:
        context = replace(context, server_major=server_version)
    return context


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {
        name: sum(one.severity == name for one in findings)
        for name in ("danger", "unknown", "caution")
    }


def _document(findings: Sequence[Finding], paths: Sequence[Path]) -> dict[str, object]:
    return {
        "files": [str(path) for path in paths],
        "findings": [one.as_dict() for one in findings],
        "counts": _counts(findings),
    }


def _lines(findings: Sequence[Finding], paths: Sequence[Path]) -> list[str]:
    lines = []
    for one in findings:
        mark = click.style(one.severity, fg=_COLOURS[one.severity], bold=True)
        about = f"  {one.table}" if one.table else ""
        lines += [
            f"{one.file}:{one.line}  {mark}  {one.rule}{about}",
            f"    {one.why}",
            f"    instead: {one.instead}",
        ]
    counts = _counts(findings)
    files = "1 file" if len(paths) == 1 else f"{len(paths)} files"
    told = (
        ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing found"
    )
    return [*lines, f"{files}: {told}."]
