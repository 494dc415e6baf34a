"""Where an address leads, and where it led when the pinned database was last opened from here.

An address changes without anybody meaning it: with the ``.env`` of another branch, or a variable
that another shell has exported. What is remembered then tells which address was the right one.
It has no password, lies beside the local copy of the state, and is only ever advice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.identity.address import connection_of
from strongroom.identity.files import write_whole

NAME = "address.json"
_USUAL_PORT = "5432"
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Whereabouts:
    """A database as an address names it, and who connects; ``user`` may be left to libpq."""

    host: str
    port: str
    database: str
    user: str

    @property
    def place(self) -> str:
        """The address without who connects, as it stands in one."""
        return f"{self.host or 'localhost'}:{self.port}/{self.database}"

    @property
    def target(self) -> tuple[str, str, str]:
        """What is led to, the same for each name of this machine."""
        return "localhost" if self.host in _HERE else self.host, self.port, self.database

    @property
    def is_on_a_port_here(self) -> bool:
        """Whether it is reached by a port of this machine."""
        return self.host in _HERE


def whereabouts_of(given: Mapping[str, str | int]) -> Whereabouts:
    """Where connection arguments lead; what they leave out is as libpq has it."""

    def told(name: str, variable: str, usual: str = "") -> str:
        return str(given.get(name) or os.environ.get(variable) or usual)

    user = told("user", "PGUSER")
    host = str(given.get("hostaddr") or "") or told("host", "PGHOST")
    return Whereabouts(
        host.lower(), told("port", "PGPORT", _USUAL_PORT), told("dbname", "PGDATABASE", user), user
    )


def configured_whereabouts(configuration: Configuration) -> Whereabouts | None:
    """Where the configured address leads now; None where there is none, or it cannot be read."""
    if configuration.server is not None or configuration.url is None:
        return None
    try:
        return whereabouts_of(connection_of(configuration))
    except StrongroomError:
        return None


def remember(configuration: Configuration, database_id: str) -> None:
    """Note where the address of the pinned database leads; nothing fails for it."""
    now = configured_whereabouts(configuration)
    if now is None or now == remembered(configuration, database_id):
        return
    document = {"database_id": database_id, **asdict(now)}
    with suppress(OSError):
        write_whole(_path(configuration), json.dumps(document).encode())


def remembered(configuration: Configuration, database_id: str) -> Whereabouts | None:
    """Where it led when that database was last opened from here; None where nobody knows."""
    try:
        document = json.loads(_path(configuration).read_bytes())
        if document.pop("database_id") != database_id:
            return None
        return Whereabouts(**{name: str(value) for name, value in document.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _path(configuration: Configuration) -> Path:
    return configuration.state_cache / NAME
