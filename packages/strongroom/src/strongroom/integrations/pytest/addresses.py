"""Every address of PostgreSQL that a test run could use, wherever it is written.

Nothing is imported for it that the run has not asked for: without an address, a run pays for
a look at its variables and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

URL = re.compile(
    r"""(?:postgres(?:ql)?|postgis|pgsql|psql|timescale(?:db|gis)?)(?:\+\w+)?://
        (?:(?!,\s*postgres)[^\s'"`<>\\])+""",
    re.VERBOSE | re.IGNORECASE,
)
_PARTS = re.compile(
    r"""[^:]+://
        (?:(?P<user>[^:@/?]*)(?::(?P<password>.*?))?@)?
        (?P<hosts>[^/?@]*)
        (?:/(?P<dbname>[^?]*))?
        (?:\?(?P<query>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_HOST = re.compile(r"(?P<host>\[[^]]*\]|[^:]*)(?::(?P<port>\d*))?")
_KEYWORDS = re.compile(r"(?:^|\s)(?:dbname|service)\s*=\s*\S")
LIBPQ = frozenset(
    [
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "service",
        "passfile",
        "options",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
    ]
)
"""Parameters of an address that decide where it leads; a driver's own ones do not."""
VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE")
_NAMES = ("NAME", "DB", "DATABASE", "DBNAME", "DB_NAME", "DATABASE_NAME")
_USERS = ("USER", "USERNAME", "LOGIN")
_PASSWORDS = ("PASSWORD", "PASS", "PASSWD")
_OTHERS = re.compile(
    r"mysql|maria|mongo|redis|sqlite|oracle|mssql|rabbit|elastic|cassandra", re.IGNORECASE
)


@dataclass(frozen=True)
class Address:
    """One database that a run could connect to; its password is never shown."""

    source: str
    """Where it is written: the name of a variable or setting."""
    conninfo: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def where(self) -> str:
        """What it leads to, in words."""
        given = dict(self.conninfo)
        if "service" in given:
            return f"service {given['service']!r}"
        name = given.get("dbname") or "the default database"
        host = given.get("hostaddr") or given.get("host") or "the default host"
        port = f", port {given['port']}" if given.get("port") else ""
        return f"{name} on {host}{port}"


def in_environment(environment: Mapping[str, str]) -> Iterator[Address]:
    """Addresses in variables: whole ones, libpq's own, and those in several parts."""
    for name, value in environment.items():
        yield from in_text(name, value)
    named = [name for name in VARIABLES if environment.get(name)]
    if named:
        yield Address(", ".join(named), ())
    yield from _in_parts(environment)


def in_text(source: str, text: str) -> Iterator[Address]:
    """Addresses anywhere in one text: URLs, also inside JSON or lists, and ``dbname=…``."""
    found = [match.group().rstrip(",;)]}") for match in URL.finditer(text)]
    for url in found:
        yield Address(source, _conninfo_of_url(url))
    if not found and _KEYWORDS.search(text) and (given := _conninfo_of_keywords(text)):
        yield Address(source, given)


def in_django(databases: Mapping[str, Mapping[str, object]]) -> Iterator[Address]:
    """Addresses in Django's ``DATABASES``."""
    for alias, settings in databases.items():
        engine = str(settings.get("ENGINE", "")).lower()
        if not re.search(r"postgres|postgis|psycopg|timescale", engine):
            continue
        options = settings.get("OPTIONS")
        given = dict(options) if isinstance(options, Mapping) else {}
        for key, ours in (
            ("NAME", "dbname"),
            ("HOST", "host"),
            ("PORT", "port"),
            ("USER", "user"),
            ("PASSWORD", "password"),
        ):
            given[ours] = settings.get(key) or given.get(ours)
        yield Address(f"Django's DATABASES[{alias!r}]", _kept(given.items()))


def _conninfo_of_url(url: str) -> tuple[tuple[str, str], ...]:
    """Understand an address as drivers do: an unescaped ``@`` or ``#`` in a password is one."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return ()
    hosts = [_HOST.match(host) for host in parts["hosts"].split(",")]
    split = [(match["host"].strip("[]"), match["port"] or "") for match in hosts if match]
    given: dict[str, object] = {
        name: unquote(parts[name]) for name in ("user", "password", "dbname") if parts[name]
    }
    given["host"] = ",".join(unquote(host) for host, _ in split)
    if any(port for _, port in split):
        given["port"] = ",".join(port for _, port in split)
    query = dict(parse_qsl(parts["query"] or ""))
    if query.get("ssl", "").lower() in {"true", "require", "verify-ca", "verify-full"}:
        query.setdefault("sslmode", "require")
    return _kept({**given, **query}.items())


def _conninfo_of_keywords(text: str) -> tuple[tuple[str, str], ...]:
    from psycopg import ProgrammingError  # noqa: PLC0415  only where something looks like one
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  the same

    try:
        return _kept(conninfo_to_dict(text).items())
    except ProgrammingError:
        return ()


def _in_parts(environment: Mapping[str, str]) -> Iterator[Address]:
    """Sets such as DB_HOST, DB_NAME, DB_USER; those of other engines are left out."""
    for variable in environment:
        if not variable.endswith("HOST") or variable in VARIABLES:
            continue
        prefix = variable.removesuffix("HOST")
        name = _first(environment, prefix, _NAMES)
        others = (environment.get(f"{prefix}{key}", "") for key in ("ENGINE", "DRIVER", "TYPE"))
        if not name or name.isdigit() or _OTHERS.search(" ".join((prefix, *others))):
            continue
        given = {
            "host": environment[variable],
            "port": environment.get(f"{prefix}PORT"),
            "dbname": name,
            "user": _first(environment, prefix, _USERS),
            "password": _first(environment, prefix, _PASSWORDS),
        }
        yield Address(f"{prefix}HOST and its kin", _kept(given.items()))


def _first(environment: Mapping[str, str], prefix: str, names: Iterable[str]) -> str | None:
    return next((environment[prefix + one] for one in names if environment.get(prefix + one)), None)


def _kept(given: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in given if key in LIBPQ and value))
