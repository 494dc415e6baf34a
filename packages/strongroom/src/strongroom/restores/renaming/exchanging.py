"""Exchange two databases by renaming both in one transaction, while nobody can get in.

A rename takes a lock on the database that every new session waits for, and waits itself until
the last old one has ended. So sessions are ended by a second connection while the first one
waits: there is no moment in which the database is closed or has no name, and a process that is
killed leaves everything as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
from psycopg import errors, sql

from strongroom.config import Configuration
from strongroom.errors import RestoreError, StrongroomError
from strongroom.postgres.connections import words_of
from strongroom.progress import SILENT, Progress
from strongroom.restores.renaming import journal
from strongroom.restores.renaming.journal import Renaming
from strongroom.restores.renaming.place import OthersServer
from strongroom.restores.renaming.properties import (
    Properties,
    difference,
    properties_of,
    publications_of,
    replaying,
)
from strongroom.restores.renaming.settling import settle, settle_renaming

EXCHANGE_STEPS = ("alike", "journalled", "announced", "held", "renamed", "recognised", "recorded")
DRAIN_S = 3.0
"""How long sessions may finish what they are doing. PostgreSQL itself waits for 5 s."""
POLL_S = 0.05

_SESSIONS = """
SELECT pid FROM pg_stat_activity
WHERE datname = ANY(%s) AND pid <> ALL(%s) AND (%s OR state = 'idle')
"""
_NUMBERS = "SELECT datname::text, oid::bigint FROM pg_database WHERE datname = ANY(%s)"


def make_alike(server: OthersServer, name: str, old: Properties, *, publications: bool) -> None:
    """Give a database all that belongs to the one in place, and refuse what cannot be given.

    Args:
        server: of both.
        name: the database that is to take the place.
        old: what the one in place is like.
        publications: whether they are to be the same too.

    Raises:
        RestoreError: something still differs; nothing was renamed.
    """
    refused: list[str] = []
    with server.connected() as connection:
        now = _required(connection, name)
        for statement in replaying(name, old, now):
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                refused.append(f"{statement.as_string(connection)} ({words_of(error)})")
        facts, wanted = _required(connection, name).facts(), old.facts()
    if publications:
        for database, told in ((name, facts), (old.name, wanted)):
            with server.connected(database) as inside:
                for one, text in publications_of(inside).items():
                    told[f"publication {one}"] = text
    if differing := difference(wanted, facts):
        why = f" PostgreSQL refused: {'; '.join(refused)}." if refused else ""
        raise RestoreError(
            f"The database {name} was restored and verified, and would not be like the one that "
            f"it replaces: {'; '.join(differing)}.{why} Nothing was renamed.",
            next_step="have its administrator make these alike, or let strongroom be one: "
            'administrator = "$VARIABLE" beside the url; then repeat',
        )


def _required(connection: psycopg.Connection, name: str) -> Properties:
    found = properties_of(connection, name)
    if found is None:
        raise RestoreError(
            f"The database {name} is gone. Nothing was renamed.", next_step="strongroom restore"
        )
    return found


def perform(
    configuration: Configuration,
    server: OthersServer,
    renaming: Renaming,
    announce: Callable[[], None],
    progress: Progress,
) -> None:
    """Carry an exchange out; whoever is connected loses the connection, and finds the new one.

    What fails on the way is settled at once, as it would be after a kill.
    """
    try:
        journal.begin(configuration.state_cache, renaming)
        progress.step(f"{renaming.kind}.journalled")
        announce()
        progress.step(f"{renaming.kind}.announced")
        rename_both(server, renaming, progress)
        progress.step(f"{renaming.kind}.renamed")
        settle(configuration, renaming, progress)
    except (StrongroomError, OSError):
        settle_renaming(configuration, SILENT)
        raise


def statements_of(
    name: str, incoming: str, kept: str | None, *, back: bool = False
) -> list[sql.Composed]:
    """The statements of one exchange, or of its way back, as one transaction."""
    first, second = (name, kept), (incoming, name)
    if back:
        first, second = (name, incoming), (kept or "", name)
    pairs = [pair for pair in (first, second) if all(pair)]
    rename, opened = sql.SQL("ALTER DATABASE {} RENAME TO {}"), "ALTER DATABASE {} "
    statements = [rename.format(*(sql.Identifier(str(one)) for one in pair)) for pair in pairs]
    aside = incoming if back else kept
    for database, may in ((aside, False), (name, True)):
        if database is not None and not (back and not may):
            allow = sql.SQL(f"{opened}ALLOW_CONNECTIONS {{}}")
            statements.append(allow.format(sql.Identifier(database), sql.Literal(may)))
    return statements


def rename_both(server: OthersServer, renaming: Renaming, progress: Progress) -> None:
    """Rename both databases in one transaction.

    Raises:
        RestoreError: sessions did not end, or another database has one of the names; nothing
            was renamed.
    """
    names = [renaming.name, renaming.incoming]
    with (
        server.connected(autocommit=False) as renamer,
        server.connected() as ender,
    ):
        _require_numbers(renamer, renaming, names)
        failures: list[psycopg.Error] = []

        def rename() -> None:
            try:
                renamer.execute("SET LOCAL lock_timeout = '10s'")
                for one in statements_of(renaming.name, renaming.incoming, renaming.kept):
                    renamer.execute(one)
            except psycopg.Error as error:
                failures.append(error)

        thread = threading.Thread(target=rename, name="rename")
        thread.start()
        own = [renamer.info.backend_pid, ender.info.backend_pid]
        begun, kept_by = time.monotonic(), ""
        while thread.is_alive():
            kept_by = _end_sessions(
                ender, names, own, all_of_them=time.monotonic() - begun > DRAIN_S
            )
            thread.join(POLL_S)
        if failures:
            renamer.rollback()
            raise _not_renamed(renaming, failures[0], kept_by) from failures[0]
        progress.step(f"{renaming.kind}.held")
        renamer.commit()


def _require_numbers(connection: psycopg.Connection, renaming: Renaming, names: list[str]) -> None:
    found: dict[str, int] = dict(connection.execute(_NUMBERS, [names]).fetchall())
    expected = (renaming.outgoing_oid, renaming.incoming_oid)
    if (found.get(renaming.name), found.get(renaming.incoming)) != expected:
        raise RestoreError(
            f"{renaming.name} or {renaming.incoming} was replaced while the swap was being "
            "prepared. Nothing was renamed.",
            next_step="see which databases there are, then repeat",
        )


def _end_sessions(
    connection: psycopg.Connection, names: list[str], own: list[int], *, all_of_them: bool
) -> str:
    """End those that are idle, and in the end all; return why one could not be ended."""
    why = ""
    for (pid,) in connection.execute(_SESSIONS, [names, own, all_of_them]).fetchall():
        try:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        except errors.InsufficientPrivilege:
            why = f"this role may not end the session {pid}"
    return why


def _not_renamed(renaming: Renaming, error: psycopg.Error, kept_by: str) -> RestoreError:
    why = kept_by or words_of(error)
    return RestoreError(
        f"{renaming.name} was not renamed, and everybody may go on working with it: {why}.",
        next_step="end what is connected to it, or let strongroom be an administrator; then repeat",
    )
