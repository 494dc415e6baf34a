"""Backups: whether they survive what they are for; and the pin, whether it is there."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from strongroom.audit.compose import Mount, Place, Project, Service
from strongroom.audit.databases import databases, words_of
from strongroom.audit.repository import is_ignored
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree

_BACKUP = re.compile(r"backup|pgbackrest|wal-?g\b|barman|pg_dump|databasus|restic|borg|strongroom")
_ELSEWHERE = re.compile(r"^(?:S3|AWS|B2|AZURE|GCS|RCLONE|WALG_S3|SFTP|RESTIC_REPOSITORY)(?:_|$)")


def _is_backup(service: Service) -> bool:
    words = " ".join([service.name, service.image, *words_of(service, "command"),
                      *words_of(service, "entrypoint")])  # fmt: skip
    return _BACKUP.search(words.lower()) is not None


@rule(
    "backup-in-failure-domain",
    "danger",
    on="project",
    why="The backups lie where the data lies: what removes or damages the one removes the other. "
    "docker compose down -v takes both.",
    fix="Keep backups outside the project: an external volume on another disk, an object store.",
)
def backup_in_failure_domain(project: Project) -> Iterator[Hit]:
    """Backups in the data's own volume, or in a volume of the same project."""
    data = {(one.mount.kind, one.mount.source) for one in databases(project) if one.mount}
    kept = {one.service.name for one in databases(project)}
    if not any(not one.is_for_tests for one in databases(project)):
        return
    for service in project.services.values():
        is_database = service.name in kept
        for mount in service.mounts:
            if mount.read_only or not _holds_backups(service, mount, is_database=is_database):
                continue
            if (mount.kind, mount.source) in data:
                what = f"the backups of {service.name} lie in the data's own {mount.source}"
                yield Hit(mount.place, what, service.name)
            elif _goes_with_project(project, mount):
                what = f"{mount.volume or 'a nameless volume'}, with backups, goes with down -v"
                yield Hit(mount.place, what, service.name, severity="caution")


def _holds_backups(service: Service, mount: Mount, *, is_database: bool) -> bool:
    if any(_ELSEWHERE.search(name) for name in service.environment):
        return False
    named = "backup" in mount.target.lower() or "backup" in (mount.source or "").lower()
    if is_database:
        return named
    return _is_backup(service) and mount.kind in {"volume", "bind"} and not _is_setting(mount)


def _is_setting(mount: Mount) -> bool:
    return re.search(r"\.\w{2,5}$|/etc/|\.sock$|conf|cron", mount.target) is not None


def _goes_with_project(project: Project, mount: Mount) -> bool:
    if mount.kind != "volume":
        return False
    volume = project.volumes.get(mount.source or "")
    return volume is None or (
        not volume.external and volume.options.get("type") not in {"nfs", "cifs"}
    )


@rule(
    "no-backup",
    "note",
    on="project",
    why="Nothing here makes backups of this database. There may be some elsewhere; if there are "
    "none, one wrong command is the end of the data.",
    fix="strongroom adopt, then strongroom watch.",
)
def no_backup(project: Project) -> Iterator[Hit]:
    """A PostgreSQL database, no service that makes backups, and no strongroom.toml near."""
    if any(_is_backup(one) for one in project.services.values()):
        return
    near = (project.directory, *list(project.directory.parents)[:2])
    if any((one / "strongroom.toml").is_file() for one in near):
        return
    for database in databases(project):
        if database.is_postgresql and not database.is_for_tests:
            yield Hit(database.place, f"of {database.service.name}", database.service.name)
            return


@rule(
    "store-beside-data",
    "danger",
    on="tree",
    why="The store of backups lies in the directory of the data: whatever empties or loses that "
    "directory takes the backups with it.",
    fix="Give store.url another place, best on another machine.",
)
def store_beside_data(tree: Tree) -> Iterator[Hit]:
    """In strongroom.toml, store.url leads below server.data_directory."""
    for path, document in _configurations(tree):
        server = document.get("server")
        store = document.get("store")
        data = server.get("data_directory", "data") if isinstance(server, dict) else None
        url = store.get("url", "store") if isinstance(store, dict) else None
        if not isinstance(data, str) or not isinstance(url, str) or "://" in url:
            continue
        inside = _absolute(path.parent, url).is_relative_to(_absolute(path.parent, data))
        if inside:
            place = Place(path, _line_of(tree.texts[path], "url"))
            yield Hit(place, f"{url} lies in {data}", "store.url")


def _absolute(directory: Path, path: str) -> Path:
    return Path(os.path.normpath(directory / path))


def _configurations(tree: Tree) -> Iterator[tuple[Path, dict[str, object]]]:
    for path, text in tree.texts.items():
        if path.name == "strongroom.toml":
            try:
                yield path, tomllib.loads(text)
            except (tomllib.TOMLDecodeError, RecursionError):
                continue


def _line_of(text: str, key: str) -> int:
    match = re.search(rf"^\s*{key}\s*=", text, re.MULTILINE)
    return text[: match.start()].count("\n") + 1 if match else 1


@rule(
    "pin-not-committed",
    "caution",
    on="tree",
    why="Without the pin a new checkout or a new container knows no database, and takes any.",
    fix="Commit strongroom.lock. It holds no secret.",
)
def pin_not_committed(tree: Tree) -> Iterator[Hit]:
    """A strongroom.toml without its lock, or with one that git ignores or does not have."""
    for path in tree.texts:
        if path.name != "strongroom.toml":
            continue
        lock = path.with_name("strongroom.lock")
        if not lock.is_file():
            yield Hit(Place(path, 1), "there is no strongroom.lock beside it", "missing")
        elif tree.tracked is not None and path in tree.tracked and lock not in tree.tracked:
            ignored = "is ignored by git" if is_ignored(lock) else "is not in git"
            yield Hit(Place(path, 1), f"strongroom.lock beside it {ignored}", "untracked")


@rule(
    "pin-writable",
    "caution",
    on="project",
    why="Whoever can write the pin can point the application at another database.",
    fix="Mount it read-only: ./strongroom.lock:/app/strongroom.lock:ro.",
)
def pin_writable(project: Project) -> Iterator[Hit]:
    """A service mounts strongroom.lock and may write to it."""
    for service in project.services.values():
        for mount in service.mounts:
            if mount.target.endswith("strongroom.lock") and not mount.read_only:
                yield Hit(mount.place, f"{service.name} may change the pin", service.name)


@rule(
    "pin-not-mounted",
    "note",
    on="project",
    why="There is a pin, and the containers of this project may not see it.",
    fix="Mount it: ./strongroom.lock:/app/strongroom.lock:ro, or copy it into the image.",
)
def pin_not_mounted(project: Project) -> Iterator[Hit]:
    """A strongroom.lock beside the compose file that no service mounts."""
    lock = project.directory / "strongroom.lock"
    if not lock.is_file():
        return
    mounted = [Path(one.source) for service in project.services.values()
               for one in service.mounts if one.kind == "bind" and one.source]  # fmt: skip
    configs = str(project.document.get("configs", "")) + str(project.document.get("secrets", ""))
    if "strongroom.lock" not in configs and not any(lock.is_relative_to(one) for one in mounted):
        yield Hit(project.document.place, "no service mounts strongroom.lock", "lock")
