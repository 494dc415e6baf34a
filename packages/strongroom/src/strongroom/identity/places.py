"""Where a configuration's database lies, and how to get to it without writing by accident.

Starting a server is writing. So a supervised data directory is first judged from outside, by
the system identifier in its ``pg_control``; one that the state does not know is only ever
looked at in a copy.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import psycopg

from strongroom.config import Configuration
from strongroom.errors import NoSpaceError, ServerError, ServerStartingError, StrongroomError
from strongroom.identity.address import connection_of
from strongroom.identity.correction import correction, unmended
from strongroom.identity.observation import Expected, Inspector, Observation
from strongroom.identity.observe import is_ours, observe, observe_cluster
from strongroom.identity.whereabouts import remembered, whereabouts_of
from strongroom.postgres.connections import ConnectionInfo, connect
from strongroom.progress import SILENT, Progress
from strongroom.server.directory import DirectoryFacts, inspect_directory
from strongroom.server.scratch import scratch_copy
from strongroom.server.supervisor import RunningServer, Supervisor

ASK_AGAIN_S = 0.1
OPENED_AT = "when the pinned database was last opened from here it led to"
REPORT_S = 1.0

_NOT_OURS: Mapping[str, str] = {
    "missing": "nothing (the directory is missing)",
    "empty": "nothing (the directory is empty)",
    "not_a_data_directory": "something that is no PostgreSQL cluster",
}


@dataclass(frozen=True)
class Place:
    """What was found, and the server behind it while the place is open."""

    found: Observation
    server: RunningServer | None = None
    """None where nothing runs, and for a database on a server of others."""
    supervisor: Supervisor | None = None
    """Who runs that server; None for a copy, made because the original must not be started."""

    @property
    def is_copy(self) -> bool:
        """Whether the server runs on a copy."""
        return self.server is not None and self.supervisor is None


@contextmanager
def opened(
    configuration: Configuration,
    expected: Expected | None,
    *,
    inspect: Inspector | None = None,
    progress: Progress = SILENT,
) -> Iterator[Place]:
    """Get to the database, start what may be started, and say what is there.

    What cannot be reached is an observation with a ``problem``, not an error.
    """
    if configuration.server is None:
        yield Place(_observed_by_url(configuration, expected, inspect, progress))
        return
    facts = inspect_directory(configuration.server.data_directory)
    where = f"the data directory {facts.path}"
    if facts.kind != "cluster":
        yield Place(_without_cluster(facts, where))
        return
    known = expected is not None and expected.state.may_hold(facts.system_identifier)
    supervisor = None
    if known or facts.running:  # looking at a running one starts nothing
        supervisor = Supervisor(configuration.server, progress=progress)
    entered = False
    try:
        with _server_of(configuration, facts, supervisor, progress) as server:
            found = observe_cluster(server, expected, configuration, where=where, inspect=inspect)
            entered = True
            yield Place(found, server, supervisor)
    except (ServerError, NoSpaceError) as error:
        if entered:
            raise
        yield Place(_unreachable(where, error))


def _server_of(
    configuration: Configuration,
    facts: DirectoryFacts,
    supervisor: Supervisor | None,
    progress: Progress,
) -> AbstractContextManager[RunningServer]:
    if supervisor is not None:
        return supervisor.running()
    return scratch_copy(facts.path, configuration.scratch_directory, progress=progress)


def _without_cluster(facts: DirectoryFacts, where: str) -> Observation:
    if facts.kind == "unreadable":
        return Observation(
            where,
            holds="a directory that this user may not read",
            problem=f"The data directory {facts.path} may not be read by this user.",
            problem_next="run the command as the user that owns the directory",
        )
    return Observation(
        where, holds=_NOT_OURS[facts.kind], user_rows=facts.kind == "not_a_data_directory"
    )


def _observed_by_url(
    configuration: Configuration,
    expected: Expected | None,
    inspect: Inspector | None,
    progress: Progress,
) -> Observation:
    info = connection_of(configuration)
    name = info.get("dbname") or f"of service {info.get('service', os.environ.get('PGSERVICE'))}"
    where = f"the database {name} on {info.get('host', 'the local socket')}"
    try:
        with _connected(info, configuration.policy.start_wait_max_s, progress) as connection:
            found = observe(connection, expected, configuration, where=where, inspect=inspect)
    except ServerError as error:
        return _unreachable(where, error)
    return _with_address(found, info, configuration, expected)


def _with_address(
    found: Observation,
    info: ConnectionInfo,
    configuration: Configuration,
    expected: Expected | None,
) -> Observation:
    """Of a place that is not ours: whether the address, or what it leads to, has changed."""
    if expected is None or found.problem is not None or is_ours(expected, found):
        return found
    before, now = remembered(configuration, expected.pin.database_id), whereabouts_of(info)
    if before is None and found.identity is None:
        return found
    note = (
        unmended(configuration, now, known_before=before is not None)
        if before is None or before.target == now.target
        else correction(configuration, now, before, OPENED_AT)
    )
    return replace(found, address=note)


def _connected(info: ConnectionInfo, wait_max_s: float, progress: Progress) -> psycopg.Connection:
    """Connect; a server that says that it is starting is asked again, for a limited time."""
    begun = reported = time.monotonic()
    while True:
        try:
            return connect(info)
        except ServerStartingError:
            now = time.monotonic()
            if now - begun >= wait_max_s:
                raise
        if now - reported >= REPORT_S:
            progress.amount("server.recovery", int(now - begun), None, "s")
            reported = now
        time.sleep(ASK_AGAIN_S)


def _unreachable(where: str, error: StrongroomError) -> Observation:
    return Observation(where, holds="", problem=error.message, problem_next=error.next_step)
