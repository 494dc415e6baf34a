"""``[migrations]`` of strongroom.toml: where Alembic is, limits of time, and the old queries."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError


@dataclass(frozen=True)
class MigrationSettings:
    """What one configuration says about its migrations."""

    alembic: str | None = None
    """The path of ``alembic.ini`` or ``pyproject.toml``, from the configuration's directory."""
    suite: tuple[str, ...] = ()
    """A command that runs the application's present queries against the migrated copy."""
    lock_timeout_s: float = 10.0
    """How long one statement may wait for a lock, and make others wait behind it."""
    statement_timeout_s: float = 900.0
    attempts: int = 5
    """How often a migration begins when it met a lock or a deadlock."""
    pause_s: float = 2.0
    """How long it stays away between two attempts; each time a little longer."""

    def session(self) -> tuple[str, ...]:
        """The limits of time as SQL."""
        return (
            f"SET lock_timeout = '{int(self.lock_timeout_s * 1_000)}ms'",
            f"SET statement_timeout = '{int(self.statement_timeout_s * 1_000)}ms'",
        )


def settings_of(configuration: Configuration) -> MigrationSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = dict(configuration.migrations)
    suite = written.get("suite", ())
    written["suite"] = (suite,) if isinstance(suite, str) else tuple(suite)
    try:
        return MigrationSettings(**written)
    except TypeError as error:
        raise ConfigurationError(
            f"[migrations] in {configuration.path} has a setting that is not known: {error}.",
            next_step=f"edit {configuration.path}",
        ) from error


def alembic_path(configuration: Configuration, given: Path | None = None) -> Path:
    """Find the application's Alembic configuration: as given, as configured, or in this directory.

    Raises:
        ConfigurationError: there is none.
    """
    named = settings_of(configuration).alembic
    candidates = [given] if given else [configuration.directory / named] if named else []
    candidates = candidates or [Path.cwd(), configuration.directory]
    for candidate in candidates:
        ini, toml = alembic_files(candidate)
        if found := ini or toml:
            return found
    raise ConfigurationError(
        f"There is no alembic.ini at {' or at '.join(str(one) for one in candidates)}, and no "
        "pyproject.toml with [tool.alembic].",
        next_step="strongroom migrate --alembic PATH, with the path of alembic.ini",
    )


def alembic_files(path: Path) -> tuple[Path | None, Path | None]:
    """The ``alembic.ini`` at a path, and the ``pyproject.toml`` that speaks of Alembic beside it.

    Either may be missing; ``path`` is one of them, or their directory.
    """
    directory = path if path.is_dir() else path.parent
    toml = directory / "pyproject.toml"
    ini = directory / "alembic.ini" if path.is_dir() or path.name == toml.name else path
    return (ini if ini.is_file() else None), (toml if _speaks_of_alembic(toml) else None)


def _speaks_of_alembic(path: Path) -> bool:
    try:
        return "alembic" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False
