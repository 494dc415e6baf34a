"""Whether a call of Compose may go on: what it would start on, and what it would remove.

A database of the project is started only on the cluster that the pin knows. Where there is no
pin, only what surely is a slip is refused: a new or empty volume beside one of a like name with
data in it. What removes the volumes of databases needs a proven backup, and a permit.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from strongroom.audit.compose import Project
from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.values import Items, Table
from strongroom.audit.compose_words import ComposeCall
from strongroom.audit.databases import Database, databases, lasting
from strongroom.audit.engines import EngineView, Seen
from strongroom.audit.mending import name_volume
from strongroom.backups.catalogue import load
from strongroom.config import Configuration
from strongroom.drills import proven_backups
from strongroom.errors import ComposeRefusedError

STARTING = {"up", "create", "run", "start", "restart", "watch", "scale"}
EMPTY, FOREIGN, CLONE, UNREACHABLE = 11, 12, 14, 17
_RUN_WITH_VALUE = {"-e", "--env", "-l", "--label", "-p", "--publish", "-u", "--user", "-v",
                   "--volume", "-w", "--workdir", "--name", "--entrypoint", "--cap-add",
                   "--cap-drop", "--env-from-file", "--pull"}  # fmt: skip
_UP_WITH_VALUE = {"-t", "--timeout", "--scale", "--attach", "--no-attach", "--exit-code-from",
                  "--pull", "--wait-timeout"}  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """What was looked at before a start, each as it stands; ``notes`` are told to people."""

    seen: tuple[Seen, ...]
    notes: tuple[str, ...] = ()


def services_started(project: Project, call: ComposeCall) -> set[str]:
    """The services that a call starts, with all that they depend on."""
    named = [one for one in _arguments(call) if one in project.services]
    if call.verb == "run":
        named = named[:1]
    wanted = named or [name for name, one in project.services.items() if project.is_active(one)]
    if "--no-deps" in call.rest:
        return set(wanted)
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in found or name not in project.services:
            continue
        found.add(name)
        table = project.services[name].table
        for key in ("depends_on", "links"):
            needed = table.get(key)
            if isinstance(needed, (Table, Items)):
                wanted += [scalar_text(one).partition(":")[0] for one in needed]
    return found


def _arguments(call: ComposeCall) -> list[str]:
    takes = _RUN_WITH_VALUE if call.verb == "run" else _UP_WITH_VALUE
    found: list[str] = []
    rest = list(call.rest)
    while rest:
        word = rest.pop(0)
        if word in takes:
            rest = rest[1:]
        elif not word.startswith("-"):
            found.append(word.partition("=")[0])
    return found


def require_known(project: Project, call: ComposeCall, view: EngineView) -> Passed:
    """Let services start only on what the pin knows.

    Raises:
        ComposeRefusedError: a volume is new, empty, another database's, or cannot be judged.
    """
    starting = services_started(project, call)
    kept = [one for one in lasting(project) if one.service.name in starting and one.is_postgresql]
    if not kept:
        return Passed(())
    seen, notes = [], []
    for database in kept:
        one = view.seen(database)
        if one is None:
            raise _nameless(database)
        seen.append(one)
    if any(one.standing == "pinned" for one in seen):
        notes += [f"{one.place.name} is not the pinned database" for one in seen
                  if one.standing != "pinned"]  # fmt: skip
        return Passed(tuple(seen), tuple(notes))
    if view.pinned:
        raise _not_the_pinned(seen[0], knows=view.knows)
    for one in seen:
        if one.standing in {"absent", "empty"} or not one.has_rows:
            if one.neighbours:
                raise _beside_data(one)
            notes.append(f"{one.place.name} begins empty")
        elif one.neighbours:
            notes.append(f"{one.neighbours[0].volume.name} holds more than {one.place.name}")
    return Passed(tuple(seen), ("no pin says which database is expected", *notes))


def _nameless(database: Database) -> ComposeRefusedError:
    return ComposeRefusedError(
        f"{database.service.name} would keep its data in no volume that has a name: it would be "
        "gone, or hidden, with its container.",
        next_step=f"strongroom audit {shlex.quote(str(database.project.files[-1]))}",
        exit_code=EMPTY,
    )


def _not_the_pinned(seen: Seen, *, knows: bool) -> ComposeRefusedError:
    name, service = seen.place.name, seen.database.service.name
    if seen.standing == "unseen":
        return ComposeRefusedError(
            f"Nobody here may look into {name}, which {service} would use, so that it cannot be "
            "told from another one.",
            next_step="the same as a user who may read it: sudo strongroom compose …",
            exit_code=UNREACHABLE,
        )
    told, code = {
        "absent": (f"{name} does not exist: Compose would make it, empty", EMPTY),
        "empty": (f"there is no database in {name}: PostgreSQL would make one, empty", EMPTY),
        "clone": (f"{name} holds an earlier copy of the pinned database", CLONE),
    }.get(seen.standing, (f"{name} holds another database than the pinned one", FOREIGN))
    if seen.standing == "other" and not knows:
        told = f"{name} holds a database, and nothing tells whether it is the pinned one"
        return ComposeRefusedError(
            f"{service} was not started: {told}.",
            next_step="strongroom state rebuild",
            exit_code=UNREACHABLE,
        )
    return ComposeRefusedError(
        f"{service} was not started: {told}.{_where_it_is(seen)}",
        next_step=_way_back(seen),
        exit_code=code,
    )


def _beside_data(seen: Seen) -> ComposeRefusedError:
    return ComposeRefusedError(
        f"{seen.database.service.name} was not started: it would begin empty, in "
        f"{seen.place.name}.{_where_it_is(seen)}",
        next_step=_way_back(seen),
        exit_code=EMPTY,
    )


def _where_it_is(seen: Seen) -> str:
    if not seen.neighbours:
        return ""
    best = seen.neighbours[0]
    whose = "The pinned database is" if best.standing == "pinned" else "Data of a like name is"
    project = f", of the project {best.volume.project}" if best.volume.project else ""
    return f" {whose} in the volume {best.volume.name}{project}."


def _way_back(seen: Seen) -> str:
    """The one command: the audit's mend where it can name the pinned volume, else the search."""
    best = next(iter(seen.neighbours), None)
    pinned = best is not None and best.standing == "pinned"
    if best is not None and pinned and name_volume(seen.database, best.volume.name) is not None:
        return f"strongroom audit --fix {shlex.quote(str(seen.database.project.files[0]))}"
    return "strongroom find"


