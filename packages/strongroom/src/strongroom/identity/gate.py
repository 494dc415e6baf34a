"""The gate: an application gets to its database only when the verdict is ``match``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any, Literal

import psycopg

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError, PinError, StateError, StrongroomError
from strongroom.identity import schema
from strongroom.identity.address import (
    administrator_of,
    backup_role_of,
    connection_of,
    has_administrator,
)
from strongroom.identity.chain import Chain
from strongroom.identity.environments import environment_warnings
from strongroom.identity.expectation import expectation, lost_pin
from strongroom.identity.heartbeat import beating
from strongroom.identity.judgement import Judgement, judge
from strongroom.identity.logins import ensure_logins
from strongroom.identity.observation import Expected, Inspector, Observation
from strongroom.identity.observe import is_ours, observe
from strongroom.identity.places import Place, opened
from strongroom.identity.questions import Rows
from strongroom.identity.state_store import state_store_of
from strongroom.identity.verification import Verification, drive
from strongroom.identity.whereabouts import remember
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.roles import load_passwords, roles_of
from strongroom.progress import SILENT, Progress
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import RunningServer

DRIVERS = ("psycopg", "psycopg2", "asyncpg")
"""Whose connections can be verified."""

REOPENED = "reopened"
"""The act of opening the database again after it had been refused: an incident is over."""

RoleName = Literal["application", "migrator", "backup"]

_POSITION = """
SELECT pg_catalog.pg_current_wal_insert_lsn()::text, incarnation::text FROM strongroom.identity
"""
_READ_ONLY = "-c default_transaction_read_only=on"


def check(
    configuration: Configuration,
    *,
    inspect: Inspector | None = None,
    progress: Progress = SILENT,
) -> Judgement:
    """Judge the database without changing anything in it.

    A supervised server is started only if its directory is the known one, and stopped again.
    ``inspect`` may add warnings about a database that is ours.

    Raises:
        PinError, StateError: what is expected cannot be read. A verdict is never an error.
    """
    expected = expectation(configuration)
    with opened(configuration, expected, inspect=inspect, progress=progress) as place:
        return _judged(expected, place.found, configuration)


def check_unpinned(configuration: Configuration, *, progress: Progress = SILENT) -> Judgement:
    """Judge the database as if nothing were known of it: for what is going to be adopted."""
    with opened(configuration, None, progress=progress) as place:
        return _judged(None, place.found, configuration)


@contextmanager
def open_database(
    configuration: Configuration,
    *,
    heartbeat: bool = False,
    read_only: bool = False,
    inspect: Inspector | None = None,
    progress: Progress = SILENT,
) -> Iterator[OpenDatabase]:
    """Open the pinned database, and no other, for the length of a ``with`` block.

    Args:
        configuration: whose database.
        heartbeat: append an epoch about every minute in which something was written; for
            processes that live long.
        read_only: for reading and export. One's own database (the id matches) is then opened
            whatever its condition, and every connection refuses to write.
        inspect: may add warnings about the database to its judgement.
        progress: told of a recovery or a copy.

    Raises:
        RefusedError: the verdict is not ``match``. Nothing was written; it is in the ledger.
    """
    expected = _expectation_or_refusal(configuration)
    with opened(configuration, expected, inspect=inspect, progress=progress) as place:
        judgement = _judged(expected, place.found, configuration)
        readable = read_only and is_ours(expected, place.found)
        if expected is None or not (judgement.matches or readable):
            _record_refusal(configuration, judgement)
            raise judgement.refusal()
        database = OpenDatabase(configuration, expected, place, judgement, read_only=read_only)
        if judgement.matches and not read_only:  # who only looks ends nothing
            _record_reopening(configuration, judgement)
            remember(configuration, expected.pin.database_id)
        with ExitStack() as stack:
            if not (read_only or place.found.in_recovery):
                if place.server is not None:
                    ensure_logins(configuration, place.server)
                if (place.found.schema_format or schema.FORMAT) < schema.FORMAT:
                    database._upgrade_schema()  # noqa: SLF001  of this module
                database.append_epoch()
            if read_only and place.server is None:
                database.prove_read_only()
            if heartbeat:
                stack.enter_context(beating(database.beat))
            yield database


class OpenDatabase:
    """The pinned database, while it is open."""

    def __init__(
        self,
        configuration: Configuration,
        expected: Expected,
        place: Place,
        judgement: Judgement,
        *,
        read_only: bool,
    ) -> None:
        self.configuration = configuration
        self.judgement = judgement
        self._expected = expected
        self._place = place
        self._read_only = read_only
        self._chain = self._new_chain(expected, place.found)
        self._learnt: tuple[int, str] | None = None

    @property
    def server(self) -> RunningServer | None:
        """The supervised server; None for a database on a server of others."""
        return self._place.server

    def conninfo(self, role: RoleName = "application") -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for one of the application's roles."""
        if self._read_only:
            return {**self._writable_conninfo(role), "options": _READ_ONLY}
        return self._writable_conninfo(role)

    def administrator(self) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for the administrator.

        Raises:
            ConfigurationError: it is a server of others, and no administrator is known here.
        """
        if self.server is None:
            return administrator_of(self.configuration)
        return self.server.administrator(self.configuration.database)

    def replicator(self) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for whoever reads the files of the cluster."""
        if self.server is not None:
            return self.administrator()
        return backup_role_of(self.configuration) or self.conninfo("backup")

    @property
    def has_administrator(self) -> bool:
        """Whether this process may connect as administrator."""
        return self.server is not None or has_administrator(self.configuration)

    def _upgrade_schema(self) -> None:
        """Bring schema ``strongroom`` to this format, where somebody here may do that."""
        info = (
            self.administrator()
            if self.has_administrator
            else _url_conninfo(self.configuration, "")
        )
        with database_errors("upgrading schema strongroom"), connect(info) as connection:
            self.verify_connection(connection)
            if schema.upgrade_schema(connection):
                upgraded = replace(self._place.found, schema_format=schema.FORMAT)
                self._place = replace(self._place, found=upgraded)

    def append_epoch(self) -> None:
        """Append an epoch now: before a backup, after something that must not be lost."""
        with self._verified() as connection:
            self._chain.append(connection)

    def beat(self) -> None:
        """Append an epoch if anything was written since this process appended its last."""
        with self._verified() as connection:
            self._chain.append_if_moved(connection)

    def log_position(self) -> dict[str, str]:
        """Where the server's log stands, and whose it is: recorded of an act that loses something.

        So that ``restore --before`` finds the moment before it. Empty where that cannot be learnt;
        no act fails for it.
        """
        with suppress(psycopg.Error, StrongroomError), self._verified() as connection:
            lsn, incarnation = connection.execute(_POSITION).fetchall()[0]
            return {"lsn": lsn, "incarnation": incarnation}
        return {}

    def prove_read_only(self) -> None:
        """Make sure that connections really refuse to write, whatever lies in between.

        Raises:
            ServerError: they do not, or cannot be made so.
        """
        with self._verified():
            pass

    def revive(self) -> bool:
        """Start the supervised server again, if it has died, and say whether it runs now.

        A directory that has come in its place meanwhile is not started.

        Raises:
            ServerError: the server cannot be started.
        """
        supervisor, settings = self._place.supervisor, self.configuration.server
        if supervisor is None or settings is None:
            return False
        expected = _expectation_or_refusal(self.configuration)
        identifier = inspect_directory(settings.data_directory).system_identifier
        if expected is None or not expected.state.may_hold(identifier):
            return False
        self._place = replace(self._place, server=supervisor.revive())
        return True

    def verify_connection(self, connection: psycopg.Connection) -> None:
        """Make sure by one query that a new connection leads to the same database still.

        Raises:
            RefusedError: it does not; the connection must not be used.
            DatabaseError: the connection broke before it could be told.
        """
        with database_errors("proving whose database a connection leads to"):
            if not self._proved(connection):
                self._judge_again(connection)

    def _proved(self, connection: psycopg.Connection) -> bool:
        before = connection.autocommit
        connection.autocommit = True  # without it a BEGIN and a ROLLBACK would travel too

        def run(query: str, parameters: Sequence[Any]) -> Rows:
            return connection.execute(query.encode(), parameters).fetchall()

        proof, errors = self.verification().proof(), psycopg.errors.ProgrammingError
        try:
            return drive(proof, run, paramstyle="pyformat", errors=errors)
        finally:
            if not connection.closed:
                connection.autocommit = before

    def verification(self) -> Verification:
        """What a new connection must prove, for drivers other than psycopg's blocking one."""
        chain, pin, found = self._chain, self._expected.pin, self._place.found
        return Verification(
            database=(pin.database_id, pin.environment, chain.incarnation),
            newest=self._newest(chain),
            in_one_table=(found.schema_format or 0) >= schema.FORMAT,
            where=found.where,
            expectation=lambda: _expectation_or_refusal(self.configuration),
            settle=self._settle,
            learn=self._learn,
            read_only=self._read_only,
        )

    def _newest(self, chain: Chain) -> tuple[int, str] | None:
        """The newest mark that is known; None when the database has to be judged again."""
        if chain.last is None:
            return None
        own, learnt = (chain.last.n, chain.last.nonce), self._learnt
        return learnt if learnt and learnt[0] > own[0] else own

    def _learn(self, newest: tuple[int, str]) -> None:
        """Take note of a mark that another process has appended to this very database."""
        if self._learnt is None or newest[0] > self._learnt[0]:
            self._learnt = newest

    def _judge_again(self, connection: psycopg.Connection) -> None:
        """Judge in full: the chain may have moved (a swap, an accepted verdict)."""
        expected = _expectation_or_refusal(self.configuration)
        where = self._place.found.where
        found = observe(connection, expected, self.configuration, where=where)
        connection.rollback()
        self._settle(expected, found)

    def _settle(self, expected: Expected | None, found: Observation) -> None:
        judgement = judge(expected, found, self.configuration)
        readable = self._read_only and is_ours(expected, found)
        if expected is None or not (judgement.matches or readable):
            _record_refusal(self.configuration, judgement)
            raise judgement.refusal()
        self._chain = self._new_chain(expected, found)
        self._expected, self.judgement = expected, judgement
        self._place, self._learnt = replace(self._place, found=found), None

    def _new_chain(self, expected: Expected, found: Observation) -> Chain:
        return Chain(
            state_store_of(self.configuration, expected.pin.database_id),
            expected.life_of(found),
            found.marks[-1] if found.marks else None,
        )

    @contextmanager
    def _verified(self) -> Iterator[psycopg.Connection]:
        """Connect as the application does; also what lies there since a swap is judged first."""
        with (
            database_errors("using a connection to the database"),
            connect(self.conninfo()) as connection,
        ):
            self.verify_connection(connection)
            yield connection

    def _writable_conninfo(self, role: RoleName) -> dict[str, str | int]:
        if self._place.is_copy:  # roles of a copy may have any password
            return self.administrator()
        name: str = getattr(roles_of(self.configuration.application), role)
        if self.server is None and role == "backup" and self.configuration.backup_url:
            return self.replicator()
        if self.server is None:
            return _url_conninfo(self.configuration, name)
        password = load_passwords(self.configuration.passwords)[name]
        return self.server.conninfo(
            role=name, database=self.configuration.database, password=password
        )


