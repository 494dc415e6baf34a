"""Look through what container engines hold: volumes, bind mounts, and the layers of containers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from strongroom.discovery.candidates import Holder
from strongroom.discovery.engine import Engine
from strongroom.discovery.engine_answers import Container, Volume
from strongroom.discovery.engines import EngineAddress
from strongroom.discovery.findings import Finding
from strongroom.discovery.quiet import is_directory
from strongroom.discovery.roots import containers_on_disk, volumes_on_disk
from strongroom.discovery.searching import Unreadable
from strongroom.discovery.survey import Survey
from strongroom.discovery.through import read_through
from strongroom.errors import EngineError

DEPTH_IN_A_VOLUME = 8
DEPTH_IN_A_BIND_MOUNT = 5
DEPTH_IN_A_LAYER = 8
_NEVER_SEARCHED = frozenset(
    Path(one)
    for one in ("/", "/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/tmp")  # noqa: S108
)


def survey_engines(survey: Survey, addresses: Iterable[EngineAddress]) -> list[Container]:
    """Ask each engine, and look through what it holds on this machine; its containers."""
    everything: list[Container] = []
    for one in addresses:
        engine = one.engine()
        survey.progress.step("find.engine")
        try:
            volumes, containers = engine.volumes(), engine.containers()
        except EngineError as error:
            finding = Finding("engine_silent", f"{error.message} ({one.origin})", error.next_step)
            survey.findings.append(finding)
            continue
        if one.address.startswith("unix://"):
            _survey_held(survey, volumes, containers, one.address, engine)
            everything += containers
        else:
            _survey_far(survey, volumes, containers, engine)
    return everything


def survey_roots(survey: Survey, roots: Iterable[Path]) -> list[Container]:
    """Look through data roots on disk, where no engine answers; the containers noted in them."""
    everything: list[Container] = []
    for root in roots:
        survey.progress.step("find.data_root")
        try:
            volumes, containers = volumes_on_disk(root), containers_on_disk(root)
        except OSError as error:
            survey.cannot_read(root, error)
            continue
        if not volumes and not is_directory(root / "volumes"):
            why = "it has no directory volumes, as the data root of an engine has"
            survey.unreadable.append(Unreadable(str(root), why))
        _survey_held(survey, volumes, containers, str(root))
        everything += containers
    return everything


def _survey_held(
    survey: Survey,
    volumes: Sequence[Volume],
    containers: Sequence[Container],
    where: str,
    engine: Engine | None = None,
) -> None:
    survey.looked.append(f"{len(volumes)} volumes and {len(containers)} containers of {where}")
    for volume in volumes:
        holder = Holder(volume, _using(volume, containers), where)
        _survey_volume(survey, volume, holder, engine)
    for container in containers:
        holder = Holder(None, (container,), where)
        for mount in container.mounts:
            if mount.kind == "bind" and mount.source and _worth_it(mount.source):
                sharing = tuple(one for one in containers if _binds(one, mount.source))
                survey.search(
                    mount.source,
                    f"bind mount {mount.source} of container {container.name}",
                    kind="bind_mount",
                    holder=Holder(None, sharing, where),
                    depth_max=DEPTH_IN_A_BIND_MOUNT,
                )
        if container.layer is not None and is_directory(container.layer):
            survey.search(
                container.layer,
                f"own files of container {container.name}",
                kind="container_layer",
                holder=holder,
                depth_max=DEPTH_IN_A_LAYER,
            )


def _survey_volume(survey: Survey, volume: Volume, holder: Holder, engine: Engine | None) -> None:
    places = [one for one in (volume.mountpoint, _device(volume)) if one is not None]
    there, why = [], "its engine keeps it where this machine does not see it"
    for place in places:
        try:
            if place.is_dir():
                there.append(place)
        except OSError as error:
            why = error.strerror or type(error).__name__
    if not there and not _seen_through(survey, holder, engine):
        told = f"volume {volume.name}" + (f" ({places[0]})" if places else "")
        survey.unreadable.append(Unreadable(told, why))
    for place in there:
        survey.search(
            place,
            f"volume {volume.name}",
            kind="volume",
            holder=holder,
            depth_max=DEPTH_IN_A_VOLUME,
        )


def _seen_through(survey: Survey, holder: Holder, engine: Engine | None) -> bool:
    """Whether a container of the volume shows a cluster in it, which then is a candidate."""
    candidate = read_through(engine, holder) if engine is not None else None
    if candidate is not None:
        survey.candidates.append(candidate)
    return candidate is not None


def _device(volume: Volume) -> Path | None:
    """The directory that a local volume is only a name for."""
    device = volume.options.get("device", "")
    bound = "bind" in volume.options.get("o", "").split(",")
    return Path(device) if bound and device.startswith("/") else None


def _using(volume: Volume, containers: Sequence[Container]) -> tuple[Container, ...]:
    return tuple(
        one for one in containers if any(mount.name == volume.name for mount in one.mounts)
    )


def _binds(container: Container, source: Path) -> bool:
    return any(mount.source == source for mount in container.mounts)


def _worth_it(source: Path) -> bool:
    """Whether a bind mount is a directory of somebody's data, and not half of the machine."""
    return source not in _NEVER_SEARCHED and is_directory(source)


def _survey_far(
    survey: Survey, volumes: Sequence[Volume], containers: Sequence[Container], engine: Engine
) -> None:
    """Of an engine on another machine, whose paths are none of ours."""
    survey.looked.append(f"{len(volumes)} volumes of {engine.address}, as its containers show them")
    why = "it lies on the machine of its engine: run strongroom find there"
    for volume in volumes:
        holder = Holder(volume, _using(volume, containers), engine.address)
        if not _seen_through(survey, holder, engine):
            told = f"volume {volume.name} of {engine.address}"
            survey.unreadable.append(Unreadable(told, why))
