"""Files into a project, as Compose does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from strongroom.audit.compose.environment import read_env_file
from strongroom.audit.compose.interpolation import without_resets
from strongroom.audit.compose.loading import Loader
from strongroom.audit.compose.merging import merged
from strongroom.audit.compose.model import Mount, Project, Service, Setting, Volume
from strongroom.audit.compose.naming import files_of, project_name
from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.shapes import absolute
from strongroom.audit.compose.values import Items, Place, Table, Text, Value
from strongroom.errors import ComposeError


@dataclass(frozen=True)
class Question:
    """What Compose would be asked: its options and the caller's environment.

    Paths count from ``here`` (the working directory), those in files from
    ``project_directory``, which is that of the first file where it is not given.

    ``strict``: what Compose refuses is refused. Otherwise variables that are required and not set
    are empty, files of variables may be missing, and volumes need not be declared.
    """

    files: tuple[Path, ...] = ()
    here: Path | None = None
    project_directory: Path | None = None
    project_name: str | None = None
    env_files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    strict: bool = True


def resolve(question: Question) -> Project:
    """Resolve a project.

    Raises:
        ComposeError: a file cannot be read or understood, or says what Compose refuses.
    """
    caller = dict(question.environment or {})
    files, directory, environment = _files_and_environment(question, caller)
    loader = Loader(environment, strict=question.strict)
    document = Table(Place(files[0], 1))
    for path in files:
        document = merged(document, loader.document(path, directory))
    document = without_resets(document)
    written = scalar_text(document["name"]) if document.get("name") else None
    name, source = project_name(question.project_name, environment, written, directory)
    if not isinstance(document.get("services"), Table):
        raise ComposeError(
            f"{files[0]} has no services.", next_step=f"name another file than {files[0]}"
        )
    return _project(question, _Frame(name, files, directory, environment, loader), document, source)


@dataclass(frozen=True)
class _Frame:
    name: str
    files: tuple[Path, ...]
    directory: Path
    environment: Mapping[str, str]
    loader: Loader


def _files_and_environment(
    question: Question, caller: dict[str, str]
) -> tuple[tuple[Path, ...], Path, dict[str, str]]:
    here = (question.here or Path.cwd()).absolute()
    files = tuple(absolute(str(one), here) for one in question.files)
    if not files:
        asked = tuple(here / one for one in question.env_files) or (here / ".env",)
        files = files_of(here, {**_variables(asked, caller, optional=True), **caller})
    given = question.project_directory
    directory = absolute(str(given), here) if given is not None else files[0].parent
    env_files = tuple(here / one for one in question.env_files) or (directory / ".env",)
    optional = not question.env_files or not question.strict
    return files, directory, {**_variables(env_files, caller, optional=optional), **caller}


def _variables(
    files: Iterable[Path], caller: Mapping[str, str], *, optional: bool
) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in files:
        if optional and not path.is_file():
            continue
        for one in read_env_file(path, {**found, **caller}):
            found[one.name] = one.value or ""
    return found


def _project(question: Question, frame: _Frame, document: Table, source: str) -> Project:
    volumes = _volumes(document, frame.name)
    profiles = question.profiles or tuple(
        one for one in frame.environment.get("COMPOSE_PROFILES", "").split(",") if one
    )
    services: dict[str, Service] = {}
    for name, table in document["services"].items():
        services[name] = _service(name, table, frame, volumes, strict=question.strict)
    return Project(
        name=frame.name,
        name_source=source,  # type: ignore[arg-type]
        directory=frame.directory,
        files=frame.files,
        read=tuple(dict.fromkeys(frame.loader.read)),
        services=_with_borrowed(services),
        volumes=volumes,
        document=document,
        environment=frame.environment,
        unset=tuple(frame.loader.unset),
        profiles=frozenset(profiles),
    )


def _volumes(document: Table, project: str) -> dict[str, Volume]:
    tables = document.get("volumes")
    if not isinstance(tables, Table):
        return {}
    return {
        key: _volume(key, value if isinstance(value, Table) else None, project, tables.where(key))
        for key, value in tables.items()
    }


def _volume(key: str, table: Table | None, project: str, place: Place) -> Volume:
    table = table if table is not None else Table(place)
    external = table.get("external")
    name = scalar_text(table.get("name"))
    if isinstance(external, Table) and external.get("name"):
        name = name or scalar_text(external["name"])
    is_external = isinstance(external, Table) or scalar_text(external) == "true"
    options = table.get("driver_opts")
    return Volume(
        key=key,
        name=name or (key if is_external else f"{project}_{key}"),
        external=is_external,
        named=bool(name),
        place=place,
        driver=scalar_text(table.get("driver")) or "local",
        options={name: scalar_text(value) for name, value in options.items()}
        if isinstance(options, Table)
        else {},
    )


def _service(
    name: str, table: Value, frame: _Frame, volumes: dict[str, Volume], *, strict: bool
) -> Service:
    if not isinstance(table, Table):
        raise ComposeError(f"The service {name} is no mapping.", next_step=f"mend {frame.files[0]}")
    return Service(
        name=name,
        table=table,
        mounts=_mounts(name, table, frame, volumes, strict=strict),
        environment=_environment(table, frame, strict=strict),
        profiles=tuple(_texts(table.get("profiles"))),
    )


def _mounts(
    service: str, table: Table, frame: _Frame, volumes: dict[str, Volume], *, strict: bool
) -> tuple[Mount, ...]:
    found = []
    items = table.get("volumes")
    for item, place in items.placed() if isinstance(items, Items) else ():
        mount = _mount(item, place)
        if mount.kind == "volume" and mount.source is not None:
            mount = replace(mount, volume=_real(mount, service, frame, volumes, strict=strict))
        found.append(mount)
    tmpfs = table.get("tmpfs")
    for item, place in tmpfs.placed() if isinstance(tmpfs, Items) else ():
        found.append(Mount("tmpfs", None, scalar_text(item).partition(":")[0], place))
    return tuple(found)


def _mount(item: Table, place: Place) -> Mount:
    source = scalar_text(item.get("source")) or None
    return Mount(
        kind=scalar_text(item["type"]),
        source=source,
        target=scalar_text(item["target"]).rstrip("/") or "/",
        place=place,
        read_only=scalar_text(item.get("read_only")) == "true",
        written=scalar_text(item.get("written")) or _written(item) or source,
        short=item.get("short"),
    )


def _written(item: Table) -> str | None:
    """The source of a short form as it was written, before it became a path."""
    short = item.get("short")
    return short.rsplit(":", 1)[0] if short and ":" in short else None


def _real(
    mount: Mount, service: str, frame: _Frame, volumes: dict[str, Volume], *, strict: bool
) -> str:
    key = mount.source or ""
    if key not in volumes:
        if strict:
            raise ComposeError(
                f"{mount.place.file}:{mount.place.line}: the service {service} uses the volume "
                f"{key}, which no file declares.",
                next_step=f"add {key}: below volumes:",
            )
        name = f"{frame.name}_{key}"
        volumes[key] = Volume(
            key,
            name,
            external=False,
            named=False,
            place=mount.place,
            driver="local",
            options={},
            declared=False,
        )
    return volumes[key].name


def _environment(table: Table, frame: _Frame, *, strict: bool) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    files = table.get("env_file")
    for file in files if isinstance(files, Items) else ():
        path = Path(scalar_text(file["path"]))
        optional = not strict or scalar_text(file.get("required")) == "false"
        if optional and not path.is_file():
            continue
        for one in read_env_file(path, frame.environment):
            found[one.name] = Setting(one.name, one.value, one.value or "", one.place)
    own = table.get("environment")
    if not isinstance(own, Table):
        return found
    for name, value in own.items():
        raw = value.raw if isinstance(value, Text) else scalar_text(value)
        text = frame.environment.get(name) if value is None else scalar_text(value)
        found[name] = Setting(name, text, raw, own.where(name))
    return found


def _with_borrowed(services: Mapping[str, Service]) -> dict[str, Service]:
    """Services with the mounts that they take from others by ``volumes_from``."""
    made = {}
    for name, service in services.items():
        borrowed = [
            mount
            for one in _texts(service.table.get("volumes_from"))
            if (other := services.get(one.partition(":")[0])) is not None
            for mount in other.mounts
        ]
        made[name] = replace(service, mounts=(*service.mounts, *borrowed)) if borrowed else service
    return made


def _texts(value: Value) -> Sequence[str]:
    if isinstance(value, Items):
        return [scalar_text(one) for one in value if not isinstance(one, (Table, Items))]
    return [scalar_text(value)] if isinstance(value, str) else []
