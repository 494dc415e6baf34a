"""Roles: what the application may do to its database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.audit.addresses import Address, parse_address
from strongroom.audit.compose import Project, Service, Setting
from strongroom.audit.databases import Database, databases
from strongroom.audit.rule import Hit, rule

_OTHERS = re.compile(r"backup|pgadmin|adminer|migrat|exporter|init|seed|dump|pgbouncer|pgweb")
_HOSTS = ("DB_HOST", "PGHOST", "POSTGRES_HOST", "DATABASE_HOST", "POSTGRES_SERVER")
_USERS = ("DB_USER", "PGUSER", "POSTGRES_USER", "DATABASE_USER", "DB_USERNAME", "DATABASE_USERNAME")
_NAMES = (
    "DB_NAME",
    "PGDATABASE",
    "POSTGRES_DB",
    "DATABASE_NAME",
    "DB_DATABASE",
    "DB_DATABASE_NAME",
)
_VARIABLE = re.compile(r"\$\{?(\w+)(?:[^}\w][^}]*\}|\})?")


def _plain(text: str) -> str:
    """A text in which each variable that is not set counts as its name."""
    return _VARIABLE.sub(r"_\1_", text)


def _connections(
    project: Project,
) -> Iterator[tuple[Service, Setting, Address, Database]]:
    """How services connect to the databases of their own project."""
    by_name = {one.service.name: one for one in databases(project) if one.is_postgresql}
    for one in list(by_name.values()):
        alias = one.service.table.get("container_name")
        if isinstance(alias, str):
            by_name.setdefault(alias, one)
    for service in project.services.values():
        if service.name in by_name or _OTHERS.search(f"{service.name} {service.image}"):
            continue
        for setting, address in _addresses(service):
            if address.host in by_name:
                yield service, setting, address, by_name[address.host]


def _addresses(service: Service) -> Iterator[tuple[Setting, Address]]:
    for setting in service.environment.values():
        address = parse_address(setting.value or "")
        if address is not None:
            yield setting, address
    host = _first(service, _HOSTS)
    user = _first(service, _USERS)
    if host is not None and user is not None:
        name = _first(service, _NAMES)
        yield (
            user,
            Address(
                _plain(user.value or ""),
                (host.value or "").lower(),
                5432,
                _plain(name.value or "") if name is not None else "",
                "",
            ),
        )


def _first(service: Service, names: tuple[str, ...]) -> Setting | None:
    return next((service.environment[one] for one in names if one in service.environment), None)


def _administrator(database: Database) -> str:
    name = database.kind.user or "POSTGRES_USER"
    chosen = database.service.environment.get(name)
    return _plain(chosen.value or "") if chosen is not None and chosen.value else "postgres"


@rule(
    "application-as-superuser",
    "caution",
    on="project",
    why="The application connects as the role that made the cluster, which is a superuser: no "
    "guard inside the database holds against it, and a slip in it can drop everything.",
    fix="Let the application have a role of its own that owns nothing: strongroom protect shows "
    "how.",
)
def application_as_superuser(project: Project) -> Iterator[Hit]:
    """A service connects as the POSTGRES_USER of the database's own service."""
    told: set[str] = set()
    for service, setting, address, database in _connections(project):
        if database.is_for_tests or service.name in told:
            continue
        if address.user in {_administrator(database), "postgres"}:
            told.add(service.name)
            what = f"{service.name} connects to {database.service.name} as its superuser"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}")


@rule(
    "database-mismatch",
    "caution",
    on="project",
    why="The address leads to another database of the same server than the one that the service "
    "makes: tables appear where nobody backs them up, and the real ones look empty.",
    fix="Let the address end in the name that POSTGRES_DB says.",
)
def database_mismatch(project: Project) -> Iterator[Hit]:
    """An address names another database than POSTGRES_DB."""
    for service, setting, address, database in _connections(project):
        made = database.service.environment.get("POSTGRES_DB")
        name = _plain(made.value or "") if made is not None else ""
        if not name or not address.database or address.database == name:
            continue
        if address.database == "postgres" or "_" not in (name[:1], address.database[:1]):
            what = (
                f"{setting.name} of {service.name} leads to the database {address.database}, and "
                f"{database.service.name} makes {name}"
            )
            yield Hit(
                setting.place,
                what,
                f"{service.name}.{setting.name}",
                severity=None if address.database == "postgres" else "note",
            )
