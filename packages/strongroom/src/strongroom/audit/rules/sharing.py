"""Environments: whether two of them meet in one place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import PurePosixPath

from strongroom.audit.addresses import Address, parse_address
from strongroom.audit.compose import Place
from strongroom.audit.databases import Database, is_for_tests
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import EnvFile, Tree

_ENVIRONMENTS = re.compile(
    r"prod(?:uction)?|stag(?:e|ing)|dev(?:elopment)?|local|preview|demo|qa|test"
)


def _identity(database: Database) -> tuple[str, str] | None:
    """What the data lies on: a volume's real name, or a directory of the machine."""
    mount = database.mount
    if mount is None or mount.kind == "tmpfs" or not mount.source:
        return None
    return (mount.kind, mount.volume or mount.source)


@rule(
    "shared-data-directory",
    "danger",
    on="tree",
    why="Two servers that write into one data directory destroy it; the lock file does not help "
    "across containers.",
    fix="Give each service a volume of its own.",
)
def shared_data_directory(tree: Tree) -> Iterator[Hit]:
    """Two services of one project keep their data in the same directory."""
    for one, other in combinations(tree.databases, 2):
        if one.project is not other.project or _identity(one) is None:
            continue
        same_place = _inner(one) == _inner(other)
        if _identity(one) == _identity(other) and same_place and other.mount is not None:
            what = f"{one.service.name} and {other.service.name} both write to {_label(other)}"
            yield Hit(other.mount.place, what, other.service.name)


def _inner(database: Database) -> PurePosixPath:
    """Where the data lies inside of what is mounted."""
    target = database.mount.target if database.mount is not None else "/"
    return PurePosixPath(database.data_directory).relative_to(target)


def _label(database: Database) -> str:
    mount = database.mount
    return (mount.volume or mount.written or mount.source or "") if mount is not None else ""


@rule(
    "volume-in-two-projects",
    "danger",
    on="tree",
    why="Two files lead to one volume: what one environment drops, migrates or fills with test "
    "data is the other's database, and both running at once destroy it.",
    fix="Give each environment a volume of its own; say in one place only that a volume is the "
    "production one.",
)
def volume_in_two_projects(tree: Tree) -> Iterator[Hit]:
    """The same volume or directory is a database's data in two projects."""
    seen: dict[tuple[str, str], Database] = {}
    for database in tree.databases:
        identity = _identity(database)
        if identity is None or database.mount is None:
            continue
        other = seen.setdefault(identity, database)
        if other is database or _is_overlay(other, database):
            continue
        what = (
            f"{_label(database)} is also the data of {other.service.name} in "
            f"{_relative(other.project.files[-1], tree)}"
        )
        yield Hit(database.mount.place, what, database.service.name)


def _is_overlay(one: Database, other: Database) -> bool:
    """Whether the files of one project are the other's with more on top, or its neighbours."""
    if one.project is other.project:
        return True
    same = one.project.files[0] == other.project.files[0]
    return same and not (one.is_for_tests or other.is_for_tests)


def _relative(path: object, tree: Tree) -> str:
    text = str(path)
    for root in tree.roots:
        if text.startswith(f"{root}/"):
            return text.removeprefix(f"{root}/")
    return text


@rule(
    "project-name-twice",
    "caution",
    on="tree",
    why="Two directories with one project name are one project for Compose: up in the second "
    "changes and removes the containers of the first, and both use the same volumes.",
    fix="Give each directory a name of its own.",
)
def project_name_twice(tree: Tree) -> Iterator[Hit]:
    """Compose files of two directories have the same project name."""
    seen: dict[str, Place] = {}
    for project in tree.projects:
        place = project.document.where("name")
        other = seen.setdefault(project.name, place)
        if other.file.parent == place.file.parent or not project.services:
            continue
        if project.files[0].parent == other.file.parent:
            continue
        both = f"{_relative(other.file, tree)} and {_relative(place.file, tree)}"
        yield Hit(place, f"{both} are both the project {project.name}", project.name)


@rule(
    "url-in-two-environments",
    "danger",
    on="tree",
    why="Two environments connect to one database: whatever is tried, migrated or emptied in one "
    "of them happens in the other.",
    fix="Give each environment its own database, and its own password for it.",
)
def url_in_two_environments(tree: Tree) -> Iterator[Hit]:
    """The same address stands in files of variables of two environments."""
    found: dict[tuple[str, int, str], list[tuple[EnvFile, Address, Place]]] = defaultdict(list)
    for env_file in tree.env_files:
        if env_file.is_example or is_for_tests(env_file.path.name):
            continue
        for variable in env_file.variables:
            address = parse_address(variable.value or "")
            if address is not None and not _is_private(address):
                found[address.target].append((env_file, address, variable.place))
    for entries in found.values():
        first = entries[0][0]
        for env_file, address, place in entries[1:]:
            if environment_of(env_file) != environment_of(first):
                other = _relative(first.path, tree)
                yield Hit(place, f"{address.shown} is also in {other}", address.shown)


def _is_private(address: Address) -> bool:
    """Whether the host means something else on each machine: localhost, a service's name."""
    return address.is_local or "." not in address.host or address.host.startswith("_")


def environment_of(env_file: EnvFile) -> str:
    """The environment that a file's path names; else its name and directory."""
    match = _ENVIRONMENTS.search(env_file.path.name.lower())
    match = match or _ENVIRONMENTS.search(env_file.path.parent.name.lower())
    return match[0][:3] if match else str(env_file.path)
