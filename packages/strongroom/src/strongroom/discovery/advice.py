"""How a candidate is brought back: what to write into which file, and which command ends it.

Nothing of it is done here. A volume is mounted again by its name, a directory is pointed at, a
backup is restored beside what is there; what nobody knows yet is adopted.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from strongroom.config import Configuration
from strongroom.discovery.candidates import Candidate
from strongroom.discovery.knowledge import Knowledge

ADOPT = "strongroom adopt --environment NAME --url postgresql://USER@HOST/DATABASE"
CHECK = "strongroom check"
COMPOSE = "docker compose"
OVERRIDE = "docker-compose.override.yml"
"""Beside whichever Compose file there is: every version of Compose reads it by itself."""
_POSTGRESQL = "/var/lib/postgresql"
_OWN_PLACE_SINCE = 18
"""The major since which the official image keeps its data below the major's number."""
_DEBIAN = re.compile(r"/var/lib/postgresql/(\d+)/([^/]+)")
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")


def advise(
    candidate: Candidate,
    configuration: Configuration | None,
    knowledge: Knowledge,
    stores: Mapping[str, str],
    compose: str = COMPOSE,
) -> None:
    """Write down how a candidate comes back: the change of a file, what then runs, what ends it."""
    ends = CHECK if knowledge.pinned and _ours(candidate) else ADOPT
    candidate.change = candidate.change_in = candidate.alternative = candidate.ends = None
    if candidate.kind == "backup":
        candidate.next = _of_backup(candidate, configuration, stores)
    elif candidate.kind == "server":
        candidate.next = f"{ADOPT} --dry-run"
    elif not candidate.whole:
        candidate.next, candidate.ends = "keep it as it is", "strongroom restore"
    elif candidate.configured:
        candidate.next = ends
    elif candidate.kind == "container_layer":
        candidate.next = _of_layer(candidate)
    elif candidate.kind == "database":
        _point_at_database(candidate, configuration, ends)
    elif candidate.running:
        candidate.next, candidate.ends = _of_running(candidate), ends
    elif candidate.kind in {"volume", "bind_mount"}:
        podman = _is_podman(candidate.holder.engine or "")
        _mount_again(candidate, ends, "podman compose" if podman else compose)
    else:
        _use_directory(candidate, configuration, ends, compose)


def _mount_again(candidate: Candidate, ends: str, program: str) -> None:
    candidate.change, candidate.change_in = compose_change(candidate), OVERRIDE
    # Docker-compose 1 keeps the volume of the container before, whatever the file says, where the
    # image declares one: that container goes first, and its volumes stay.
    removed = f"{program} rm -sf {shlex.quote(_service(candidate))}"
    candidate.next, candidate.ends = f"{removed} && {program} up -d", ends
    if project := candidate.holder.project:
        candidate.alternative = f"{program} -p {shlex.quote(project)} up -d"


def _is_podman(engine: str) -> bool:
    return "podman" in engine or "containers/storage" in engine


def compose_change(candidate: Candidate) -> str:
    """What brings a volume or bind mount back, as a Compose file of its own or part of one."""
    holder = candidate.holder
    container, volume = holder.container, holder.volume
    service = _service(candidate)
    destination, data = _mounted_at(candidate)
    name = _key_of(candidate)
    source = name if volume else str(_root(candidate))
    lines = [
        "services:",
        f"  {_yaml(service)}:"
        + ("" if service != "DATABASE" else "  # as your file calls the service of PostgreSQL"),
        *([] if container and container.image else [f"    image: postgres:{candidate.major}"]),
    ]
    if data is not None:
        lines += ["    environment:", f"      PGDATA: {_yaml(data)}"]
    lines += ["    volumes:", f"      - {_yaml(f'{source}:{destination}')}"]
    if volume:
        lines += [
            "volumes:",
            f"  {_yaml(name)}:",
            "    external: true",
            f"    name: {_yaml(volume.name)}",
        ]
    return "\n".join(lines)


def _service(candidate: Candidate) -> str:
    container = candidate.holder.container
    return (container.service if container else None) or "DATABASE"


def _mounted_at(candidate: Candidate) -> tuple[str, str | None]:
    """Where it is mounted, and ``PGDATA`` where the image would not look there by itself."""
    inside, major = candidate.holder.inside, candidate.major or 0
    before = _mount_before(candidate)
    if before is not None:
        return before
    if inside == f"{major}/docker":
        return _POSTGRESQL, None if major >= _OWN_PLACE_SINCE else f"{_POSTGRESQL}/{inside}"
    if not inside:
        data = f"{_POSTGRESQL}/data"
        return data, data if major >= _OWN_PLACE_SINCE else None
    return _POSTGRESQL, (
        None
        if inside == "data" and major < _OWN_PLACE_SINCE
        else str(PurePosixPath(_POSTGRESQL) / inside)
    )


