"""Whether the server told every change since another backup.

It notes the changed blocks of its log in summaries, and puts several together in the order in
which its file system lists them. Where one tells that a relation was cut (a vacuum gave the end
of its file back) and a later one that it grew again, the blocks after the cut are forgotten when
the later one is read first. The backup lacks rows then, and no program of the server says so.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg

from strongroom.postgres.connections import database_errors

# A relation that was cut to nothing, or begins, is copied whole whatever the order.
FORGETS = """
WITH told AS MATERIALIZED (
    SELECT s.start_lsn, c.reldatabase, c.reltablespace, c.relfilenode, c.relforknumber,
           c.relblocknumber, c.is_limit_block
      FROM pg_catalog.pg_available_wal_summaries() s,
           pg_catalog.pg_wal_summary_contents(s.tli, s.start_lsn, s.end_lsn) c
     WHERE s.end_lsn > %(since)s::pg_lsn AND s.start_lsn < %(until)s::pg_lsn)
SELECT EXISTS (
    SELECT FROM told cut JOIN told later
     USING (reldatabase, reltablespace, relfilenode, relforknumber)
     WHERE cut.is_limit_block AND cut.relblocknumber > 0 AND NOT later.is_limit_block
       AND later.start_lsn > cut.start_lsn AND later.relblocknumber >= cut.relblocknumber)
"""


def may_forget(conn: psycopg.Connection, before: bytes, now: bytes) -> bool:
    """Whether a backup may lack blocks that changed since the one that it builds on.

    Args:
        conn: to the server; its transaction is ended.
        before: the list of files of the backup that the other builds on.
        now: the list of files of that other.

    Returns:
        True also where this role is not allowed to see what the server noted.

    Raises:
        DatabaseError: the server did not answer.
    """
    with database_errors("reading which blocks the server noted as changed"):
        try:
            asked = {"since": _began(before), "until": _began(now)}
            return bool(conn.execute(FORGETS, asked).fetchall()[0][0])
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            conn.rollback()


def _began(files: bytes) -> str:
    """Where the log of a backup begins, by its list of files."""
    ranges: list[dict[str, Any]] = json.loads(files)["WAL-Ranges"]
    return str(ranges[0]["Start-LSN"])
