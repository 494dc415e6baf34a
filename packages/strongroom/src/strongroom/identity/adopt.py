"""``adopt``: pin a database that exists already, after showing what is in it.

Nothing of the database's own is touched: schema ``strongroom`` is added where it is missing.
A database that carries our identity already (its lock or its state was lost) is taken as it is.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError, DatabaseError, PinError, ServerError, StateError
from strongroom.identity.address import connection_of
from strongroom.identity.binding import bind, is_known
from strongroom.identity.expectation import expectation
from strongroom.identity.observation import Identity, Observation
from strongroom.identity.observe import exact_count, observe
from strongroom.identity.pin import pin_of
from strongroom.identity.places import Place, opened
from strongroom.identity.schema import create_schema
from strongroom.identity.usage import (
    Access,
    Caution,
    Client,
    access_of,
    cannot_create,
    cautions_about,
    clients_of,
)
from strongroom.identity.whereabouts import remember
from strongroom.postgres.catalogue import database_size_bytes, user_tables
from strongroom.postgres.connections import connect, database_errors, words_of
from strongroom.progress import SILENT, Progress


@dataclass(frozen=True)
class TableRows:
    """One table and its exact rows; None where counting ran out of time."""

    table: str
    rows: int | None


@dataclass(frozen=True)
class Adoption:
    """What is in the database, and whether it was adopted."""

    where: str
    size_bytes: int
    tables: tuple[TableRows, ...]
    clients: tuple[Client, ...]
    access: Access
    """How strongroom itself got in; for a database of others, as the application does."""
    cautions: tuple[Caution, ...]
    database_id: str | None
    """Its identity; before the adoption, that of an earlier one."""
    adopted: bool

    def as_dict(self) -> dict[str, Any]:
        """The adoption as documented for ``--json``."""
        return asdict(self)


def adopt(
    configuration: Configuration, *, dry_run: bool = False, progress: Progress = SILENT
) -> Adoption:
    """Look at a database, and unless ``dry_run`` make it the pinned one.

    Raises:
        PinError: it is pinned already, or something else is.
        ConfigurationError: it belongs to another environment, or there is nothing to adopt.
        ServerError: it cannot be reached.
        DatabaseError: the role may not create a schema in it.
    """
    pinned = pin_of(configuration)
    if pinned is not None and _has_state(configuration):
        raise PinError(
            f"{configuration.lock_path} pins a database already, and its state is there.",
            next_step="strongroom check",
        )
    with opened(configuration, None, progress=progress) as place:
        _require_adoptable(configuration, place.found)
        if pinned and _id(place) != pinned.database_id:
            raise _other_pin(configuration, _id(place))
        with connect(_conninfo(configuration, place)) as connection:
            connection.read_only = dry_run or None  # the server itself refuses to write then
            seen = _seen(configuration, connection, place.found)
            if dry_run:
                return seen
            identity, found = _identified(configuration, connection, place.found, seen.access)
    progress.step("adopt.schema")
    floors = {one.table: one.rows for one in seen.tables if one.rows is not None}
    bind(configuration, identity, found, floors=floors, act="adopt", progress=progress)
    remember(configuration, identity.database_id)
    return Adoption(**{**vars(seen), "database_id": identity.database_id, "adopted": True})


def _has_state(configuration: Configuration) -> bool:
    try:
        return expectation(configuration) is not None
    except (PinError, StateError):
        return False


def _require_adoptable(configuration: Configuration, found: Observation) -> None:
    if found.problem is not None:
        raise ServerError(found.problem, next_step=found.problem_next)
    identity = found.identity
    if identity and identity.environment != configuration.environment:
        raise ConfigurationError(
            f"The database belongs to environment {identity.environment}, and this "
            f"configuration is for {configuration.environment}.",
            next_step=f"strongroom --environment {identity.environment} adopt --dry-run",
        )
    if identity is None and configuration.server is not None:
        raise ConfigurationError(
            f"In {found.where} there is {found.holds}, which strongroom has not made. Run it by "
            "its own server and give that server's address.",
            next_step="set database.url instead of [server], then strongroom adopt --dry-run",
        )


def _other_pin(configuration: Configuration, there: str | None) -> PinError:
    """Tell which of the two is the wrong one: the state is kept of what belongs here."""
    lock = configuration.lock_path
    if there is not None and is_known(configuration, there):
        return PinError(
            f"{lock} pins a database that nothing is known of, and the state tells of the one "
            f"that is there ({there}): the lock file is another database's.",
            next_step=f"bring the right {lock} back, or move it away, then strongroom adopt",
        )
    return PinError(
        f"{lock} pins another database than the one that is there.",
        next_step="strongroom restore --swap",
    )


def _id(place: Place) -> str | None:
    return place.found.identity.database_id if place.found.identity else None


def _conninfo(configuration: Configuration, place: Place) -> dict[str, str | int]:
    if place.server is not None:
        return place.server.administrator(configuration.database)
    return connection_of(configuration)


def _seen(
    configuration: Configuration, connection: psycopg.Connection, found: Observation
) -> Adoption:
    limit_s = configuration.policy.count_time_max_s
    with database_errors("looking at the database"):
        tables = [
            TableRows(table.label, exact_count(connection, table, limit_s))
            for table in user_tables(connection, with_strongroom=False)
            if table.kind == "r"
        ]
        clients, access = clients_of(connection), access_of(connection)
        size_bytes = database_size_bytes(connection)
    return Adoption(
        where=found.where,
        size_bytes=size_bytes,
        tables=tuple(tables),
        clients=clients,
        access=access,
        cautions=_cautions(configuration, access, found),
        database_id=found.identity.database_id if found.identity else None,
        adopted=False,
    )


def _cautions(
    configuration: Configuration, access: Access, found: Observation
) -> tuple[Caution, ...]:
    if configuration.server is not None:
        return ()
    needed = () if found.identity or access.may_create else (cannot_create(access),)
    return (*needed, *cautions_about(access))


def _identified(
    configuration: Configuration,
    connection: psycopg.Connection,
    found: Observation,
    access: Access,
) -> tuple[Identity, Observation]:
    if found.identity is not None:
        return found.identity, found
    identity = Identity(str(uuid.uuid4()), configuration.environment, str(uuid.uuid4()))
    with database_errors("making schema strongroom"):
        try:
            with connection.transaction():
                create_schema(connection, identity, readers=())
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"Role {access.role} may not make a schema in this database: {words_of(error)}.",
                next_step=f"as its administrator: {access.grant_to_create}",
            ) from error
    return identity, observe(connection, None, configuration, where=found.where)
