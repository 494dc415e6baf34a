"""The engine that Compose would use: which it is, and what it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from strongroom.audit.engines import EngineView
from strongroom.config import Configuration
from strongroom.discovery import (
    Cluster,
    Container,
    Engine,
    EngineAddress,
    Holder,
    Volume,
    engine_addresses,
)
from strongroom.discovery.knowledge import knowledge_of
from strongroom.discovery.through import read_through
from strongroom.errors import EngineError

_DEFAULT_SOCKET = "unix:///var/run/docker.sock"


def view_of(
    configurations: Sequence[Configuration],
    environment: Mapping[str, str],
    *,
    host: str | None = None,
) -> EngineView:
    """Ask the engine that Compose would use.

    Raises:
        EngineError: there is none, or it does not answer.
    """
    address = EngineAddress(host, "-H") if host else _chosen(environment)
    if address is None:
        raise EngineError(
            "No container engine was found on this machine.",
            next_step="start it, or set DOCKER_HOST to its address",
        )
    engine = address.engine()
    return EngineView(
        address=address.address,
        volumes={one.name: one for one in engine.volumes()},
        knowledge=[knowledge_of(one) for one in configurations],
        is_local=address.address.startswith("unix://"),
        through=_reader(engine),
    )


def _reader(engine: Engine) -> Callable[[Volume], Cluster | None]:
    """Reads a volume as one of its containers shows it; the containers are asked for once."""

    @cache
    def containers() -> list[Container]:
        try:
            return engine.containers()
        except EngineError:
            return []

    def read(volume: Volume) -> Cluster | None:
        using = [one for one in containers()
                 if any(mount.name == volume.name for mount in one.mounts)]  # fmt: skip
        candidate = read_through(engine, Holder(volume, tuple(using)))
        return candidate.cluster if candidate is not None else None

    return read


def _chosen(environment: Mapping[str, str]) -> EngineAddress | None:
    """The engine that Compose would take: DOCKER_HOST, the chosen context, the usual socket."""
    found = engine_addresses(environment)
    by_origin = {one.origin: one for one in found}
    if "DOCKER_HOST" in by_origin:
        return by_origin["DOCKER_HOST"]
    context = environment.get("DOCKER_CONTEXT") or _current_context(environment)
    if context and context != "default":
        return by_origin.get(f"context {context}")
    usual = next((one for one in found if one.address == _DEFAULT_SOCKET), None)
    return usual or next((one for one in found if one.origin == "socket"), None)


def _current_context(environment: Mapping[str, str]) -> str | None:
    directory = environment.get("DOCKER_CONFIG") or Path.home() / ".docker"
    try:
        document = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
        found = document.get("currentContext")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
