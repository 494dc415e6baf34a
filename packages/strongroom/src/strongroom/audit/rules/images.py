"""Images: whether the next pull is still the same database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from strongroom.audit.compose import Project
from strongroom.audit.databases import Database, Image, databases
from strongroom.audit.finding import Severity
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree


@rule(
    "floating-tag",
    "danger",
    on="project",
    why="The next pull may bring another major version, which does not start on this data, or "
    "keeps its data elsewhere and starts empty.",
    fix="Name the major version, better the minor one too: postgres:17.6.",
)
def floating_tag(project: Project) -> Iterator[Hit]:
    """An image of a database whose tag names no major version."""
    for database in databases(project):
        image = database.image
        if not database.service.image or image.digest or "$" in image.tag:
            continue
        if image.major is None or image.tag.startswith("latest"):
            tag = image.tag or "latest, since it has no tag"
            what = f"{database.service.name} runs {image.repository} with the tag {tag}"
            yield Hit(
                database.service.where("image"),
                what,
                database.service.name,
                severity=_floating(database),
            )


def _floating(database: Database) -> Severity:
    """Less bad where the major version stands still, or nothing lasts."""
    if database.is_for_tests:
        return "note"
    return "danger" if database.image.major is None else "caution"


@rule(
    "libc-change",
    "danger",
    on="tree",
    why="Alpine sorts text otherwise than Debian. Indexes that were built by the one are wrong for "
    "the other: rows are not found, and unique values appear twice.",
    fix="Stay with one of the two on a volume; move by a dump, or REINDEX everything afterwards.",
)
def libc_change(tree: Tree) -> Iterator[Hit]:
    """The same database runs on Alpine in one file and on Debian in another."""
    for one, other in _pairs(tree):
        if one.image.libc == other.image.libc:
            continue
        what = f"{other.service.image} here, {one.service.image} in {one.project.files[-1].name}"
        yield Hit(
            other.service.where("image"),
            what,
            other.service.name,
            severity=None if _same_volume(one, other) else "caution",
        )


@rule(
    "major-change",
    "danger",
    on="tree",
    why="A major version does not start on the files of another one; what is then often typed to "
    "get rid of the error removes the volume.",
    fix="Name the same major version everywhere; upgrade by a restore beside, or pg_upgrade.",
)
def major_change(tree: Tree) -> Iterator[Hit]:
    """The same database runs with two major versions."""
    for one, other in _pairs(tree):
        majors = {one.image.major, other.image.major}
        if None in majors or len(majors) == 1:
            continue
        what = f"{other.service.image} here, {one.service.image} in {one.project.files[-1].name}"
        yield Hit(
            other.service.where("image"),
            what,
            other.service.name,
            severity=None if _same_volume(one, other) else "note",
        )


def _pairs(tree: Tree) -> Iterator[tuple[Database, Database]]:
    """Databases that are the same one in different files: one volume, or one name in one place."""
    kept = [one for one in tree.databases if one.service.image and not one.is_for_tests]
    for one, other in combinations(kept, 2):
        if one.project is other.project and not _same_volume(one, other):
            continue
        near = one.project.directory == other.project.directory
        same_name = one.service.name == other.service.name
        if one.kind.name == other.kind.name and (_same_volume(one, other) or (near and same_name)):
            yield one, other


def _same_volume(one: Database, other: Database) -> bool:
    if one.mount is None or other.mount is None or not one.mount.source:
        return False
    return (one.mount.volume or one.mount.source) == (other.mount.volume or other.mount.source)


@rule(
    "auto-update",
    "caution",
    on="project",
    why="A job replaces the database's container whenever the image changes: a restart at any "
    "moment, and with a floating tag another version.",
    fix='Leave the database out: com.centurylinklabs.watchtower.enable: "false".',
)
def auto_update(project: Project) -> Iterator[Hit]:
    """Watchtower or a like updates the image of a database."""
    updater = next(
        (one for one in project.services.values()
         if Image.parse(one.image).repository.endswith(("watchtower", "ouroboros"))),
        None,
    )  # fmt: skip
    for database in databases(project):
        labels = database.service.table.get("labels")
        label = labels.get("com.centurylinklabs.watchtower.enable") if labels else None
        chosen = str(label).lower() if label is not None else ""
        if chosen == "true" or (updater is not None and chosen != "false"):
            by = updater.name if updater is not None else "a label"
            what = f"{database.service.name} is updated by itself ({by})"
            yield Hit(database.place, what, database.service.name)