def _mount_before(candidate: Candidate) -> tuple[str, str | None] | None:
    """How the last container had it, if that container found this very cluster there."""
    holder = candidate.holder
    container = holder.container
    if container is None:
        return None
    for mount in container.mounts:
        same_volume = holder.volume is not None and mount.name == holder.volume.name
        if not same_volume and (mount.source is None or mount.source != _root(candidate)):
            continue
        there = str(PurePosixPath(mount.destination) / holder.inside)
        looked_at = container.pgdata or _usual_data(candidate.major or 0, container.image)
        return mount.destination, None if looked_at == there else there
    return None


def _usual_data(major: int, image: str) -> str:
    """Where an image keeps its data if nobody says otherwise."""
    if "bitnami" in image:
        return "/bitnami/postgresql/data"
    return f"{_POSTGRESQL}/{major}/docker" if major >= _OWN_PLACE_SINCE else f"{_POSTGRESQL}/data"


def _of_running(candidate: Candidate) -> str:
    container = candidate.holder.container
    where = f"in container {container.name}" if container else f"on {candidate.path}"
    return f"point the application at the server that runs {where}"


def _of_layer(candidate: Candidate) -> str:
    container = candidate.holder.container
    name = container.name if container else "CONTAINER"
    own = container.pgdata if container and container.pgdata else f"/{candidate.holder.inside}"
    return (
        f"never remove container {name}: its data are in no volume. docker cp "
        f"{shlex.quote(name)}:{shlex.quote(own)} DIRECTORY copies them, then strongroom find "
        "DIRECTORY"
    )


def _of_backup(
    candidate: Candidate, configuration: Configuration | None, stores: Mapping[str, str]
) -> str:
    url = stores.get(str(candidate.path))
    store = f" --store {shlex.quote(url)}" if url else ""
    if configuration is None:
        return f"strongroom restore {candidate.backup_id}{store} --key KEY --to DIRECTORY"
    return f"strongroom restore {candidate.backup_id}{store}"


def _point_at_database(
    candidate: Candidate, configuration: Configuration | None, ends: str
) -> None:
    name = candidate.databases[0].name if candidate.databases else None
    candidate.change = f'[database]\nname = "{name}"'
    candidate.change_in = str(configuration.path) if configuration else "strongroom.toml"
    candidate.next = f"have the application's address name the database {name}"
    candidate.ends = ends


def _use_directory(
    candidate: Candidate, configuration: Configuration | None, ends: str, compose: str
) -> None:
    path = Path(str(candidate.path))
    if configuration is not None and path.is_relative_to(configuration.kept_directory):
        candidate.next = "strongroom undo, where the last swap put it there; it is whole as it lies"
    elif configuration is not None and configuration.server is not None and _ours(candidate):
        candidate.change = f'[server]\ndata_directory = "{_toml(path)}"'
        candidate.change_in = str(configuration.path)
        candidate.next = ends if ends == CHECK else "strongroom adopt"
    elif (debian := _DEBIAN.fullmatch(str(path))) is not None:
        candidate.next, candidate.ends = f"pg_ctlcluster {debian[1]} {debian[2]} start", ends
    else:
        candidate.change, candidate.change_in = compose_change(candidate), OVERRIDE
        candidate.next, candidate.ends = f"{compose} up -d", ends


def _ours(candidate: Candidate) -> bool:
    return candidate.pinned or candidate.clone


def _key_of(candidate: Candidate) -> str:
    """What the Compose file calls the volume: as it did, else by its name without the project."""
    volume = candidate.holder.volume
    if volume is None:
        return ""
    if volume.compose_name:
        return volume.compose_name
    project = candidate.holder.project
    if project and volume.name.startswith(f"{project}_"):
        return volume.name.removeprefix(f"{project}_")
    return "found_data" if volume.anonymous else volume.name


def _root(candidate: Candidate) -> Path:
    """The directory that is mounted: of a cluster within it, some way up."""
    path = Path(str(candidate.path))
    inside = candidate.holder.inside
    return path.parents[len(PurePosixPath(inside).parts) - 1] if inside else path


def _yaml(text: str) -> str:
    """A plain scalar where YAML reads it as it is, else in quotes."""
    plain = _PLAIN.fullmatch(text.replace(":", "", 1)) is not None and not text[:1].isdigit()
    return text if plain and not text.endswith(":") else "'" + text.replace("'", "''") + "'"


def _toml(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
