"""The engine that Compose would use: which it is, and what it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from strongroom.audit.engines import EngineView
from strongroom.config import Configuration
from strongroom.discovery import (
    Cluster,
    Container,
    Engine,
    EngineAddress,
    Holder,
    Volume,
    chosen_engine,
    engine_addresses,
)
from strongroom.discovery.knowledge import knowledge_of
from strongroom.discovery.through import read_through
from strongroom.errors import EngineError


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
    known = engine_addresses(environment)
    address = EngineAddress(host, "-H") if host else chosen_engine(known, environment)
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
