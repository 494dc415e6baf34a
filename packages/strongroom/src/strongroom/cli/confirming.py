"""A person at a real terminal says yes, by typing the environment's name. A pipe cannot."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from strongroom.cli.output import Output
from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError
from strongroom.identity.tokens import use_token


def confirmed(
    output: Output,
    configuration: Configuration,
    *,
    purpose: str,
    token_file: Path | None,
    told: Iterable[str],
    next_step: str,
) -> str:
    """Have an act confirmed; return by whom, for the ledger.

    Raises:
        ConfirmationNeededError: there is neither a terminal nor a token, or the answer was no.
    """
    if token_file is not None:
        use_token(configuration, purpose=purpose, source=token_file)
        return "token"
    ask_person(output, configuration, told=told, next_step=next_step)
    return "terminal"


def ask_person(
    output: Output, configuration: Configuration, *, told: Iterable[str], next_step: str
) -> None:
    """Show what is going to happen, and wait for the name of the environment."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfirmationNeededError(
            "This needs a person at a terminal, or a token made by one.", next_step=next_step
        )
    output.ask_about(list(told))
    typed = click.prompt(f"\nType {configuration.environment} to confirm", err=True)
    if typed != configuration.environment:
        raise ConfirmationNeededError("Nothing was changed.", next_step=next_step)
