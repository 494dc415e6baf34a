"""How an application gets into its database: by which role, with which rights, over what."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

_ACCESS = """
SELECT
    current_user,
    r.rolsuper,
    d.datdba = r.oid OR EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relowner = r.oid AND n.nspname !~ '^pg_'
          AND n.nspname <> 'strongroom'),
    (SELECT s.version FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_backend_pid() AND s.ssl),
    inet_client_addr() IS NULL OR inet_client_addr() <<= inet '127.0.0.0/8'
        OR inet_client_addr() = inet '::1',
    pg_backend_pid(),
    current_setting('server_version'),
    has_database_privilege(current_database(), 'CREATE'),
    format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user)
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_database AS d ON d.datname = current_database()
WHERE r.rolname = current_user
"""

# Other roles' sessions hide where they come from, except from superusers and pg_monitor.
_CLIENTS = """
SELECT a.usename, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'local'),
       count(*), coalesce(bool_or(r.rolsuper), false), coalesce(bool_or(d.datdba = r.oid), false),
       bool_and(s.ssl)
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = a.pid
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = a.usename
JOIN pg_catalog.pg_database AS d ON d.datname = a.datname
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""


@dataclass(frozen=True)
class Client:
    """Somebody who is connected to the database right now."""

    role: str
    application: str
    address: str
    connections: int
    superuser: bool
    owner: bool
    """Whether the role owns the database."""
    tls: bool | None
    """None where the server does not tell our role."""


@dataclass(frozen=True)
class Access:
    """How the address that was given gets in."""

    role: str
    superuser: bool
    owner: bool
    """Whether the role owns the database or tables in it, and so may drop them."""
    tls: str | None
    """The version of TLS; None without."""
    on_this_machine: bool
    """Whether nothing travels over a network: a socket, or the loopback address."""
    through_a_pooler: bool
    server_version: str
    may_create: bool = True
    """Whether the role may add schema ``strongroom``."""
    grant_to_create: str = ""
    """What an administrator would run to let it."""


@dataclass(frozen=True)
class Caution:
    """Something about the application's access that makes a loss easier than it need be."""

    code: str
    message: str


def access_of(connection: psycopg.Connection) -> Access:
    """Say how this connection got in; it needs no special right."""
    row = connection.execute(_ACCESS).fetchall()[0]
    role, superuser, owner, tls, local, process_id, version, may_create, grant = row
    # A pooler makes up the process number that it tells its clients.
    pooled = connection.info.backend_pid != process_id
    on_this_machine = local and not pooled
    return Access(role, superuser, owner, tls, on_this_machine, pooled, version, may_create, grant)


def clients_of(connection: psycopg.Connection) -> tuple[Client, ...]:
    """Everybody else who is connected to this database now."""
    return tuple(Client(*row) for row in connection.execute(_CLIENTS).fetchall())


def cannot_create(access: Access) -> Caution:
    """What stands in the way of an adoption by this role."""
    return Caution(
        "no_create",
        f"{access.role} may not add schema strongroom to this database, which adopting it does. As "
        f"its administrator: {access.grant_to_create}",
    )


def cautions_about(access: Access) -> tuple[Caution, ...]:
    """What a person should know before an application goes on like this; pure."""
    found: list[Caution] = []
    if access.superuser:
        found.append(
            Caution(
                "superuser",
                f"{access.role} is a superuser: nothing inside the database can stop it. Another "
                "role that the application uses needs rights in schema strongroom, too: see "
                '"guard an application".',
            )
        )
    elif access.owner:
        found.append(
            Caution(
                "owner",
                f"{access.role} owns the tables: it may drop what it only needs to read and write.",
            )
        )
    if access.tls is None and not access.on_this_machine and not access.through_a_pooler:
        found.append(Caution("no_tls", "Rows and queries travel over the network without TLS."))
    if access.through_a_pooler:
        found.append(
            Caution(
                "pooler",
                "A pooler stands between; backups and migrations should go past it.",
            )
        )
    return tuple(found)
