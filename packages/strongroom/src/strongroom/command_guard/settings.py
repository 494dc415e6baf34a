"""The guard's settings. They lie outside every working tree: what an agent edits weakens nothing.

Read are ``/etc/strongroom/guard.toml`` and ``~/.config/strongroom/guard.toml`` of the user that the
process runs as, whatever ``HOME`` says. Lists of both are joined.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, fields
from pathlib import Path

from strongroom.errors import ConfigurationError

SYSTEM_PATH = Path("/etc/strongroom/guard.toml")


@dataclass(frozen=True)
class GuardSettings:
    """What a person told the guard about this machine.

    ``containers`` and ``volumes``: those that hold data; where they are given, all others are free.
    ``databases``: names that are protected although they look like a test's. ``test_databases``:
    more names that are a test's. ``scratch``: more directories whose content may go.
    """

    containers: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    test_databases: tuple[str, ...] = ()
    scratch: tuple[str, ...] = ()


def user_path() -> Path:
    """Where this user's settings lie. A variable could lead elsewhere, so none is asked."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir, ".config/strongroom/guard.toml")


def read_settings(*paths: Path) -> GuardSettings:
    """Read the settings; what is not there says nothing.

    Raises:
        ConfigurationError: a file cannot be read, or says something that is not known.
    """
    lists: dict[str, tuple[str, ...]] = {}
    for path in paths or (SYSTEM_PATH, user_path()):
        for name, value in _document(path).items():
            lists[name] = (*lists.get(name, ()), *value)
    return GuardSettings(**lists)


def _document(path: Path) -> dict[str, list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error)) from error
    return _checked(path, text)


def _checked(path: Path, text: str) -> dict[str, list[str]]:
    import tomllib  # noqa: PLC0415  most machines have no settings, and every start counts

    known = {one.name for one in fields(GuardSettings)}
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, str(error)) from error
    for name, value in document.items():
        if name not in known:
            raise _wrong(path, f"there is no setting {name!r}")
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _wrong(path, f"{name} is no list of texts")
    return document


def _wrong(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The guard's settings in {path} cannot be used: {what}.", next_step=f"edit {path}"
    )
