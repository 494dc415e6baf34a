"""``init``: make a new, empty, pinned database. Killed at any step, it can be repeated.

A journal beside the ledger says what is being made before anything is. A repeated call goes on
with it as long as nothing was pinned or recorded since; whatever exists besides is refused. What
is pinned was made, and is never made again: of a call that was killed after that, the gate judges
what is there now.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from strongroom.config import Configuration, ServerSettings
from strongroom.errors import ConfigurationError, PinError, ServerError
from strongroom.identity.address import connection_of
from strongroom.identity.binding import bind, journal_of, record_pinned, was_recorded
from strongroom.identity.environments import neighbours, require_apart
from strongroom.identity.files import write_whole
from strongroom.identity.gate import check
from strongroom.identity.observation import Identity, Observation
from strongroom.identity.observe import observe
from strongroom.identity.pin import Pin, pin_of
from strongroom.identity.places import opened
from strongroom.identity.schema import create_schema
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.roles import (
    apply_privileges,
    create_database,
    create_roles,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)
from strongroom.progress import SILENT, Progress
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import RunningServer, Supervisor

STEPS = (
    "init.journal",
    "init.passwords",
    "init.cluster",
    "init.roles",
    "init.database",
    "init.schema",
    "init.key",
    "init.state",
    "init.lock",
    "init.recorded",
)
"""Every step of a supervised ``init``, in order; it may be killed after any of them."""

LOCK_NAME = "init.lock"


@dataclass(frozen=True)
class Initialised:
    """A new database, and where the two files lie that nobody can make again."""

    database_id: str
    environment: str
    pin: Path
    private_key: Path
    """Opens every backup. It belongs on another disk or machine too."""


def init(configuration: Configuration, *, progress: Progress = SILENT) -> Initialised:
    """Make the database of a configuration, and pin it.

    On a supervised server: cluster, roles, database, schema ``strongroom``. On a server of
    others the database must be there, and hold nothing.

    Raises:
        PinError: a database is pinned already.
        ConfigurationError: something is there already; ``adopt`` takes what exists.
        RefusedError: a call that was killed at its very end is repeated, and the database that it
            had pinned is not there any more.
        StrongroomError: the server could not be made or reached. A repeated call goes on.
    """
    with _alone(configuration):
        pin = pin_of(configuration)
        begun = _interrupted(configuration, pin)
        if pin is None:
            identity = begun or _begun(configuration, progress)
            _make(configuration, identity, progress)
        elif begun is not None:
            identity = begun
            _finish(configuration, begun, progress)
        else:
            raise _pinned_already(configuration, pin)
    return Initialised(
        database_id=identity.database_id,
        environment=identity.environment,
        pin=configuration.lock_path,
        private_key=configuration.private_key,
    )


def _interrupted(configuration: Configuration, pin: Pin | None) -> Identity | None:
    """What an interrupted call was making, unless that was pinned and lost since, or is another."""
    journal = journal_of(configuration)
    if not journal.exists():
        return None
    begun = Identity(**json.loads(journal.read_bytes()))
    if pin is None:
        over = was_recorded(configuration, begun)
    else:
        over = pin.database_id != begun.database_id
    if over:
        journal.unlink()
        return None
    return begun


def _begun(configuration: Configuration, progress: Progress) -> Identity:
    """Choose what is going to be made, where there is nothing yet, and note it."""
    for other in neighbours(configuration):
        require_apart(configuration, other)
    _require_room(configuration)
    identity = Identity(str(uuid.uuid4()), configuration.environment, str(uuid.uuid4()))
    write_whole(journal_of(configuration), json.dumps(asdict(identity)).encode())
    progress.step("init.journal")
    return identity


def _make(configuration: Configuration, identity: Identity, progress: Progress) -> None:
    if configuration.server is not None:
        found = _make_supervised(configuration, configuration.server, identity, progress)
    else:
        found = _make_by_url(configuration, identity, progress)
    bind(configuration, identity, found, floors={}, act="init", progress=progress)


def _finish(configuration: Configuration, identity: Identity, progress: Progress) -> None:
    """Do what was left to do when the pin was there already; nothing is made any more.

    Raises:
        RefusedError: the database that was made then is not the one that is there now.
    """
    judgement = check(configuration, progress=progress)
    record_pinned(configuration, identity, act="init", where=str(judgement.found["where"]))
    journal_of(configuration).unlink()
    if not judgement.matches:
        raise judgement.refusal()


def _pinned_already(configuration: Configuration, pin: Pin) -> PinError:
    return PinError(
        f"{configuration.lock_path} pins a database already (environment "
        f"{pin.environment}). An existing database is never initialised again.",
        next_step="strongroom check",
    )


def _require_room(configuration: Configuration) -> None:
    """Refuse before anything is noted: what is there already is for ``adopt``."""
    if configuration.server is None:
        with connect(connection_of(configuration)) as connection:
            _require_unused(configuration, connection, None)
        return
    facts = inspect_directory(configuration.server.data_directory)
    if facts.kind not in {"missing", "empty"}:
        raise _occupied(f"{facts.path} holds something already")


def _make_supervised(
    configuration: Configuration, settings: ServerSettings, identity: Identity, progress: Progress
) -> Observation:
    roles = roles_of(configuration.application)
    if not configuration.passwords.exists():
        write_passwords(configuration.passwords, new_passwords(roles))
    progress.step("init.passwords")
    supervisor = Supervisor(settings, progress=progress)
    if inspect_directory(settings.data_directory).kind in {"missing", "empty"}:
        supervisor.initialise()
    else:
        _require_our_own(configuration, identity, progress)
    progress.step("init.cluster")
    with supervisor.running() as server:
        with connect(server.administrator()) as connection:
            create_roles(connection, roles, load_passwords(configuration.passwords))
        progress.step("init.roles")
        _ensure_database(configuration, server)
        progress.step("init.database")
        with connect(server.administrator(configuration.database)) as connection:
            with connection.transaction():
                apply_privileges(connection, roles)
            readers = (roles.migrator, roles.application)
            return _ensure_schema(configuration, connection, identity, readers, progress)


def _require_our_own(configuration: Configuration, identity: Identity, progress: Progress) -> None:
    """Make sure, before starting it, that a cluster is the one an interrupted call has made."""
    with opened(configuration, None, progress=progress) as place:
        found = place.found
        if found.problem is not None:
            raise ServerError(found.problem, next_step=found.problem_next)
        if found.user_rows or found.identity not in (None, identity):
            raise _occupied(f"{found.where} holds {found.holds} that this init has not made")


def _ensure_database(configuration: Configuration, server: RunningServer) -> None:
    """Make the database; one without our schema is half made, and holds nothing: made anew."""
    roles, name = roles_of(configuration.application), configuration.database
    with connect(server.administrator(), autocommit=True) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, (name,)).fetchone() is not None:
            with connect(server.administrator(name)) as inside:
                if user_tables(inside):
                    return
            connection.execute(
                psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(name))
            )
        create_database(connection, name, roles)


def _make_by_url(
    configuration: Configuration, identity: Identity, progress: Progress
) -> Observation:
    with connect(connection_of(configuration)) as connection:
        _require_unused(configuration, connection, identity)
        return _ensure_schema(configuration, connection, identity, (), progress)


def _require_unused(
    configuration: Configuration, connection: psycopg.Connection, identity: Identity | None
) -> None:
    """Refuse a database that holds anything, but for what this very ``init`` has made in it."""
    found = observe(connection, None, configuration, where="the database")
    if found.problem is not None:
        raise ServerError(found.problem, next_step=found.problem_next)
    ours = identity is not None and found.identity == identity
    if not ours and (found.identity or user_tables(connection)):
        raise _occupied(f"The database {connection.info.dbname} holds tables already")


def _ensure_schema(
    configuration: Configuration,
    connection: psycopg.Connection,
    identity: Identity,
    readers: tuple[str, ...],
    progress: Progress,
) -> Observation:
    where = f"the database {connection.info.dbname}"
    found = observe(connection, None, configuration, where=where)
    if found.identity is None:
        with database_errors("making schema strongroom"), connection.transaction():
            create_schema(connection, identity, readers=readers)
        found = observe(connection, None, configuration, where=where)
    progress.step("init.schema")
    return found


def _occupied(what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{what}. init makes a new database only where there is nothing.",
        next_step="strongroom adopt --dry-run",
    )


@contextmanager
def _alone(configuration: Configuration) -> Iterator[None]:
    """Let one process initialise at a time; a second one waits, and then finds a pin."""
    configuration.state_cache.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(configuration.state_cache / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
