"""Adapter to a PostgreSQL database: connections, catalogue, roles, snapshots, digests, tools."""

from strongroom.postgres.catalogue import (
    Sequence,
    Table,
    database_size_bytes,
    extensions,
    large_objects,
    sequences,
    user_rows_exist,
    user_tables,
)
from strongroom.postgres.connections import (
    ConnectionInfo,
    connect,
    connect_as_configured,
    database_errors,
)
from strongroom.postgres.digests import TableDigest, digest_table, settle_session
from strongroom.postgres.roles import (
    Roles,
    apply_privileges,
    create_database,
    create_roles,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)
from strongroom.postgres.snapshots import ExportedSnapshot, adopt_snapshot, held_snapshot
from strongroom.postgres.tools import run_tool, running_tool

__all__ = [
    "ConnectionInfo",
    "ExportedSnapshot",
    "Roles",
    "Sequence",
    "Table",
    "TableDigest",
    "adopt_snapshot",
    "apply_privileges",
    "connect",
    "connect_as_configured",
    "create_database",
    "create_roles",
    "database_errors",
    "database_size_bytes",
    "digest_table",
    "extensions",
    "held_snapshot",
    "large_objects",
    "load_passwords",
    "new_passwords",
    "roles_of",
    "run_tool",
    "running_tool",
    "sequences",
    "settle_session",
    "user_rows_exist",
    "user_tables",
    "write_passwords",
]
