"""Who gave an address that leads to the wrong database, and the command that mends it.

It is looked for where a process usually gets it from: ``.env`` and Compose files beside the
configuration and the working directory, and the configuration itself. Found in none of them, the
variable was set by the shell or by whatever starts the process. No password is read out of these
files, and none is shown: only the place within an address is changed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError
from strongroom.identity.address import VARIABLE
from strongroom.identity.uri import parsed
from strongroom.identity.whereabouts import Whereabouts, whereabouts_of

_FILE_MAX_BYTES = 64 * 1024
_LEVELS_UP = 3
_COMPOSE = ("docker-compose*.yml", "docker-compose*.yaml", "compose*.yml", "compose*.yaml")
_PLACE = re.compile(r"(?:@|://)([^/@?#\s]*/[^/@?#\s]*)(?=[?#]|$)")
"""Host, port and name in an address: what stands behind the last ``@``."""
_SPECIAL = re.compile(r"([\\.\[\]*^$&|])")
"""Characters that mean something to ``sed``."""


@dataclass(frozen=True)
class Written:
    """A line that gives an address."""

    path: Path
    number: int
    value: str

    def __str__(self) -> str:
        """The line, for people."""
        return f"line {self.number} of {_shown(self.path)}"


@dataclass(frozen=True)
class AddressNote:
    """Who gave an address, in a sentence, and what mends it where it is known to be wrong."""

    told: str
    next: str | None = None


def correction(
    configuration: Configuration, now: Whereabouts, right: Whereabouts, why: str
) -> AddressNote:
    """How the address is made to lead where it should.

    Args:
        configuration: whose address it is.
        now: where it leads.
        right: where it should lead.
        why: how that is known, as the end of a sentence: ``it was last opened at``.
    """
    variable = _variable(configuration)
    lines = list(_lines(configuration, variable, now))
    told = f"{_given_by(variable, lines)} leads to {now.place}; {why} {right.place}."
    commands = [_edit(one, right) for one in lines]
    if variable is not None:
        commands.append(_export(variable, right))
    if now.user != right.user or not commands or None in commands:
        user = f" as user {right.user}" if right.user else ""
        where = " and ".join(map(str, lines)) or f"the variable {variable}"
        return AddressNote(told, f"write the address of {right.place}{user} into {where}")
    return AddressNote(told, " && ".join(one for one in commands if one))


def unmended(configuration: Configuration, now: Whereabouts, *, known_before: bool) -> AddressNote:
    """Who gave an address of which nobody knows that it is wrong; or that it led there before."""
    variable = _variable(configuration)
    given = _given_by(variable, list(_lines(configuration, variable, now)))
    told = f"{given} leads to {now.place}"
    if known_before:
        told += ", as it did when the pinned database was last opened from here"
    return AddressNote(f"{told}.")


def _variable(configuration: Configuration) -> str | None:
    named = VARIABLE.fullmatch(configuration.url or "")
    return named[1] if named else None


def _given_by(variable: str | None, lines: Sequence[Written]) -> str:
    what = f"The variable {variable}" if variable else "The address"
    if lines:
        return f"{what} ({', '.join(map(str, lines))})"
    return (
        f"{what} (no file here sets it: this shell did, or what started it)" if variable else what
    )


def _lines(
    configuration: Configuration, variable: str | None, now: Whereabouts
) -> Iterator[Written]:
    """The lines that give the address that leads where it leads now."""
    name = "url" if variable is None else variable
    assigned = re.compile(rf"\s*(?:export\s+|-\s+)?[\"']?{re.escape(name)}[\"']?\s*[=:]\s*(.+)")
    paths = [configuration.path] if variable is None else list(_files(configuration))
    for path in paths:
        for number, line in enumerate(_text(path).splitlines(), start=1):
            match = assigned.match(line)
            value = match[1].strip().strip("\"'") if match else ""
            if value and _leads_to(value, now):
                yield Written(path, number, value)


def _files(configuration: Configuration) -> Iterator[Path]:
    environment = configuration.environment
    names = (".env", ".env.local", f".env.{environment}", f".env.{environment}.local", ".envrc")
    seen = set()
    for directory in _directories(configuration):
        found = [directory / name for name in names]
        found += [path for pattern in _COMPOSE for path in sorted(directory.glob(pattern))]
        for path in found:
            if path not in seen and os.path.isfile(path):  # noqa: PTH113  unreadable is absent
                seen.add(path)
                yield path


def _directories(configuration: Configuration) -> Iterator[Path]:
    """The working directory and the configuration's, and above them up to the project's top."""
    for start in dict.fromkeys((Path.cwd(), configuration.directory.absolute())):
        for directory in (start, *start.parents[:_LEVELS_UP]):
            yield directory
            if os.path.exists(directory / ".git"):  # noqa: PTH110  unreadable is absent
                break


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_FILE_MAX_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _leads_to(value: str, now: Whereabouts) -> bool:
    try:
        return whereabouts_of(parsed(value, where="")).target == now.target
    except ConfigurationError:
        return False


def _edit(line: Written, right: Whereabouts) -> str | None:
    change = _change(line.value, right)
    if change is None:
        return None
    return f"sed -i {shlex.quote(f'{line.number}{change}')} {shlex.quote(_shown(line.path))}"


def _export(variable: str, right: Whereabouts) -> str | None:
    """The variable of this shell as well: what was started from it has the old address."""
    change = _change(os.environ.get(variable, ""), right)
    if change is None:
        return None
    return f'export {variable}="$(printf %s "${variable}" | sed {shlex.quote(change)})"'


def _change(address: str, right: Whereabouts) -> str | None:
    """What ``sed`` does to an address; None where the place in it cannot be told."""
    places = _PLACE.findall(address)
    if len(places) != 1:
        return None
    before, after = (_SPECIAL.sub(r"\\\1", one) for one in (places[0], right.place))
    return f"s|{before}|{after}|"


def _shown(path: Path) -> str:
    """A path as it is typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
