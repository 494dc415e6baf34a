"""``strongroom check``: say whether this is the expected database."""

from __future__ import annotations

import click

from strongroom.cli.judgement import judgement_lines
from strongroom.cli.output import Output, pass_output
from strongroom.identity import check


@click.command("check")
@pass_output
def command(output: Output) -> None:
    """Say whether this is the expected database; nothing in it is changed.

    The exit status is that of the verdict: 0 for match, 10 to 17 for the others.
    """
    judgement = check(output.configuration(), progress=output.progress())
    document = output.judgement(judgement.as_dict())
    lines = judgement_lines(document)
    if not judgement.matches:
        document["error"] = {
            "code": "refused",
            "message": judgement.message,
            "next": document["next"],
        }
    output.result(document, lines)
    if not judgement.matches:
        output.exit(judgement.verdict.exit_code)
