"""Addresses of channels and pings: secrets, taken from where they lie and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import AlertError

VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
FILE = "file:"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://?.")


@dataclass(frozen=True)
class Address:
    """One address. ``name`` is what may be shown: the kind of service, and which of them."""

    name: str
    secret: str

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"Address({self.name})"

    __str__ = __repr__


def addresses_of(configuration: Configuration, written: Iterable[str]) -> list[Address]:
    """Read addresses from where the configuration says that they are.

    A file has one on each line; empty lines and those that start with ``#`` are left out.

    Raises:
        AlertError: a variable is not set, a file cannot be read, or something is no address.
    """
    found: list[Address] = []
    for text, source in _texts(configuration, written):
        matched = _SCHEME.match(text)
        if matched is None:
            raise AlertError(
                f"{source} holds no address of a channel: one begins like json:// or mailto://.",
                next_step=f"correct it, or [alerts] in {configuration.path}",
            )
        scheme = matched[1].lower()
        number = 1 + sum(one.name.rpartition(" ")[0] == scheme for one in found)
        found.append(Address(f"{scheme} {number}", text))
    return found


def _texts(configuration: Configuration, written: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each address, with words that tell where it came from."""
    for number, text in enumerate(written, 1):
        if matched := VARIABLE.fullmatch(text):
            yield _of_variable(configuration, matched[1]), f"the variable {matched[1]}"
        elif text.startswith(FILE):
            path = configuration.directory / text.removeprefix(FILE)
            for line in _lines(configuration, path):
                yield line, f"the file {path}"
        else:
            yield text, f"entry {number} of [alerts] in {configuration.path}"


def _of_variable(configuration: Configuration, name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise AlertError(
            f"The variable {name} is not set, and [alerts] in {configuration.path} names it.",
            next_step=f"set {name} where strongroom runs, or take it out of {configuration.path}",
        )
    return value


def _lines(configuration: Configuration, path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise AlertError(
            f"The file of addresses {path} cannot be read: {why}.",
            next_step=f"bring the file back, or correct [alerts] in {configuration.path}",
        ) from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
