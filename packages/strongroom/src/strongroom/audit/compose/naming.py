"""Which files make a project, and what it is called.

The name: ``-p``, then COMPOSE_PROJECT_NAME (the caller's, else that of ``.env``), then ``name:``
in the files, then the directory. All but the directory's must be right as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from strongroom.audit.compose.model import NameSource
from strongroom.errors import ComposeError

BASE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_VALID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def normalised(name: str) -> str:
    """A directory's name as Compose makes a project's name of it."""
    return re.sub(r"[^a-z0-9_-]", "", name.lower()).lstrip("_-")


def project_name(
    option: str | None,
    environment: Mapping[str, str],
    written: str | None,
    directory: Path,
) -> tuple[str, NameSource]:
    """The name of a project, and where it comes from.

    Raises:
        ComposeError: a name that was given is not one, or nothing gives one.
    """
    given: tuple[tuple[str | None, NameSource], ...] = (
        (option, "option"),
        (environment.get("COMPOSE_PROJECT_NAME"), "environment"),
        (written, "name"),
    )
    for name, source in given:
        if name:
            if not _VALID.fullmatch(name):
                raise ComposeError(
                    f"{name!r} cannot be the name of a project.",
                    next_step="use lower-case letters, digits, - and _, beginning with a letter "
                    "or digit",
                )
            return name, source
    name = normalised(directory.name)
    if not name:
        raise ComposeError(
            f"No name of a project can be made of {directory}.",
            next_step="write name: at the top of the compose file",
        )
    return name, "directory"


def files_of(directory: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files that Compose takes when it is given none, from ``directory`` upwards.

    Raises:
        ComposeError: there are none.
    """
    if listed := environment.get("COMPOSE_FILE"):
        separator = environment.get("COMPOSE_PATH_SEPARATOR") or ":"
        return tuple(directory / one for one in listed.split(separator) if one)
    for place in (directory, *directory.parents):
        if found := files_in(place):
            return found
    raise ComposeError(
        f"There is no compose file in {directory} or above it.",
        next_step="name one with -f, or go to its directory",
    )


def files_in(directory: Path) -> tuple[Path, ...]:
    """The base file of a directory with its override, or nothing."""
    base = _first(directory, BASE_NAMES)
    if base is None:
        return ()
    override = _first(directory, OVERRIDE_NAMES)
    return (base, override) if override is not None else (base,)


def _first(directory: Path, names: Sequence[str]) -> Path | None:
    return next((directory / name for name in names if (directory / name).is_file()), None)
