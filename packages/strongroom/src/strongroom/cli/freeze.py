"""``strongroom freeze``: first aid when something has just been lost."""

from __future__ import annotations

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import size_text


@click.command("freeze")
@click.option("--thaw", "thawing", is_flag=True, help="Let applications in again.")
@pass_output
def command(output: Output, *, thawing: bool) -> None:
    """Stop the server, copy its files aside, and let no application in until --thaw.

    Deleted rows are in the files until vacuum, or a mere reader, removes them. Nothing is
    judged first, so that this helps whatever has happened. The copy is kept.
    """
    from strongroom.restores import freeze, thaw

    configuration = output.configuration()
    if thawing:
        copy = thaw(configuration, progress=output.progress())
        lines = ["The database lets applications in again.", f"  kept  {copy}", ""]
        output.result(
            {"frozen": False, "copy": str(copy)},
            [*lines, output.next_line("strongroom check")],
        )
        return
    frozen = freeze(configuration, progress=output.progress())
    lines = [
        f"{click.style('●', fg='blue')} Frozen: no application gets in, and vacuum rests.",
        "",
        f"  copied  {frozen.data_directory}, {size_text(frozen.size_bytes)}",
        f"  to      {frozen.copy}",
        "",
        output.next_line("strongroom restore"),
    ]
    output.result(frozen.as_dict(), lines)
