"""What stands around a candidate: the engine that is spoken to here, and who holds the port.

A container cannot start on a port that another one listens on, and Compose speaks to one engine
only. Both are part of the way back, as commands that come before it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.config import Configuration
from strongroom.discovery.candidates import Candidate
from strongroom.discovery.engine_answers import Container
from strongroom.discovery.engines import (
    EngineAddress,
    chosen_engine,
    compose_program,
    engine_addresses,
)
from strongroom.discovery.listeners import holding
from strongroom.identity.whereabouts import Whereabouts, configured_whereabouts

COMPOSE = "docker compose"
_CONTEXT = "context "


@dataclass(frozen=True)
class Around:
    """The machine, as far as a command that is typed on it has to know."""

    compose: str = COMPOSE
    """How Compose is called here."""
    chosen: EngineAddress | None = None
    """The engine that a command which is typed here speaks to."""
    engines: Mapping[str, EngineAddress] = field(default_factory=dict)
    holding: tuple[Container, ...] = ()
    """Containers that listen where the application's address leads."""
    directories: tuple[str, ...] = ()
    """Where Compose is typed."""
    address: Whereabouts | None = None
    """Where the application's address leads."""

    def before(self, candidate: Candidate) -> list[str]:
        """The commands that must come before a candidate's container can be started."""
        there = self._engine_of(candidate)
        stops = [self._stop(one) for one in self.holding if not self._is_replaced(one, candidate)]
        return [*stops, *self._switch(there)]

    def _engine_of(self, candidate: Candidate) -> EngineAddress | None:
        """The engine that has a candidate's volume; else the one that is spoken to."""
        known = self.engines.get(candidate.holder.engine or "")
        return known if known is not None and candidate.kind == "volume" else self.chosen

    def _is_replaced(self, container: Container, candidate: Candidate) -> bool:
        """Whether Compose itself takes a container away when it brings the candidate back."""
        there = self._engine_of(candidate)
        if there is not None and container.engine != there.address:
            return False
        holder = candidate.holder
        own = [*holder.containers, *([holder.like] if holder.like else [])]
        return (
            container.id in {one.id for one in own}
            or container.compose_directory in self.directories
        )

    def _stop(self, container: Container) -> str:
        engine, program = self.engines.get(container.engine or ""), "docker"
        if "podman" in (container.engine or ""):
            program = "podman"
        elif engine is not None and self.chosen is not None and engine != self.chosen:
            program = f"docker -H {shlex.quote(engine.address)}"
        return f"{program} stop {shlex.quote(container.name)}"

    def _switch(self, there: EngineAddress | None) -> Iterator[str]:
        """Speak to another engine from now on."""
        if there is None or self.chosen is None or there.address == self.chosen.address:
            return
        if "podman" in there.address:
            return
        if there.origin.startswith(_CONTEXT) and self.chosen.origin != "DOCKER_HOST":
            yield f"docker context use {shlex.quote(there.origin.removeprefix(_CONTEXT))}"
        else:
            yield f"export DOCKER_HOST={shlex.quote(there.address)}"


def around(configuration: Configuration | None, containers: Sequence[Container]) -> Around:
    """Look at the engines and at the port that the configured address leads to."""
    address = configured_whereabouts(configuration) if configuration else None
    listening: list[Container] = []
    if address is not None and address.is_on_a_port_here and address.port.isdigit():
        listening = holding(int(address.port), containers)
    engines = engine_addresses()
    directories = [Path.cwd(), *([configuration.directory] if configuration else ())]
    return Around(
        compose=compose_program(),
        chosen=chosen_engine(engines),
        engines={one.address: one for one in engines},
        holding=tuple(listening),
        directories=tuple(os.path.realpath(one) for one in directories),
        address=address,
    )
