"""Other databases on the configured server that carry an identity of ours.

A wrong name in an address is enough to have an application look at an empty one beside its own.
"""

from __future__ import annotations

import psycopg

from strongroom.config import Configuration
from strongroom.discovery.candidates import Candidate
from strongroom.discovery.findings import Finding
from strongroom.discovery.reading import databases_of, said, seen_in, without_triggers
from strongroom.discovery.survey import Survey
from strongroom.errors import ConfigurationError, StrongroomError
from strongroom.identity.address import connection_of
from strongroom.postgres.connections import ConnectionInfo, connect
from strongroom.server.cluster import ADMINISTRATOR
from strongroom.server.sockets import PORT
from strongroom.server.supervisor import Supervisor


def survey_siblings(survey: Survey, configuration: Configuration) -> None:
    """Look into the databases beside the configured one, where its server answers."""
    try:
        conninfo = _conninfo(configuration)
    except ConfigurationError as error:
        survey.findings.append(Finding("no_address", error.message, error.next_step))
        return
    if conninfo is None:
        return
    where = str(conninfo.get("host", "the local socket"))
    try:
        names, major = _databases(conninfo)
    except (StrongroomError, psycopg.Error) as error:
        told = f"The configured server ({where}) could not be asked: {said(error)}"
        survey.findings.append(Finding("server_unreachable", told))
        return
    survey.looked.append(f"{len(names)} databases of the configured server")
    configured = str(conninfo.get("dbname", configuration.database))
    for name in names:
        if name == configured:
            continue
        try:
            seen = seen_in(without_triggers(conninfo, major), name)
        except (StrongroomError, psycopg.Error):
            continue  # it does not let this role in, so that it is not the application's either
        if seen.database_id is not None:
            survey.candidates.append(
                Candidate(
                    kind="database",
                    path=f"database {name} on {where}",
                    databases=[seen],
                    running=True,
                    major=major,
                    size_bytes=seen.size_bytes,
                    looked_into=True,
                )
            )


def _databases(conninfo: ConnectionInfo) -> tuple[list[str], int]:
    """All databases, asked in whichever of the usual ones lets this role in."""
    try:
        connection = connect(conninfo)
    except StrongroomError:
        connection = connect({**conninfo, "dbname": "postgres"})
    with connection:
        return databases_of(connection), connection.info.server_version // 10_000


def _conninfo(configuration: Configuration) -> ConnectionInfo | None:
    """How to get to the configured server; None where it does not run, and is not started."""
    if configuration.server is None:
        return connection_of(configuration)
    directory = Supervisor(configuration.server).status().socket_directory
    if directory is None:
        return None
    return {
        "host": str(directory),
        "port": PORT,
        "user": ADMINISTRATOR,
        "dbname": configuration.database,
    }
