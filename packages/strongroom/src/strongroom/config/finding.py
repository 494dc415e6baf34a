"""Which configuration is meant, and which of its databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from strongroom.config.checking import unusable
from strongroom.config.document import parse_all
from strongroom.config.settings import CONFIGURATION_NAME, Configuration
from strongroom.errors import ConfigurationError

ENTRY_POINT_GROUP = "strongroom.configurations"


def load(path: Path, database: str | None = None) -> Configuration:
    """Read what one configuration file says of one database; ``database`` may name which.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or says something impossible; it
            has several databases and none is named, or not the one that is.
    """
    return _the_database_meant(load_all(path), database)


def load_all(path: Path) -> list[Configuration]:
    """Read one configuration file: one configuration for each of its databases.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or says something impossible.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no configuration at {path.absolute()}.",
            next_step=f"correct the path; for a new database, strongroom --config {path} init "
            "--environment NAME",
        ) from error
    except UnicodeDecodeError as error:
        raise unusable(path, "it is not UTF-8") from error
    except OSError as error:
        raise unusable(path, f"it cannot be read: {error.strerror}") from error
    return parse_all(path, text)


def parse(path: Path, text: str) -> Configuration:
    """Understand the text of a configuration with one database, as ``parse_all`` does."""
    return _the_database_meant(parse_all(path, text), None)


def find(
    path: Path | None = None, environment: str | None = None, database: str | None = None
) -> Configuration:
    """Find the configuration that is meant, as ``find_all`` does, and in it the database."""
    return _the_database_meant(find_all(path, environment), database)


def find_all(path: Path | None = None, environment: str | None = None) -> list[Configuration]:
    """Find the configuration that is meant: one for each of its databases.

    Looked at in this order: ``path`` (``--config``); the variable ``STRONGROOM_CONFIG``;
    ``strongroom.toml`` in the working directory and above it; what installed applications
    report through the entry point group ``strongroom.configurations``.

    Raises:
        ConfigurationError: there is none, or there are several and nothing says which.
    """
    named = path or (Path(variable) if (variable := os.environ.get("STRONGROOM_CONFIG")) else None)
    if named is not None:
        found = [named / CONFIGURATION_NAME if named.is_dir() else named]
    else:
        found = _upward(Path.cwd()) or _of_applications(environment)
    if not found:
        raise ConfigurationError(
            "No strongroom.toml was found: not by --config or STRONGROOM_CONFIG, not in this "
            "directory or above it, and no installed application names one.",
            # Never init: whoever stands in the wrong directory must not get an empty database.
            next_step="the same where strongroom.toml lies, or with --config PATH; a first one is "
            "made by strongroom adopt, or strongroom init for a new database",
        )
    return _the_file_meant([load_all(candidate) for candidate in found], environment)


def _the_database_meant(candidates: list[Configuration], key: str | None) -> Configuration:
    fitting = [one for one in candidates if key in (None, one.key)]
    if len(fitting) == 1:
        return fitting[0]
    names, path = ", ".join(one.key for one in candidates), candidates[0].path
    what = "has several databases" if key is None else f"has no database {key!r}"
    raise ConfigurationError(
        f"{path} {what}: {names}.",
        next_step=f"the same with --database {candidates[0].key}, or in Python "
        f'find_configuration(database="{candidates[0].key}")',
    )


def _the_file_meant(
    candidates: list[list[Configuration]], environment: str | None
) -> list[Configuration]:
    fitting = [one for one in candidates if environment in (None, one[0].environment)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        there = ", ".join(f"{one.environment} ({one.path})" for one, *_ in candidates)
        raise ConfigurationError(
            f"There is no environment {environment!r} here. There is: {there}.",
            next_step=f"strongroom --environment {candidates[0][0].environment} check",
        )
    seen = ", ".join(str(one.path) for one, *_ in fitting)
    raise ConfigurationError(
        f"Several configurations could be meant: {seen}.",
        next_step="strongroom --config PATH …, with one of these paths",
    )


def _upward(start: Path) -> list[Path]:
    for directory in (start, *start.parents):
        candidate = directory / CONFIGURATION_NAME
        if candidate.is_file():
            return [candidate]
    return []


def _of_applications(environment: str | None) -> list[Path]:
    found: list[Path] = []
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            locate = cast("Callable[[str | None], list[Path]]", entry_point.load())
            found += locate(environment)
        except Exception as error:  # it is the application's code, and may raise anything
            raise ConfigurationError(
                f"The installed application {entry_point.name} could not name its configuration: "
                f"{error}.",
                next_step="the same with --config PATH",
            ) from error
    return found