def verify_engine(dialect: str, driver: str) -> None:
    """Refuse an engine that does not lead to PostgreSQL: the engine is part of the identity.

    Raises:
        ConfigurationError: another engine, or a driver whose connections cannot be verified.
    """
    if dialect != "postgresql" or driver not in DRIVERS:
        raise ConfigurationError(
            f"The engine is {dialect}+{driver}; the pinned database is reached by postgresql+"
            f"{' or postgresql+'.join(DRIVERS)} only. Another engine would be another database.",
            next_step="use guarded_engine(database), or a postgresql+psycopg:// address",
        )


def _url_conninfo(configuration: Configuration, role: str) -> dict[str, str | int]:
    """The role's own password where we have one, else the address as it is."""
    info = connection_of(configuration)
    if not configuration.passwords.exists():
        return info
    password = load_passwords(configuration.passwords).get(role)
    return info if password is None else {**info, "user": role, "password": password}


def _expectation_or_refusal(configuration: Configuration) -> Expected | None:
    try:
        return expectation(configuration)
    except (PinError, StateError) as error:
        ledger_of(configuration).record("refused", code=error.code, message=error.message)
        raise


def _judged(
    expected: Expected | None, found: Observation, configuration: Configuration
) -> Judgement:
    """Judge; where no pin is and one was, the pin is what has been lost."""
    judgement = judge(expected, found, configuration)
    if judgement.matches:
        shared = environment_warnings(configuration)
        return replace(judgement, warnings=(*judgement.warnings, *shared))
    lost = lost_pin(configuration) if expected is None else None
    if lost is None or found.problem is not None:
        return judgement
    following = f"bring {configuration.lock_path} back from version control, or strongroom adopt"
    return replace(judgement, message=lost, next=following)


def _record_refusal(configuration: Configuration, judgement: Judgement) -> None:
    ledger_of(configuration).record("refused", **judgement.as_dict())


def _record_reopening(configuration: Configuration, judgement: Judgement) -> None:
    """Note the end of an incident; a ledger that cannot be written keeps nobody out."""
    ledger = ledger_of(configuration)
    with suppress(StrongroomError):
        newest = ledger.newest("refused", REOPENED)
        if newest is not None and newest.kind == "refused":
            ledger.record(REOPENED, where=judgement.found.get("where"), refused=newest.n)
