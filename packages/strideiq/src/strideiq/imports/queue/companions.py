"""What other features have a worker do beside reading files; ``features.py`` registers it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from strideiq.imports.isolation import ParserPool
from strideiq.platform.runtime import Runtime


@dataclass(frozen=True)
class Work:
    """What a worker lends to its companions."""

    runtime: Runtime
    pool: ParserPool
    stopping: threading.Event
    changed: Callable[[], None]
    """Has what is new backed up once no more comes."""


Companion = Callable[[Work], None]
"""Runs in a thread of its own until ``stopping`` is set."""

_companions: list[Companion] = []


def add_companion(companion: Companion) -> None:
    """Have something run in every worker; registering twice is once."""
    if companion not in _companions:
        _companions.append(companion)


def companions() -> tuple[Companion, ...]:
    """What runs in a worker beside its own work."""
    return tuple(_companions)
