"""Say what of the protection is missing or weakened. Nothing is changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import psycopg

from strongroom.config import Configuration
from strongroom.identity.observation import Warned
from strongroom.postgres.roles import roles_of
from strongroom.protection.installing import (
    EVENT_TRIGGERS,
    SUBSCRIPTION,
    is_installed,
    version,
)
from strongroom.protection.reading import unreadable
from strongroom.protection.settings import LIMITS, rules_of, settings_of

Status = Literal["missing", "weakened"]

PROTECT = "strongroom protect"
OUTDATED = "version"
_NAMED = 3

_COMMENT = "SELECT obj_description('strongroom_guard'::regnamespace, 'pg_namespace')"
_EVENTS = """
SELECT e.evtname, e.evtevent, e.evtenabled::text, p.proname, n.nspname
FROM pg_event_trigger AS e JOIN pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
"""
_GUARDS = """
SELECT format('%I.%I', schema, name), guard, condition FROM strongroom_guard.weakened_guard
ORDER BY 1, 2
"""
_UNBOUND = "SELECT label FROM strongroom_guard.unbound_table ORDER BY 1"
_SUBSCRIBED = """
SELECT EXISTS (SELECT FROM pg_subscription AS s
               JOIN pg_database AS d ON d.oid = s.subdbid
               WHERE d.datname = current_database() AND s.subname = %s)
"""
_OWNERSHIP = """
SELECT r.rolname FROM pg_roles AS r
WHERE r.rolcanlogin AND NOT r.rolsuper AND (
    EXISTS (SELECT FROM pg_database AS d WHERE d.datname = current_database() AND d.datdba = r.oid)
    OR EXISTS (SELECT FROM strongroom_guard.guarded_table AS t JOIN pg_class AS c
               ON c.oid = t.relation WHERE c.relowner = r.oid))
"""
_SUPERUSERS = "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname = ANY (%s)"
_FUNCTION_OWNER = """
SELECT DISTINCT r.rolname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_roles AS r ON r.oid = p.proowner
WHERE n.nspname = 'strongroom_guard' AND r.rolcanlogin AND NOT r.rolsuper
"""


@dataclass(frozen=True)
class Weakness:
    """One thing that the protection lacks: what, how, and what mends it."""

    name: str
    status: Status
    hint: str

    def as_dict(self) -> dict[str, Any]:
        """The weakness as shown by ``--json``."""
        return asdict(self)


def inspect_protection(
    connection: psycopg.Connection, configuration: Configuration, *, works_as: str | None = None
) -> tuple[Weakness, ...]:
    """Compare what is in the database with what the configuration wants.

    Args:
        connection: to the database; who reads the guards' schema may look.
        configuration: what is wanted.
        works_as: the role of the application, where the connection is somebody else's.
    """
    with connection.transaction():
        if not is_installed(connection):
            return (
                Weakness(
                    "protection", "missing", f"nothing inside the database refuses: {PROTECT}"
                ),
            )
        return (
            *_version(connection),
            *_events(connection),
            *_guards(connection),
            *_tables(connection),
            *_limits(connection, configuration),
            *_drop_database(connection),
            *_roles(connection, configuration, works_as or connection.info.user),
        )


def protection_warnings(
    connection: psycopg.Connection, configuration: Configuration
) -> tuple[Warned, ...]:
    """The weaknesses as warnings of a check: an inspector for ``identity.check``."""
    try:
        found = inspect_protection(connection, configuration)
    except psycopg.Error as error:
        return (
            Warned("protection_unknown", f"Protection could not be looked at: {error.sqlstate}"),
        )
    if not found:
        return ()
    told = "; ".join(one.hint for one in found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    missing = found[0].name == "protection"
    kind = "protection_missing" if missing else "protection_weakened"
    if {one.name for one in found} == {OUTDATED}:
        kind = "protection_outdated"  # an upgrade of strongroom, and nobody's tampering
    return (Warned(kind, f"Protection inside the database: {told}{more}."),)


def _version(connection: psycopg.Connection) -> list[Weakness]:
    if connection.execute(_COMMENT).fetchall()[0][0] == version():
        return []
    return [
        Weakness(OUTDATED, "weakened", f"the guards are those of another strongroom: {PROTECT}")
    ]


def _events(connection: psycopg.Connection) -> list[Weakness]:
    there = {name: rest for name, *rest in connection.execute(_EVENTS).fetchall()}
    found = []
    for name, (event, function) in EVENT_TRIGGERS.items():
        if name not in there:
            hint = f"event trigger {name} is missing: {PROTECT} as a superuser"
            found.append(Weakness(name, "missing", hint))
        elif there[name] != [event, "A", function, "strongroom_guard"]:
            hint = f"event trigger {name} is switched off or changed: {PROTECT}"
            found.append(Weakness(name, "weakened", hint))
    return found


def _guards(connection: psycopg.Connection) -> list[Weakness]:
    return [
        Weakness(
            f"{guard} on {table}",
            "missing" if condition == "missing" else "weakened",
            f"{guard} on {table} is {condition}: {PROTECT}",
        )
        for table, guard, condition in connection.execute(_GUARDS).fetchall()
    ]


def _tables(connection: psycopg.Connection) -> list[Weakness]:
    """Tables that hold under other rules than the configuration's, or cannot be counted."""
    if _version(connection):
        return []  # older guards do not tell
    found = [
        Weakness(
            f"rules of {table}",
            "weakened",
            f"the rules of {table} are those of another name or table: {PROTECT}",
        )
        for (table,) in connection.execute(_UNBOUND).fetchall()
    ]
    return found + [
        Weakness(
            f"rows of {table}",
            "weakened",
            f"the guards cannot count {table}, and refuse every deletion from it: {PROTECT}",
        )
        for table in unreadable(connection)
    ]


