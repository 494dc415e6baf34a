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
from strongroom.discovery.around import Around
from strongroom.discovery.candidates import Candidate
from strongroom.discovery.engine_answers import Container, Mount, name_in_project
from strongroom.discovery.knowledge import Knowledge
from strongroom.identity.correction import correction
from strongroom.identity.whereabouts import Whereabouts

ADOPT = "strongroom adopt --environment NAME --url postgresql://USER@HOST/DATABASE"
CHECK = "strongroom check"
OVERRIDE = "docker-compose.override.yml"
"""Beside whichever Compose file there is: every version of Compose reads it by itself."""
_POSTGRESQL = "/var/lib/postgresql"
_OWN_PLACE_SINCE = 18
"""The major since which the official image keeps its data below the major's number."""
_DEBIAN = re.compile(r"/var/lib/postgresql/(\d+)/([^/]+)")
_TAGGED = re.compile(r"(.+):(\d+)(?:[.-].*)?")
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")


def advise(
    candidate: Candidate,
    configuration: Configuration | None,
    knowledge: Knowledge,
    stores: Mapping[str, str],
    around: Around,
) -> None:
    """Write down how a candidate comes back: the change of a file, what then runs, what ends it."""
    ends = CHECK if knowledge.pinned else "strongroom adopt" if configuration else ADOPT
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
        candidate.next, candidate.ends = _of_running(candidate, configuration, around), ends
    elif candidate.kind in {"volume", "bind_mount"}:
        _mount_again(candidate, ends, around)
    else:
        _use_directory(candidate, configuration, ends, around)


def _mount_again(candidate: Candidate, ends: str, around: Around) -> None:
    podman = _is_podman(candidate.holder.engine or "")
    program = "podman compose" if podman else around.compose
    candidate.change, candidate.change_in = compose_change(candidate), OVERRIDE
    # Docker-compose 1 keeps the volume of the container before, whatever the file says, where the
    # image declares one: that container goes first, and its volumes stay.
    removed = f"{program} rm -sf {shlex.quote(_service(candidate))}"
    before = around.before(candidate)
    candidate.next, candidate.ends = " && ".join([*before, removed, f"{program} up -d"]), ends
    if project := candidate.holder.project:
        old = f"{program} -p {shlex.quote(project)} up -d"
        candidate.alternative = " && ".join([*before, old])


def _is_podman(engine: str) -> bool:
    return "podman" in engine or "containers/storage" in engine


def compose_change(candidate: Candidate) -> str:
    """What brings a volume or bind mount back, as a Compose file of its own or part of one."""
    volume, mounted = candidate.holder.volume, _mount_of(candidate)
    container, service = mounted[0] if mounted else None, _service(candidate)
    destination, data = _mounted_at(candidate)
    name, image = _key_of(candidate), _image(container, candidate.major)
    source = name if volume else str(_root(candidate))
    lines = [
        "services:",
        f"  {_yaml(service)}:"
        + ("" if service != "DATABASE" else "  # as your file calls the service of PostgreSQL"),
        *([f"    image: {_yaml(image)}"] if image else []),
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
    """The service that had it mounted, or one that has its like; else a word to be replaced."""
    mounted = _mount_of(candidate)
    return (mounted[0].service if mounted else None) or "DATABASE"


def _mounted_at(candidate: Candidate) -> tuple[str, str | None]:
    """Where it is mounted, and ``PGDATA`` where the image would not look there by itself."""
    inside, major = candidate.holder.inside, candidate.major or 0
    if (mounted := _mount_of(candidate)) is not None:
        container, mount = mounted
        there = str(PurePosixPath(mount.destination) / inside)
        looked_at = container.pgdata or _usual_data(major, container.image)
        return mount.destination, None if looked_at == there else there
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


def _mount_of(candidate: Candidate) -> tuple[Container, Mount] | None:
    """The container that had it mounted, or one that has its like, and at which of its paths."""
    holder = candidate.holder
    container, volume = holder.container or holder.like, holder.volume
    for mount in container.mounts if container else ():
        if volume is None:
            fits = mount.source == _root(candidate)
        elif holder.container is None and container is not None:
            name = name_in_project(container, mount)
            fits = name is not None and volume.name.endswith(f"_{name}")
        else:
            fits = mount.name == volume.name
        if fits and container is not None:
            return container, mount
    return None


def _image(container: Container | None, major: int | None) -> str | None:
    """The image that is needed; None where the container has one that may be left as it is."""
    if container is None or not container.image:
        return f"postgres:{major}"
    tagged = _TAGGED.fullmatch(container.image)
    return f"{tagged[1]}:{major}" if tagged and int(tagged[2]) != major else None


def _usual_data(major: int, image: str) -> str:
    """Where an image keeps its data if nobody says otherwise."""
    if "bitnami" in image:
        return "/bitnami/postgresql/data"
    return f"{_POSTGRESQL}/{major}/docker" if major >= _OWN_PLACE_SINCE else f"{_POSTGRESQL}/data"


def _of_running(candidate: Candidate, configuration: Configuration | None, around: Around) -> str:
    """Point the application at a server that runs: by the command, where its port is known."""
    container, now = candidate.holder.container, around.address
    port = _port_here(candidate)
    if configuration is not None and now is not None and port is not None and candidate.pinned:
        right = Whereabouts("127.0.0.1", str(port), _name_in(candidate, now), now.user)
        mended = correction(configuration, now, right, "the pinned database runs at").next
        if right.target != now.target and mended is not None:
            return mended
    where = f"in container {container.name}" if container else f"on {candidate.path}"
    return f"point the application at the server that runs {where}"


def _port_here(candidate: Candidate) -> int | None:
    """The port of this machine that leads to a running server, where that is known."""
    cluster, container = candidate.cluster, candidate.holder.container
    inside = cluster.port if cluster is not None else None
    if container is None:
        return inside
    forwarded = [here for here, there in container.ports.items() if there == inside]
    return forwarded[0] if forwarded else inside if container.in_host_network else None


def _name_in(candidate: Candidate, now: Whereabouts) -> str:
    """The database that is meant: as it is called now where there is one of that name."""
    filled = [one.name for one in candidate.databases if one.name and one.user_bytes]
    return now.database if now.database in filled or len(filled) != 1 else filled[0]


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
    candidate: Candidate, configuration: Configuration | None, ends: str, around: Around
) -> None:
    path = Path(str(candidate.path))
    if configuration is not None and path.is_relative_to(configuration.kept_directory):
        candidate.next = "strongroom undo, where the last swap put it there; it is whole as it lies"
    elif configuration is not None and configuration.server is not None and _ours(candidate):
        candidate.change = f'[server]\ndata_directory = "{_toml(path)}"'
        candidate.change_in = str(configuration.path)
        candidate.next = ends
    elif (debian := _DEBIAN.fullmatch(str(path))) is not None:
        candidate.next, candidate.ends = f"pg_ctlcluster {debian[1]} {debian[2]} start", ends
    else:
        candidate.change, candidate.change_in = compose_change(candidate), OVERRIDE
        commands = [*around.before(candidate), f"{around.compose} up -d"]
        candidate.next, candidate.ends = " && ".join(commands), ends


def _ours(candidate: Candidate) -> bool:
    return candidate.pinned or candidate.clone


def _key_of(candidate: Candidate) -> str:
    """What the Compose file calls the volume: as it did, else by its name without the project."""
    volume = candidate.holder.volume
    if volume is None:
        return ""
    if volume.compose_name:
        return volume.compose_name
    mounted = _mount_of(candidate)
    if mounted and (name := name_in_project(*mounted)):
        return name
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
