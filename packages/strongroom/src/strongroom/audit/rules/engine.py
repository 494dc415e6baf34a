"""The engine: what the next start would find, asked of the container engine itself."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.audit.engines import Neighbour, Seen
from strongroom.audit.finding import Severity
from strongroom.audit.mending import name_volume
from strongroom.audit.rule import Hit, rule


def _best(seen: Seen) -> Neighbour | None:
    return seen.neighbours[0] if seen.neighbours else None


def _hit(seen: Seen, what: str, severity: Severity | None = None) -> Hit:
    """A hit at the mount; mended by the volume that now holds the pinned data, and no other."""
    mount, best = seen.database.mount, _best(seen)
    place = mount.place if mount is not None else seen.database.place
    if best is not None:
        whose = "the pinned database is" if best.standing == "pinned" else "a cluster with more is"
        what += f"; {whose} in {best.volume.name}"
    edit = None
    if best is not None and best.standing == "pinned":
        edit = name_volume(seen.database, best.volume.name)
    return Hit(place, what, seen.database.service.name, severity=severity, edit=edit)


@rule(
    "engine-volume-absent",
    "danger",
    on="engine",
    why="The engine does not have the volume that this file leads to. The next start makes it, "
    "and begins with an empty database.",
    fix="Name the volume that holds the data, as external: true with name:; strongroom find shows "
    "where it is.",
)
def engine_volume_absent(seen: Seen) -> Iterator[Hit]:
    """The volume is not there; a note where nothing else looks like it, for a first start."""
    if seen.standing == "absent":
        first = not seen.neighbours
        yield _hit(seen, f"{seen.place.name} does not exist", "note" if first else None)


@rule(
    "engine-volume-empty",
    "danger",
    on="engine",
    why="There is no database in the volume. PostgreSQL makes one, empty, without a question.",
    fix="Name the volume that holds the data; strongroom find shows where it is.",
)
def engine_volume_empty(seen: Seen) -> Iterator[Hit]:
    """The volume is there, and no cluster is where the service would look for it."""
    if seen.standing == "empty":
        first = not seen.neighbours
        yield _hit(seen, f"no database is in {seen.place.name}", "note" if first else None)


@rule(
    "engine-volume-not-pinned",
    "danger",
    on="engine",
    why="The volume holds another database than the one that is pinned: the application would "
    "refuse it, or, without a gate, work on it.",
    fix="Name the volume that holds the pinned data; strongroom find shows where it is.",
)
def engine_volume_not_pinned(seen: Seen) -> Iterator[Hit]:
    """The pin is known to the engine's volumes, and this is not its cluster."""
    pinned_elsewhere = any(one.standing == "pinned" for one in seen.neighbours)
    if seen.standing == "clone" or (seen.standing == "other" and pinned_elsewhere):
        what = "an earlier copy" if seen.standing == "clone" else "another database"
        yield _hit(seen, f"{seen.place.name} holds {what}")


@rule(
    "engine-larger-neighbour",
    "caution",
    on="engine",
    why="A volume of a like name holds more than the one that is used. After a renamed project "
    "that is where the data stayed.",
    fix="Look into it before you go on: strongroom find --look.",
)
def engine_larger_neighbour(seen: Seen) -> Iterator[Hit]:
    """Without a pin: a volume of a like name holds a larger cluster."""
    known = any(one.standing in {"pinned", "clone"} for one in seen.neighbours)
    if seen.standing == "other" and seen.neighbours and not known:
        yield _hit(seen, f"{seen.place.name} holds less than a volume of a like name")


@rule(
    "engine-name-left-open",
    "caution",
    on="engine",
    why="This is the right volume today, and only by the name of the project: the file does not "
    "say which volume it means.",
    fix="Write the name that it has today: external: true, name: NAME.",
)
def engine_name_left_open(seen: Seen) -> Iterator[Hit]:
    """The volume is the pinned one, and the file gives it no name: mended with its name."""
    mount = seen.database.mount
    volume = seen.database.project.volumes.get((mount.source or "") if mount else "")
    if seen.standing != "pinned" or volume is None or volume.named or volume.external:
        return
    edit = name_volume(seen.database, volume.name)
    what = f"{volume.name} is the pinned database, and the file does not name it"
    yield Hit(volume.place, what, volume.key, edit=edit)
