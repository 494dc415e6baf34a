"""What loading, comparing and copying need of a server, whoever runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from strongroom.server.binaries import Binaries


class Administered(Protocol):
    """A server whose databases can be reached by one role with the rights for the work."""

    @property
    def binaries(self) -> Binaries:
        """Client programs that fit the server."""

    @property
    def log(self) -> Path | None:
        """What the server writes of its work, where that can be read."""

    def administrator(self, database: str = ...) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for that role."""
