"""Volumes: whether the data lies where the next start finds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from strongroom.audit.compose import Mount, Project, Question, resolve
from strongroom.audit.databases import Database, databases, lasting
from strongroom.audit.rule import Hit, rule
from strongroom.errors import ComposeError


def _named_mount(database: Database) -> Mount | None:
    mount = database.mount
    return mount if mount is not None and mount.kind == "volume" and mount.source else None


@rule(
    "volume-name-implicit",
    "danger",
    on="project",
    why="Compose calls a volume after the project, and the project after the directory. Rename or "
    "move the directory, or start with another -p, and a new, empty volume is used without a word.",
    fix="Give the volume its real name (name:) and make it external: true, or at least write name: "
    "at the top of the file.",
)
def volume_name_implicit(project: Project) -> Iterator[Hit]:
    """A database's volume without name: and external:; a note where the project's name is fixed."""
    for database in lasting(project):
        mount = _named_mount(database)
        volume = project.volumes.get(mount.source or "") if mount is not None else None
        if volume is None or volume.external or volume.named or not volume.declared:
            continue
        fixed = project.name_source != "directory"
        what = (
            f"{database.service.name} keeps its data in {volume.name}, which is called so only "
            + (
                f"while the project is called {project.name}"
                if fixed
                else f"because the directory is called {project.directory.name}"
            )
        )
        yield Hit(volume.place, what, volume.key, severity="note" if fixed else None)


@rule(
    "project-name-not-fixed",
    "caution",
    on="project",
    why="Without name: the project is called after its directory. Everything that Compose names "
    "after the project changes with it: volumes, networks, containers.",
    fix="Write name: at the top of the compose file, with the name that is used today.",
)
def project_name_not_fixed(project: Project) -> Iterator[Hit]:
    """No name: in the files of a project with a database."""
    if project.fixes_name or not lasting(project):
        return
    place = project.document.place
    source = {"environment": "COMPOSE_PROJECT_NAME", "option": "-p"}.get(
        project.name_source, f"the directory {project.directory.name}"
    )
    yield Hit(place, f"the project's name, {project.name}, comes from {source}", "name")


@rule(
    "external-without-pin",
    "note",
    on="project",
    why="An external volume is used whatever is in it. Only a pin tells whether it is the database "
    "that the application expects.",
    fix="strongroom adopt, and commit strongroom.lock.",
)
def external_without_pin(project: Project) -> Iterator[Hit]:
    """An external volume under a database, and no strongroom.lock beside or above the file."""
    if _has_pin(project.directory):
        return
    for database in lasting(project):
        mount = _named_mount(database)
        volume = project.volumes.get(mount.source or "") if mount is not None else None
        if volume is not None and volume.external and database.is_postgresql:
            what = f"nothing says which database {volume.name} has to hold"
            yield Hit(volume.place, what, volume.key)


def _has_pin(directory: Path) -> bool:
    near = (directory, *list(directory.parents)[:3])
    return any((one / "strongroom.lock").is_file() for one in near)


@rule(
    "volume-unused",
    "note",
    on="project",
    why="A volume that is declared and mounted nowhere is often one that was meant for data.",
    fix="Mount it, or remove it.",
)
def volume_unused(project: Project) -> Iterator[Hit]:
    """A volume is declared and no service uses it, while a database's data lies in none."""
    used = {mount.source for one in project.services.values() for mount in one.mounts}
    if any(one.mount is None for one in lasting(project)):
        for volume in project.volumes.values():
            if volume.key not in used and volume.declared:
                yield Hit(volume.place, f"no service mounts {volume.key}", volume.key)


@rule(
    "override-changes-volume",
    "caution",
    on="project",
    why="Which database is used depends on which files are named: with the later file it is "
    "another volume than without it.",
    fix="Let every combination of files that is ever started use the same volume, or give the "
    "other environment a project, a file and a volume of its own.",
)
def override_changes_volume(project: Project) -> Iterator[Hit]:
    """A later file puts another volume under a database."""
    if len(project.files) < 2:  # noqa: PLR2004  the base and what lies on top
        return
    try:
        base = resolve(
            Question(project.files[:1], project_directory=project.directory, environment={},
                     strict=False)
        )  # fmt: skip
    except ComposeError:
        return
    before = {one.service.name: one for one in databases(base)}
    for database in lasting(project):
        old = before.get(database.service.name)
        if old is None or old.mount is None or database.mount is None:
            continue
        if (old.mount.kind, old.mount.source) != (database.mount.kind, database.mount.source):
            what = (
                f"{database.service.name} uses {old.mount.source or 'a nameless volume'} with "
                f"{project.files[0].name} alone, and "
                f"{database.mount.source or database.mount.kind} with {project.files[-1].name}"
            )
            yield Hit(database.mount.place, what, database.service.name)
