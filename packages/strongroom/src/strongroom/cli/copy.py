"""``strongroom copy``: bring the copies of the backups in other stores up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import plural, size_text

if TYPE_CHECKING:
    from strongroom.backups import StoreCopies


@click.command("copy")
@click.argument("backup_id", required=False)
@pass_output
def command(output: Output, backup_id: str | None) -> None:
    """Copy backups to the stores in store.copies: this one, or every one that they lack.

    Objects are copied as they are, encrypted, and compared with the manifest on their way.
    Exit status 1 where a store lacks something afterwards.
    """
    from strongroom.backups import copy_backups

    copies = copy_backups(output.configuration(), backup_id, progress=output.progress())
    complete = all(one.complete for one in copies)
    problem = next((problem for one in copies for problem in one.problems), None)
    lines = copies_lines(copies)
    if problem is not None:
        lines += ["", output.next_line(problem.next_step)]
    output.result({"copies": [one.as_dict() for one in copies], "complete": complete}, lines)
    if not complete:
        output.exit(1)


def copies_lines(copies: Sequence[StoreCopies]) -> list[str]:
    """Lay out what each store of copies has got: one line each, and one for each problem."""
    lines = []
    for one in copies:
        has = plural(len(one.copied) + len(one.there), "backup")
        mark = click.style("●", fg="green") if one.complete else click.style("▲", fg="yellow")
        got = f", {size_text(one.size_bytes)} copied now" if one.copied else ""
        lines.append(f"{mark} copy    {one.store}: {has}{got}")
        if one.missing:
            lines.append(f"    missing: {', '.join(one.missing)}")
        lines += [f"    {problem.message}" for problem in one.problems]
    return lines