def _limits(connection: psycopg.Connection, configuration: Configuration) -> list[Weakness]:
    """Limits inside the database that are not those of the configuration."""
    row = connection.execute("SELECT strongroom_guard.limits()").fetchone()
    inside = row[0] if row else {}
    wanted = settings_of(configuration).limits()
    rules = {
        rule.table: [rule.keep, rule.updates, rule.before_images]
        for rule in rules_of(configuration)
    }
    if all(inside.get(name) == wanted[name] for name in LIMITS) and inside.get("rules") == rules:
        return []
    hint = f"the limits inside the database are not those of {configuration.path.name}: {PROTECT}"
    return [Weakness("limits", "weakened", hint)]


def _drop_database(connection: psycopg.Connection) -> list[Weakness]:
    if connection.execute(_SUBSCRIBED, (SUBSCRIPTION,)).fetchall()[0][0]:
        return []
    hint = f"DROP DATABASE would be obeyed: {PROTECT} as a superuser"
    return [Weakness("drop_database", "missing", hint)]


def _roles(
    connection: psycopg.Connection, configuration: Configuration, works_as: str
) -> list[Weakness]:
    roles = roles_of(configuration.application)
    named = [*roles.logins, roles.owner, works_as]
    own = {"strongroom_admin"}
    found = [
        Weakness(
            f"role {name}",
            "weakened",
            f"role {name} is a superuser and passes every guard's switch: give the application "
            "a role of its own",
        )
        for (name,) in connection.execute(_SUPERUSERS, (named,)).fetchall()
        if name not in own
    ]
    found += [
        Weakness(
            f"role {name}",
            "weakened",
            f"role {name} can log in and owns the database or tables of it: {PROTECT} "
            "--move-ownership",
        )
        for (name,) in connection.execute(_OWNERSHIP).fetchall()
    ]
    found += [
        Weakness(f"role {name}", "weakened", f"role {name} can log in and owns the guards")
        for (name,) in connection.execute(_FUNCTION_OWNER).fetchall()
    ]
    return found
