"""``strongroom backup``: take a backup now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.copy import copies_lines
from strongroom.cli.layout import Whole
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text, duration_text, size_text

if TYPE_CHECKING:
    from strongroom.backups import Choice, Manifest, Method


@click.command("backup")
@click.option(
    "--method",
    type=click.Choice(["auto", "logical", "physical"]),
    help="How: rows and schema by pg_dump, or the cluster's own files and its log.",
)
@click.option("--full", is_flag=True, help="Let a physical backup build on no other one.")
@click.option("--rights", is_flag=True, help="Take none; print the SQL that its role lacks for it.")
@pass_output
def command(output: Output, method: Method | None, *, full: bool, rights: bool) -> None:
    """Take an encrypted backup, with the count and digest of every table at one moment.

    Refused unless the database is the expected one. The running application is not disturbed.
    The stores in store.copies are brought up to date; one that fails takes nothing away.
    """
    from strongroom.backups import StoreCopies, chosen_for, take

    if rights:
        _show_rights(output)
        return
    copies: list[StoreCopies] = []
    configuration = output.configuration()
    manifest = take(
        configuration,
        method=method,
        full=full,
        progress=output.progress(),
        on_copies=copies.extend,
    )
    choice = chosen_for(configuration, manifest.backup_id)
    document = {**manifest.as_dict(), "reason": choice.reason if choice else None}
    if copies:
        document["copies"] = [one.as_dict() for one in copies]
    lacking = not all(one.complete for one in copies)
    following = output.next_line("strongroom copy" if lacking else "strongroom drill")
    output.result(document, [*backup_lines(manifest, choice), *copies_lines(copies), "", following])


def _show_rights(output: Output) -> None:
    """Print what psql can run; what is not SQL stands in a comment."""
    from strongroom.backups import missing_rights

    lacking = missing_rights(output.configuration())
    lines = [part for one in lacking for part in (f"-- {one.what}", *_as_sql(one.statement))]
    output.result(
        {"missing": [{"what": one.what, "remedy": one.statement} for one in lacking]},
        [Whole(one) for one in lines]
        or ["-- The role has every right that a physical backup needs."],
    )


def _as_sql(remedy: str) -> list[str]:
    is_sql = remedy.startswith(("GRANT ", "ALTER ", "CREATE "))
    return f"{remedy};".replace("; ", ";\n").split("\n") if is_sql else [f"-- {remedy}"]


def kind_text(manifest: Manifest) -> str:
    """Name how a backup was taken."""
    physical = manifest.physical
    return f"physical, {physical.kind}" if physical else manifest.method


def backup_lines(manifest: Manifest, choice: Choice | None = None) -> list[str]:
    """Lay out a new backup for a terminal: what is in it, and what is not."""
    return [
        (
            f"{click.style('backed up', fg='green', bold=True)}  {manifest.backup_id}: "
            f"{len(manifest.tables)} tables, {count_text(manifest.rows)} rows, "
            f"{size_text(manifest.size_bytes)} in {duration_text(manifest.duration_s)}, "
            f"{kind_text(manifest)}"
        ),
        *([f"  {choice.method}: {choice.reason}"] if choice else []),
        *_unproven_lines(manifest),
        *(f"  not covered: {gap}" for gap in manifest.not_covered),
    ]


def _unproven_lines(manifest: Manifest) -> list[str]:
    why = manifest.unproven
    return [f"{click.style('cannot be proven', fg='red', bold=True)}: {why}"] if why else []
