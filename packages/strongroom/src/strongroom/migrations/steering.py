"""Alembic's ``env.py``, run as it is, on the database that we choose and on no other.

An ``env.py`` makes its own engine from its own address. Within ``steered`` every engine of this
thread, of whatever driver, gets its connections from us: to the rehearsal's copy, or to the
database that the gate has let through. A connection that was open before is not used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, Pool

from strongroom.errors import MigrationError
from strongroom.migrations.isolation import isolated, led

MARK = "strongroom_steered"
DATABASE_KEYS = {"psycopg": "dbname", "psycopg2": "dbname", "asyncpg": "database"}
"""The drivers whose connections can be led, and how each calls the database's name."""

_ACTIVE: ContextVar[Steering | None] = ContextVar("strongroom_steering", default=None)


class Watcher:
    """Sees what passes over a steered connection; does nothing by itself."""

    def before(self, connection: Connection, statement: str) -> None:
        """``statement`` is about to be executed."""

    def after(self, connection: Connection, statement: str) -> None:
        """``statement`` was executed."""

    def ended(self, connection: Connection, *, committed: bool) -> None:
        """The transaction is about to end."""


@dataclass(frozen=True)
class Target:
    """The database that a run of Alembic is led to."""

    conninfo: Callable[[], Mapping[str, str | int]]
    session: tuple[str, ...]
    """Statements that prepare each new connection: roles and limits of time."""
    verify: Callable[[Any, str], None]
    """Refuses a new connection, whose parameters are written so, if it leads elsewhere."""


@dataclass
class Steering:
    """One run on one target."""

    target: Target
    watcher: Watcher
    records: list[ConnectionPoolEntry] = field(default_factory=list)
    addresses: dict[tuple[str, ...], None] = field(default_factory=dict)
    """Where ``env.py`` wanted to connect: host, port and database."""


@contextlib.contextmanager
def steered(target: Target, watcher: Watcher | None = None) -> Iterator[Engine]:
    """Lead every engine of this thread to ``target``; yield one of our own, for who takes it."""
    steering = Steering(target, watcher or Watcher())
    token = _ACTIVE.set(steering)
    listeners: list[tuple[Any, str, Any]] = [
        (Engine, "do_connect", _do_connect),
        (Pool, "connect", _connected),
        (Pool, "checkout", _checked_out),
        (Engine, "before_cursor_execute", _before),
        (Engine, "after_cursor_execute", _after),
        (Engine, "commit", _committing),
        (Engine, "rollback", _rolling_back),
    ]
    for listener in listeners:
        event.listen(*listener)
    try:
        with isolated():
            yield create_engine("postgresql+psycopg://", poolclass=NullPool)
    finally:
        for listener in listeners:
            event.remove(*listener)
        _ACTIVE.reset(token)
        for record in steering.records:
            # An application's own pool must not keep a way to the copy, nor the owner's rights.
            with contextlib.suppress(Exception):
                record.invalidate()


def is_steered() -> bool:
    """Whether the connections of this thread are led, and verified, by a guarded migration."""
    return _ACTIVE.get() is not None


def _do_connect(
    dialect: Dialect, _: ConnectionPoolEntry, arguments: list[Any], parameters: dict[str, Any]
) -> DBAPIConnection | None:
    steering = _ACTIVE.get()
    if steering is None:
        return None
    if dialect.name != "postgresql" or dialect.driver not in DATABASE_KEYS:
        raise MigrationError(
            f"env.py opens a connection of its own by {dialect.name}+{dialect.driver}, which "
            "cannot be led through the gate. Nothing was changed.",
            next_step='let env.py use config.attributes["connection"] where it is given',
        )
    _refuse_second_address(steering, dialect, parameters)
    info = _led(steering.target, dialect.driver, parameters)
    arguments.clear()
    parameters.clear()
    with led():
        return dialect.connect(**info)


def _refuse_second_address(
    steering: Steering, dialect: Dialect, parameters: Mapping[str, Any]
) -> None:
    """An ``env.py`` for two databases would run the revisions of both on this one."""
    database = DATABASE_KEYS[dialect.driver]
    address = tuple(str(parameters.get(key) or "") for key in ("host", "port", database))
    if not any(address):
        return
    steering.addresses.setdefault(address)
    if len(steering.addresses) > 1:
        names = " and ".join(":".join(one) for one in steering.addresses)
        raise MigrationError(
            f"env.py connects to several databases, {names}, and a migration is of one. Nothing "
            "was changed.",
            next_step="strongroom --database NAME migrate for each, with an env.py that connects "
            "to this one only: told by -x which, or another one by --alembic",
        )


def _led(target: Target, driver: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Our address, with the settings of a session that ``env.py`` wants, such as a search path."""
    info: dict[str, Any] = dict(target.conninfo())
    info[DATABASE_KEYS[driver]] = info.pop("dbname")
    if driver == "asyncpg":
        if settings := parameters.get("server_settings"):
            info["server_settings"] = {**settings, **info.get("server_settings", {})}
        return info
    info.setdefault("application_name", "strongroom migrate")
    if wanted := parameters.get("options"):
        info["options"] = f"{wanted} {info.get('options', '')}".strip()
    return info


def _connected(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401  any driver's
    steering = _ACTIVE.get()
    if steering is None:
        return
    is_asyncpg = "asyncpg" in type(connection).__module__
    steering.target.verify(connection, "numeric" if is_asyncpg else "pyformat")
    cursor = connection.cursor()
    for statement in steering.target.session:
        cursor.execute(statement)
    cursor.close()
    connection.commit()
    record.info[MARK] = steering
    steering.records.append(record)


def _checked_out(_: object, record: ConnectionPoolEntry, __: object) -> None:
    steering = _ACTIVE.get()
    if steering is not None and record.info.get(MARK) is not steering:
        raise DisconnectionError  # the pool opens a new one, which is led to the target


def _before(
    connection: Connection, _: object, statement: str, __: object, ___: object, ____: object
) -> None:
    steering = _ACTIVE.get()
    if steering is None:
        return
    mark: object = connection.connection.info.get(MARK)
    if mark is not steering:
        raise MigrationError(
            "env.py uses a connection that was open before this run. Nothing was changed.",
            next_step='let env.py use config.attributes["connection"] where it is given',
        )
    steering.watcher.before(connection, statement)


def _after(
    connection: Connection, _: object, statement: str, __: object, ___: object, ____: object
) -> None:
    if steering := _ACTIVE.get():
        steering.watcher.after(connection, statement)


def _committing(connection: Connection) -> None:
    if steering := _ACTIVE.get():
        steering.watcher.ended(connection, committed=True)


def _rolling_back(connection: Connection) -> None:
    if steering := _ACTIVE.get():
        steering.watcher.ended(connection, committed=False)
