"""Rules about rights: who can read, write and destroy after the migration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import text_of
from strongroom.sql.grammar import RoleSpecType

_POWERS = {"superuser", "bypassrls", "isreplication", "createdb", "createrole"}


def _options(node: Any) -> dict[str, str]:  # noqa: ANN401  a statement about a role
    return {one.def_elem.defname: text_of(one.def_elem.arg) for one in node.options}


@rule(
    "grant-to-public",
    "danger",
    on=("GrantStmt",),
    why="PUBLIC is every role, also those that do not exist yet.",
    instead="Grant to the role that needs it.",
)
def grant_to_public(subject: Subject) -> Iterator[Hit]:
    """GRANT … TO PUBLIC, but for USAGE and EXECUTE."""
    node = subject.node
    public = any(one.role_spec.roletype == RoleSpecType.ROLESPEC_PUBLIC for one in node.grantees)
    rights = {one.access_priv.priv_name for one in node.privileges} or {"all"}
    if node.is_grant and public and not rights <= {"usage", "execute", "connect"}:
        relation = node.objects[0].range_var if node.objects else None
        named = relation is not None and relation.relname
        yield Hit(subject.world.label(relation) if named else None)


@rule(
    "revoke-rights",
    "caution",
    on=("GrantStmt",),
    why="Code that still uses the right fails.",
    instead="Let the code do without it first.",
)
def revoke_rights(subject: Subject) -> Iterator[Hit]:
    """REVOKE from anybody but PUBLIC."""
    node = subject.node
    named = [one.role_spec.roletype != RoleSpecType.ROLESPEC_PUBLIC for one in node.grantees]
    if not node.is_grant and any(named):
        yield Hit(None)


@rule(
    "powerful-role",
    "danger",
    on=("CreateRoleStmt", "AlterRoleStmt"),
    why="A role with these powers goes round every guard inside the database.",
    instead="Grant the single right that is needed; an application needs none of these.",
)
def powerful_role(subject: Subject) -> Iterator[Hit]:
    """SUPERUSER, BYPASSRLS, REPLICATION, CREATEDB, CREATEROLE."""
    options = _options(subject.node)
    if any(options.get(power) == "true" for power in _POWERS):
        yield Hit(None)


@rule(
    "password-in-migration",
    "danger",
    on=("CreateRoleStmt", "AlterRoleStmt"),
    why="A password in a migration is in the repository for good, and in the server's log.",
    instead="Set it by psql's \\password, or from a secret when the role is first used.",
)
def password_in_migration(subject: Subject) -> Iterator[Hit]:
    """CREATE or ALTER ROLE … PASSWORD 'text'."""
    if _options(subject.node).get("password"):
        yield Hit(None)


@rule(
    "drop-role",
    "danger",
    on=("DropRoleStmt",),
    why="Whoever connects as this role can no longer do so.",
    instead="ALTER ROLE … NOLOGIN first, and drop it when nobody has missed it.",
)
def drop_role(subject: Subject) -> Iterator[Hit]:
    """DROP ROLE, DROP USER."""
    del subject
    yield Hit(None)


@rule(
    "change-owner",
    "caution",
    on=("AT_ChangeOwner", "AlterOwnerStmt", "ReassignOwnedStmt"),
    why="An owner can drop, truncate and disable guards; who owned it before may lose rights.",
    instead="Let a role without login own every table, and take it only for migrations.",
)
def change_owner(subject: Subject) -> Iterator[Hit]:
    """OWNER TO, REASSIGN OWNED."""
    if not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "server-settings",
    "danger",
    on=("AlterSystemStmt", "AlterDatabaseSetStmt", "AlterRoleSetStmt"),
    why="This changes the server, database or role for everybody and for good; no downgrade and no "
    "backup of the database knows it.",
    instead="SET LOCAL for this migration; settings of the server belong to its configuration.",
)
def server_settings(subject: Subject) -> Iterator[Hit]:
    """ALTER SYSTEM, ALTER DATABASE … SET, ALTER ROLE … SET."""
    yield Hit(None, severity="danger" if subject.kind == "AlterSystemStmt" else "caution")


@rule(
    "definer-without-search-path",
    "danger",
    on=("CreateFunctionStmt",),
    why="A SECURITY DEFINER function looks names up in the caller's search_path, who can so run "
    "code with the owner's rights.",
    instead="Add SET search_path = pg_catalog, pg_temp, and write schemas out.",
)
def definer_without_search_path(subject: Subject) -> Iterator[Hit]:
    """CREATE FUNCTION … SECURITY DEFINER without SET search_path."""
    definer, fixed = False, False
    for one in subject.node.options:
        option = one.def_elem
        definer = definer or (option.defname == "security" and text_of(option.arg) == "true")
        fixed = fixed or (
            option.defname == "set" and option.arg.variable_set_stmt.name == "search_path"
        )
    if definer and not fixed:
        yield Hit(None)
