"""``strongroom accept``: a person says that a refused database is the right one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from strongroom.cli.judgement import judgement_lines
from strongroom.cli.output import Output, pass_output
from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError
from strongroom.identity import Judgement, Verdict, accept, check
from strongroom.identity.judgement import ACCEPTABLE
from strongroom.identity.tokens import issue_token, use_token


@click.command("accept")
@click.option("--verdict", type=click.Choice([str(one) for one in ACCEPTABLE]), required=True)
@click.option("--found", metavar="FINGERPRINT", required=True, help="As check printed it.")
@click.option(
    "--issue-token",
    "token_for",
    type=click.Path(path_type=Path),
    help="Accept nothing yet: write a one-use token for where there is no terminal.",
)
@click.option("--token-file", type=click.Path(path_type=Path), help="Use such a token up.")
@pass_output
def command(
    output: Output, verdict: str, found: str, token_for: Path | None, token_file: Path | None
) -> None:
    """Accept a refused database as the right one.

    Asks on a real terminal, or takes a one-use token that was made on one. Only the state
    changes, and the act stays in the ledger.
    """
    configuration = output.configuration()
    purpose = f"accept {verdict} {found}"
    if token_for is not None:
        _issue(output, configuration, purpose, token_for)
        return

    def confirm(judgement: Judgement) -> str:
        if token_file is not None:
            use_token(configuration, purpose=purpose, source=token_file)
            return "token"
        _ask(output, configuration, judgement)
        return "terminal"

    judgement = accept(configuration, verdict=Verdict(verdict), fingerprint=found, confirm=confirm)
    document = output.judgement(judgement.as_dict())
    output.result(document, judgement_lines(document))
    if not judgement.matches:
        output.exit(judgement.verdict.exit_code)


def _issue(output: Output, configuration: Configuration, purpose: str, destination: Path) -> None:
    _ask(output, configuration, check(configuration))
    issue_token(configuration, purpose=purpose, destination=destination)
    output.result(
        {"token_file": str(destination)},
        [f"A token was written to {destination}. It works once, for one hour, for: {purpose}"],
    )


def _ask(output: Output, configuration: Configuration, judgement: Judgement) -> None:
    """Have a person at a terminal type the environment's name; a pipe cannot."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfirmationNeededError(
            "Accepting a database needs a person at a terminal, or a token made by one.",
            next_step=judgement.accept or "strongroom check",
        )
    output.ask_about(judgement_lines(judgement.as_dict()))
    typed = click.prompt(
        f"\nType {configuration.environment} to make this the expected database", err=True
    )
    if typed != configuration.environment:
        raise ConfirmationNeededError("Nothing was accepted.", next_step="strongroom check")
