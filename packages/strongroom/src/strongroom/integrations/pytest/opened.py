"""Connections that were opened before this run was guarded, by a plugin that came earlier.

Nobody has judged them, and a pool may hand them to tests all run long.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from strongroom.integrations.pytest.addresses import Address, kept


@dataclass(frozen=True)
class Opened:
    """One open connection, and how it is closed."""

    address: Address
    close: Callable[[], object]


def open_connections() -> list[Opened]:
    """Every connection that is open in this process."""
    kinds = {
        kind: (name, read)
        for name, (kind_of, read) in _DRIVERS.items()
        if name in sys.modules
        for kind in [kind_of(sys.modules[name])]
    }
    return list(_found(kinds)) if kinds else []


def _found(kinds: Mapping[type, tuple[str, Callable[[Any], Opened | None]]]) -> Iterator[Opened]:
    for one in gc.get_objects():
        for kind, (name, read) in kinds.items():
            # By its type: asking a proxy for its class would wake what stands behind it.
            if issubclass(type(one), kind) and (opened := read(one)):
                source = f"a connection of {name} that was opened before the run was guarded"
                yield Opened(Address(source, opened.address.conninfo), opened.close)


def _psycopg(connection: Any) -> Opened | None:  # noqa: ANN401  psycopg's own
    if connection.closed:
        return None
    given = {**connection.info.get_parameters(), "password": connection.info.password}
    return Opened(Address("", kept(given.items())), connection.pgconn.finish)


def _psycopg2(connection: Any) -> Opened | None:  # noqa: ANN401  psycopg2's own
    if connection.closed:
        return None
    given = {**connection.info.dsn_parameters, "password": connection.info.password}
    return Opened(Address("", kept(given.items())), connection.close)


def _asyncpg(connection: Any) -> Opened | None:  # noqa: ANN401  asyncpg's own
    if connection.is_closed():
        return None
    place, params = connection._addr, connection._params  # noqa: SLF001  it tells them nowhere else
    if isinstance(place, str):  # the socket itself, where libpq wants its directory
        path = PurePosixPath(place)
        place = (str(path.parent), path.suffix.removeprefix("."))
    given = {
        "host": place[0],
        "port": place[1],
        "dbname": params.database,
        "user": params.user,
        "password": params.password,
    }
    return Opened(Address("", kept(given.items())), connection.terminate)


def _base_of_psycopg(module: ModuleType) -> type:
    base: type = module.Connection.__mro__[1]
    return base


_DRIVERS: Mapping[str, tuple[Callable[[ModuleType], type], Callable[[Any], Opened | None]]] = {
    "psycopg": (_base_of_psycopg, _psycopg),
    "psycopg2": (lambda module: module.extensions.connection, _psycopg2),
    "asyncpg": (lambda module: module.Connection, _asyncpg),
}
