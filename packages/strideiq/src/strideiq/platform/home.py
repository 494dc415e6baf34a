"""Where StrideIQ keeps everything: one home directory, with one directory per environment."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from strideiq.platform.errors import HomeError

CONFIGURATION_NAME = "strongroom.toml"
SYSTEM_HOME = Path("/var/lib/strideiq")
DEFAULT_ENVIRONMENT = "production"
ENVIRONMENT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")


@dataclass(frozen=True)
class EnvironmentPaths:
    """The directory of one environment. Everything in it is relative, so it can be moved."""

    directory: Path

    @property
    def name(self) -> str:
        """The environment's name, which is that of its directory."""
        return self.directory.name

    @property
    def configuration(self) -> Path:
        """What strongroom is told about the database."""
        return self.directory / CONFIGURATION_NAME

    @property
    def env_file(self) -> Path:
        """Settings and the secret key, readable by its owner only."""
        return self.directory / "strideiq.env"

    @property
    def logs(self) -> Path:
        """Logs of the application and of the database server."""
        return self.directory / "logs"

    @property
    def unfinished(self) -> Path:
        """There from the first step of ``init`` to its last: a killed one can be repeated."""
        return self.directory / "init-unfinished"

    @property
    def initialised(self) -> bool:
        """Whether ``init`` has made this environment, from its first step to its last."""
        return self.configuration.is_file() and not self.unfinished.exists()


@dataclass(frozen=True)
class Home:
    """The directory under which each environment has a directory of its own."""

    directory: Path

    def environments(self) -> list[str]:
        """Name the environments that have been initialised, in alphabetical order."""
        found = (EnvironmentPaths(path) for path in self.directory.glob("*") if path.is_dir())
        return sorted(paths.name for paths in found if paths.initialised)

    def environment(self, name: str) -> EnvironmentPaths:
        """Where one environment is, or would be.

        Raises:
            HomeError: the name cannot be that of a directory.
        """
        if not ENVIRONMENT_NAME.fullmatch(name):
            raise HomeError(
                f"{name!r} cannot name an environment: use lower-case letters, digits and dashes.",
                next_step="strideiq --environment production …",
            )
        return EnvironmentPaths(self.directory / name)

    def choose(self, requested: str | None = None) -> EnvironmentPaths:
        """The environment that is meant: the one asked for, else the only one, else production.

        Raises:
            HomeError: none is initialised, not this one, or several could be meant.
        """
        existing = self.environments()
        if requested is not None:
            paths = self.environment(requested)
            if paths.initialised:
                return paths
            raise HomeError(
                f"Environment {requested!r} has not been initialised under {self.directory}. "
                f"Initialised: {', '.join(existing) or 'none'}.",
                next_step=f"strideiq --environment {requested} init",
            )
        if not existing:
            raise HomeError(
                f"Nothing has been initialised under {self.directory}.",
                next_step="strideiq init, or strideiq init --demo to look around first",
            )
        if len(existing) == 1:
            return self.environment(existing[0])
        if DEFAULT_ENVIRONMENT in existing:
            return self.environment(DEFAULT_ENVIRONMENT)
        raise HomeError(
            f"Several environments could be meant: {', '.join(existing)}.",
            next_step=f"strideiq --environment {existing[0]} …",
        )


def home_directory() -> Path:
    """``STRIDEIQ_HOME``, else the system's place for root, else the user's."""
    if variable := os.environ.get("STRIDEIQ_HOME"):
        return Path(variable).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_HOME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "strideiq"
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "strideiq"


def home() -> Home:
    """The home that the process's environment names."""
    return Home(home_directory())


def choose_paths(config: Path | None, environment: str | None) -> EnvironmentPaths:
    """The environment that ``--config`` or ``--environment`` names, else the usual choice.

    Raises:
        HomeError: there is none, or several could be meant.
    """
    if config is None:
        return home().choose(environment)
    directory = config if config.is_dir() else config.parent
    paths = EnvironmentPaths(directory.absolute())
    if not paths.initialised:
        there = paths.configuration if config.exists() else config
        raise HomeError(
            f"There is no {there}.",
            next_step="name the strongroom.toml of an environment, or leave --config out",
        )
    return paths


def strongroom_configurations(environment: str | None) -> list[Path]:
    """Tell strongroom where StrideIQ's configuration is, by the same choice as everywhere."""
    try:
        return [home().choose(environment).configuration]
    except HomeError:
        return [home().environment(name).configuration for name in home().environments()]
