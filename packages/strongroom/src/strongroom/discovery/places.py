"""Directories in which clusters usually lie, and those that a configuration speaks of."""

from __future__ import annotations

from pathlib import Path

from strongroom.config import Configuration
from strongroom.discovery.quiet import home_directory, is_directory

_USUAL = (
    ("var/lib/postgresql", 6),
    ("var/lib/pgsql", 6),
    ("var/lib/postgres", 4),
    ("usr/local/pgsql", 4),
    ("usr/local/var", 3),
    ("opt/homebrew/var", 3),
    ("bitnami", 5),
    ("opt", 5),
    ("srv", 6),
    ("data", 6),
    ("mnt", 6),
    ("media", 6),
    ("var/backups", 6),
    ("var/lib/strideiq", 5),
)
"""Below the root of the file system, with how deep each is searched."""
_DEPTH_OF_A_HOME = 5
_DEPTH_HERE = 4
_DEPTH_OF_A_HOME_OF_OURS = 5
_DEPTH_BESIDE = 3


def usual_places(
    *, system: Path = Path("/"), home: Path | None = None, here: Path | None = None
) -> list[tuple[Path, int]]:
    """Directories of this machine, of this user, and the one that the command was given in."""
    places = [(system / one, depth) for one, depth in _USUAL]
    if (own := home or home_directory()) is not None:
        places.append((own, _DEPTH_OF_A_HOME))
    places.append((here or Path.cwd(), _DEPTH_HERE))
    return [(path, depth) for path, depth in places if is_directory(path)]


def configured_places(configuration: Configuration) -> list[tuple[Path, int]]:
    """The configured data directory, what lies beside it, and the whole home.

    In a home that is ours also ``kept`` and ``restored`` lie, and moved-aside directories beside
    the data; the homes beside it are those of other environments, or of it under another name.
    """
    places = [(configuration.directory, _DEPTH_OF_A_HOME_OF_OURS)]
    if configuration.server is not None:
        data = configuration.server.data_directory
        places = [(data, _DEPTH_OF_A_HOME_OF_OURS), (data.parent, _DEPTH_BESIDE), *places]
    places.append((configuration.directory.parent, _DEPTH_BESIDE))
    tops = {Path("/"), Path("/tmp"), home_directory()}  # noqa: S108  searched by itself, if at all
    return [(path, depth) for path, depth in places if path not in tops]
