"""Mounts: whether what is mounted is where the database keeps its data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from strongroom.audit.compose import Mount, Project
from strongroom.audit.databases import Database, is_below, lasting
from strongroom.audit.rule import Hit, rule

_OLD_PATH = "/var/lib/postgresql/data"
_NEAR = re.compile(r"postgres|pgsql|pg_?data|/data$|/db$|mysql|mongo")


@rule(
    "no-volume",
    "danger",
    on="project",
    why="Nothing is mounted where the database keeps its data: it lies in an anonymous volume or "
    "in the container, and down, rm or a new image begin with an empty database.",
    fix="Mount a named volume at the data directory.",
)
def no_volume(project: Project) -> Iterator[Hit]:
    """A database without any mount that could have been meant for its data."""
    for database in lasting(project):
        if database.mount is None and not _misplaced(database):
            what = f"{database.service.name} has nothing at {database.declared_volume}"
            yield Hit(database.place, what, database.service.name)


@rule(
    "anonymous-volume",
    "danger",
    on="project",
    why="A volume without a name belongs to one container. The next one gets another, empty one, "
    "and only a hash leads to the old.",
    fix="Give the volume a name: NAME:/path, and declare it below volumes:.",
)
def anonymous_volume(project: Project) -> Iterator[Hit]:
    """The data directory is mounted as an anonymous volume."""
    for database in lasting(project):
        mount = database.mount
        if mount is not None and mount.kind == "volume" and not mount.source:
            what = f"{database.service.name} keeps its data in a volume without a name"
            yield Hit(mount.place, what, database.service.name)


@rule(
    "postgres-18-path",
    "danger",
    on="project",
    why="From PostgreSQL 18 on the official image keeps its data below /var/lib/postgresql/18 and "
    "declares its volume at /var/lib/postgresql. A mount at /var/lib/postgresql/data stays empty.",
    fix="Mount the volume at /var/lib/postgresql; bring data of an older version over by a dump or "
    "pg_upgrade, not by this change alone.",
)
def postgres_18_path(project: Project) -> Iterator[Hit]:
    """PostgreSQL 18 or later with a mount at /var/lib/postgresql/data."""
    for database in lasting(project):
        if database.mount is None and (mount := _at_old_path(database)) is not None:
            what = (
                f"{database.service.name} runs {database.service.image}, which keeps nothing "
                f"at {_OLD_PATH}"
            )
            yield Hit(mount.place, what, database.service.name)


def _at_old_path(database: Database) -> Mount | None:
    is_new = database.declared_volume == "/var/lib/postgresql" and database.is_postgresql
    if not is_new or database.service.value("PGDATA"):
        return None
    return next((one for one in database.service.mounts if one.target == _OLD_PATH), None)


@rule(
    "wrong-mount-path",
    "danger",
    on="project",
    why="What is mounted is not the directory that the image keeps its data in. The mount stays "
    "empty, and the data goes with the container.",
    fix="Mount the volume at the image's own data directory.",
)
def wrong_mount_path(project: Project) -> Iterator[Hit]:
    """A mount that looks as if it were meant for the data, at another path."""
    for database in lasting(project):
        if database.mount is not None or database.service.value("PGDATA"):
            continue
        if _at_old_path(database) is None and (mount := _misplaced(database)) is not None:
            what = (
                f"{database.service.name} has {mount.source or 'a volume'} at {mount.target}, and "
                f"its data at {database.data_directory}"
            )
            yield Hit(mount.place, what, database.service.name)


def _misplaced(database: Database) -> Mount | None:
    """A mount that was meant for the data: near its path by name, and not read-only."""
    for mount in database.service.mounts:
        if mount.read_only or "initdb" in mount.target or re.search(r"\.\w{2,5}$", mount.target):
            continue
        if "backup" in mount.target or "conf" in mount.target or "log" in mount.target:
            continue
        if mount.kind in {"volume", "bind", "variable"} and _NEAR.search(mount.target):
            return mount
    return None


@rule(
    "pgdata-outside-mount",
    "danger",
    on="project",
    why="PGDATA says where the data lies, and nothing is mounted there: it goes with the "
    "container, while the mounted volume stays empty.",
    fix="Let PGDATA be the mounted directory, or one below it.",
)
def pgdata_outside_mount(project: Project) -> Iterator[Hit]:
    """PGDATA leads out of every mount."""
    for database in lasting(project):
        chosen = database.service.environment.get("PGDATA")
        if chosen is None or not chosen.value or database.mount is not None:
            continue
        if "$" in chosen.value or not database.service.mounts:
            continue
        if not is_below(database.data_directory, database.declared_volume):
            what = f"PGDATA of {database.service.name} is {chosen.value}, where nothing is mounted"
            yield Hit(chosen.place, what, database.service.name)
        elif _misplaced(database) is not None:
            what = f"PGDATA of {database.service.name}, {chosen.value}, lies beside the mount"
            yield Hit(chosen.place, what, database.service.name)


@rule(
    "tmpfs-data",
    "danger",
    on="project",
    why="The data lies in memory, and is gone when the container stops.",
    fix="Mount a named volume; keep tmpfs for databases that are only for tests.",
)
def tmpfs_data(project: Project) -> Iterator[Hit]:
    """The data directory lies on tmpfs, directly or through a volume's driver options."""
    for database in lasting(project):
        mount = database.mount
        if mount is None:
            continue
        volume = project.volumes.get(mount.source or "")
        options = volume.options if volume is not None and mount.kind == "volume" else {}
        if mount.kind == "tmpfs" or options.get("type") == "tmpfs":
            what = f"{database.service.name} keeps its data in memory"
            yield Hit(mount.place, what, database.service.name)


@rule(
    "bind-relative",
    "caution",
    on="project",
    why="The data lies beside the compose file. A second checkout, a moved file or another "
    "branch's directory starts with an empty database, and git clean -fdx removes what it does "
    "not know.",
    fix="Use a named external volume, or an absolute path outside the checkout.",
)
def bind_relative(project: Project) -> Iterator[Hit]:
    """A database's directory is bound by a relative path."""
    for database in lasting(project):
        mount = database.mount
        if mount is not None and mount.kind == "bind" and (mount.written or "").startswith("."):
            what = f"{database.service.name} keeps its data in {mount.written}"
            yield Hit(mount.place, what, database.service.name)


@rule(
    "bind-missing",
    "caution",
    on="project",
    why="Docker makes a directory that is not there, and PostgreSQL makes an empty database in an "
    "empty one: a disk that is not mounted, or a path with a slip in it, looks like a first run.",
    fix="Make sure that the path is right and what should be there is there, before you start.",
)
def bind_missing(project: Project) -> Iterator[Hit]:
    """The directory that is bound as data is not there, or empty."""
    for database in lasting(project):
        mount = database.mount
        if mount is None or mount.kind != "bind" or mount.source is None:
            continue
        state = _state(Path(mount.source))
        if state is not None:
            what = f"{mount.written or mount.source}, the data of {database.service.name}, {state}"
            yield Hit(mount.place, what, database.service.name)


def _state(path: Path) -> str | None:
    try:
        if not path.exists():
            return "is not there"
        return "is empty" if path.is_dir() and not any(path.iterdir()) else None
    except OSError:
        return None
