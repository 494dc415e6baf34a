"""A passphrase comes from a terminal, a file or an open descriptor; never from an argument."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from strongroom.errors import ConfirmationNeededError, WrongKeyError

SIZE_MAX_BYTES = 4096


def passphrase_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the two ways to a passphrase that need no terminal."""
    of_file = click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path),
        help="The passphrase is the first line of this file.",
    )
    of_descriptor = click.option(
        "--passphrase-fd", type=int, help="The same, of this open descriptor."
    )
    return of_file(of_descriptor(command))


def passphrase_from(file: Path | None, descriptor: int | None, *, new: bool) -> str:
    """Read a passphrase; on a terminal it is asked for, twice where it is new.

    Raises:
        WrongKeyError: the file or the descriptor cannot be read, or has none.
        ConfirmationNeededError: there is no terminal either.
    """
    if file is not None or descriptor is not None:
        return _first_line(file, descriptor)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfirmationNeededError(
            "A passphrase is needed, and there is no terminal to ask for it.",
            next_step="the same with --passphrase-file PATH, or --passphrase-fd NUMBER",
        )
    asked = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return str(asked)


def _first_line(file: Path | None, descriptor: int | None) -> str:
    named = str(file) if file is not None else f"descriptor {descriptor}"
    try:
        if file is not None:
            with file.open("rb") as opened:
                data = opened.read(SIZE_MAX_BYTES)
        else:
            data = os.read(descriptor or 0, SIZE_MAX_BYTES)
        line = data.decode().split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise WrongKeyError(
            f"The passphrase cannot be read from {named}.", next_step="give a readable file"
        ) from None
    if not line:
        raise WrongKeyError(
            f"There is no passphrase in the first line of {named}.",
            next_step="give a file whose first line is the passphrase",
        )
    return line