def volumes_removed(project: Project, call: ComposeCall) -> list[Database]:
    """The databases whose data a call would remove, or hide for good."""
    kept = [one for one in databases(project) if not one.is_for_tests]
    if call.verb == "down" and call.has("v", "--volumes"):
        return [one for one in kept if _goes(project, one)]
    nameless = [one for one in kept if one.mount is None or
                (one.mount.kind == "volume" and one.mount.source is None)]  # fmt: skip
    if call.verb in {"down", "rm"}:
        return nameless
    if call.verb in {"up", "create"} and call.has("V", "--renew-anon-volumes"):
        return nameless
    return []


def _goes(project: Project, database: Database) -> bool:
    mount = database.mount
    if mount is None:
        return True
    if mount.kind == "tmpfs":
        return False
    if mount.kind == "bind":
        return False
    volume = project.volumes.get(mount.source or "")
    return volume is None or not volume.external


@dataclass(frozen=True)
class Proof:
    """A proven backup, and the moment that it is of."""

    backup_id: str
    taken_at: datetime


def newest_proof(configuration: Configuration) -> Proof | None:
    """The youngest backup that is proven; None where none is."""
    found = [
        Proof(name, load(configuration, name).started_at) for name in proven_backups(configuration)
    ]
    return max(found, key=lambda one: one.taken_at, default=None)


def require_backup(
    removed: Sequence[Database],
    call: ComposeCall,
    configuration: Configuration | None,
    view: EngineView | None,
    *,
    proof: Proof | None = None,
) -> Proof | None:
    """The proven backup behind what is to be removed; None where there is nothing to lose.

    ``proof``: what is known already; else the store is asked.

    Raises:
        ComposeRefusedError: there is none, it is older than the policy allows, or it is of
            another database.
    """
    at_risk = [one for one in removed if not _is_empty(one, view)]
    if not at_risk:
        return None
    names = ", ".join(_named(one) for one in at_risk)
    refused = f"compose {call.verb} would remove the data of {names}"
    if configuration is None:
        raise ComposeRefusedError(
            f"{refused}, and no backup of it is known here.", next_step="strongroom adopt"
        )
    for one in at_risk:
        seen = view.seen(one) if view is not None else None
        if seen is not None and seen.standing == "other":
            raise ComposeRefusedError(
                f"{refused}, and {seen.place.name} is not the database that the backups are of.",
                next_step="strongroom find",
            )
    proof = proof or newest_proof(configuration)
    if proof is None:
        raise ComposeRefusedError(
            f"{refused}, and no backup of it is proven.",
            next_step="strongroom backup, then strongroom drill",
        )
    age = datetime.now(UTC) - proof.taken_at
    if age > timedelta(seconds=configuration.policy.backup_age_max_s):
        raise ComposeRefusedError(
            f"{refused}, and its newest proven backup, {proof.backup_id}, is "
            f"{int(age.total_seconds() // 3600)} hours old.",
            next_step="strongroom backup, then strongroom drill",
        )
    return proof


def _named(database: Database) -> str:
    mount = database.mount
    return (mount.volume or mount.source or "" if mount is not None else "") or (
        f"{database.service.name} (a nameless volume)"
    )


def _is_empty(database: Database, view: EngineView | None) -> bool:
    """Whether it is known that there is nothing of users in it."""
    seen = view.seen(database) if view is not None else None
    if seen is None or seen.standing == "unseen":
        return False
    return not seen.has_rows
