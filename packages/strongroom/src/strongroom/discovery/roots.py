"""Read a container engine's data root on disk, where no engine answers.

Docker and Podman keep a named volume in ``volumes/NAME/_data`` of their root. Docker writes what it
knows of a container into ``containers/ID/config.v2.json``, from which projects and mounts are told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strongroom.discovery.engine_answers import Container, Mount, Volume, pgdata_in
from strongroom.discovery.quiet import home_directory, is_directory, names_in, read_quietly

_DOCUMENT_MAX_BYTES = 4 * 1024 * 1024
_SYSTEM_ROOTS = (
    "var/lib/docker",
    "var/snap/docker/common/var-lib-docker",
    "var/lib/containers/storage",
)
_OF_A_HOME = (".local/share/docker", ".local/share/containers/storage")


def usual_roots(*, home: Path | None = None, system: Path = Path("/")) -> list[Path]:
    """Data roots that are there, of the machine's engines and of this user's own."""
    home = home or home_directory()
    places = [system / one for one in _SYSTEM_ROOTS]
    places += [home / one for one in _OF_A_HOME] if home else []
    # One that this user may not look into is told of by whoever reads it.
    return [
        one
        for one in places
        if is_directory(one) and (not os.access(one, os.X_OK) or is_directory(one / "volumes"))
    ]


def volumes_on_disk(root: Path) -> list[Volume]:
    """The volumes of a data root, by name.

    Raises:
        OSError: the root cannot be read.
    """
    directory = root / "volumes"
    names = names_in(directory) or set()
    return [
        Volume(
            name=name,
            mountpoint=directory / name / "_data",
            options=_texts(_document(directory / name / "opts.json")),
        )
        for name in sorted(names)
        if is_directory(directory / name / "_data")
    ]


def containers_on_disk(root: Path) -> list[Container]:
    """The containers that Docker has written down in a data root; of Podman's, none.

    Raises:
        OSError: the root cannot be read.
    """
    directory = root / "containers"
    found = []
    for identifier in sorted(names_in(directory) or ()):
        document = _document(directory / identifier / "config.v2.json")
        if isinstance(document.get("Config"), dict):
            found.append(_container(root, identifier, document))
    return found


def _container(root: Path, identifier: str, document: Mapping[str, Any]) -> Container:
    configured, state = document["Config"], document.get("State")
    running = isinstance(state, dict) and state.get("Running") is True
    points = document.get("MountPoints")
    return Container(
        id=identifier,
        name=str(document.get("Name") or identifier[:12]).removeprefix("/"),
        image=str(configured.get("Image") or ""),
        # An engine that does not answer runs nothing of which it would know.
        state="exited" if not running else "unknown",
        labels=_texts(configured.get("Labels")),
        mounts=tuple(
            _mount(root, one)
            for one in (points.values() if isinstance(points, dict) else ())
            if isinstance(one, dict)
        ),
        pgdata=pgdata_in(configured.get("Env")),
        layer=_layer(root, identifier),
    )


def _mount(root: Path, told: Mapping[str, Any]) -> Mount:
    name = told.get("Name")
    source = told.get("Source")
    named = isinstance(name, str) and bool(name)
    return Mount(
        kind="volume" if named else "bind",
        destination=str(told.get("Destination") or ""),
        name=name if named else None,
        source=root / "volumes" / str(name) / "_data"
        if named
        else Path(source)
        if isinstance(source, str) and source.startswith("/")
        else None,
        writable=told.get("RW") is not False,
    )


def _layer(root: Path, identifier: str) -> Path | None:
    """Where a container's own files lie: the engine notes under which name."""
    note = root / "image/overlay2/layerdb/mounts" / identifier / "mount-id"
    try:
        name = (read_quietly(note, 256) or b"").decode("ascii", errors="replace").strip()
    except OSError:
        return None
    return root / "overlay2" / os.path.basename(name) / "diff" if name else None  # noqa: PTH119  no path


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_quietly(path, _DOCUMENT_MAX_BYTES) or b"null")
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): str(one) for name, one in value.items() if isinstance(one, str)}
