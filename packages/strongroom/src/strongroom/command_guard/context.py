"""What the guard knows beside the command: settings, the pin, files of the working tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from strongroom.command_guard.settings import GuardSettings
from strongroom.command_guard.shell.reading import Files, TooMuchError

PROBES_MAX = 60
CONFIGURATION_NAME, LOCK_NAME = "strongroom.toml", "strongroom.lock"


@dataclass
class Context:
    """One judgement's surroundings. Everything that it reads is bounded."""

    directory: Path
    settings: GuardSettings
    files: Files = field(default_factory=Files)
    probes: int = 0

    def may_probe(self) -> bool:
        """Whether one more directory may be looked into; there is an end to it."""
        self.probes += 1
        return self.probes <= PROBES_MAX

    @cached_property
    def configuration_path(self) -> Path | None:
        """The ``strongroom.toml`` that the directory belongs to."""
        for where in (self.directory, *self.directory.parents):
            path = where / CONFIGURATION_NAME
            if self._text(path) is not None:
                return path
        return None

    @cached_property
    def pinned(self) -> dict[str, str]:
        """The pinned databases by name, each with the environment that file *and* lock give it."""
        if self.configuration_path is None:
            return {}
        told = self._toml(self.configuration_path)
        locked = self.configuration_path.with_name(LOCK_NAME)
        environment = str(told.get("environment", ""))
        # The file alone may say anything: whoever edits it must not relabel what was pinned.
        if f'"{environment}"' not in (self._text(locked) or ""):
            environment = "unknown"
        tables = [told.get("database"), *dict(told.get("databases", {})).values()]
        return {
            str(one["name"]): environment
            for one in tables
            if isinstance(one, dict) and "name" in one
        }

    def _toml(self, path: Path) -> dict[str, Any]:
        import tomllib  # noqa: PLC0415  only where there is a configuration

        try:
            return tomllib.loads(self._text(path) or "")
        except tomllib.TOMLDecodeError:
            return {}

    def _text(self, path: Path) -> str | None:
        try:
            return self.files.text(path.parent, path.name)
        except TooMuchError:
            return None

    def text(self, directory: Path | None, name: str) -> str | None:
        """A file of the working tree, or None."""
        try:
            return self.files.text(directory, name)
        except TooMuchError:
            return None
