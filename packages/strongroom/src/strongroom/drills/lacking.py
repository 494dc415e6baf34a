"""What a machine may lack to judge the copy of a server that was made elsewhere.

A copy that cannot be opened here says nothing about the backup where the reason is a library,
a locale or a way of building PostgreSQL that only the source has. That is inconclusive: neither
proven nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from strongroom.drills.comparison import Check, Status
from strongroom.postgres.connections import connect, database_errors
from strongroom.server.supervisor import RunningServer

# PostgreSQL's own words for it.
LACKING = re.compile(
    r"could not access file \"|could not load library|could not open extension control file"
    r"|incompatible with operating system|incompatible with server"
    r"|is not supported (by|in) this build|not supported on this platform"
    r"|resource manager with ID \d+ not registered|could not create locale|could not open collator"
    r"|of another version of PostgreSQL|belongs to another version|is not permitted to log in"
)
VERSIONED_SINCE = 150_000
COLLATIONS = """
SELECT 'of the database' AS name, datcollversion,
       pg_catalog.pg_database_collation_actual_version(oid)
  FROM pg_catalog.pg_database
 WHERE datname = pg_catalog.current_database()
   AND datcollversion <> pg_catalog.pg_database_collation_actual_version(oid)
UNION ALL
SELECT DISTINCT collname::text, collversion, pg_catalog.pg_collation_actual_version(c.oid)
  FROM pg_catalog.pg_collation c
 WHERE collversion <> pg_catalog.pg_collation_actual_version(c.oid)
   AND EXISTS (SELECT FROM pg_catalog.pg_depend
                WHERE refclassid = 'pg_catalog.pg_collation'::regclass AND refobjid = c.oid)
 ORDER BY 1
"""
NAMED = 3


def status_of(message: str) -> Status:
    """How a copy is judged that could not be opened, by what PostgreSQL said."""
    return "inconclusive" if LACKING.search(message) else "failed"


def check_collations(server: RunningServer, databases: Sequence[str]) -> list[Check]:
    """Warn where this machine sorts texts in another version than the source did."""
    found = [one for name in databases for one in _other_versions(server, name)]
    if not found:
        return []
    told = "; ".join(found[:NAMED])
    return [
        Check(
            "collations",
            "warning",
            f"sorted in another version here than in the source, so its indexes on texts cannot "
            f"be judged here, and must be made anew where a copy is used here: {told}",
        )
    ]


def _other_versions(server: RunningServer, database: str) -> list[str]:
    with (
        connect(server.administrator(database), autocommit=True) as connection,
        database_errors("comparing the versions of collations"),
    ):
        if connection.info.server_version < VERSIONED_SINCE:
            return []
        rows = connection.execute(COLLATIONS).fetchall()
    return [f"{database}: {name} {there}, here {here}" for name, there, here in rows]
