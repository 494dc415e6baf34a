"""Every address of PostgreSQL that a test run could use, wherever it is written.

Nothing is imported for it that the run has not asked for: without an address, a run pays for
a look at its variables and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from strongroom.integrations.pytest.parts import in_parts

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
_KEYWORDS = re.compile(r"(?:^|\s)(?:dbname|service|host|hostaddr)\s*=\s*\S")
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
VARIABLES: Mapping[str, str] = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGSERVICE": "service",
}
"""Variables that decide where libpq leads to, and what each stands for."""


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
    for source, parts in in_parts(environment):
        yield Address(source, kept(parts.items()))


def of_variables(variables: Mapping[str, str]) -> Iterator[Address]:
    """The address in libpq's own variables, of an environment that is not this process's."""
    named = {name: ours for name, ours in VARIABLES.items() if variables.get(name)}
    if named:
        given = kept((ours, variables[name]) for name, ours in named.items())
        yield Address(", ".join(named), given)


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
        yield Address(f"Django's DATABASES[{alias!r}]", kept(given.items()))


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
    return kept({**given, **query}.items())


def _conninfo_of_keywords(text: str) -> tuple[tuple[str, str], ...]:
    from psycopg import ProgrammingError  # noqa: PLC0415  only where something looks like one
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  the same

    try:
        return kept(conninfo_to_dict(text).items())
    except ProgrammingError:
        return ()


def kept(given: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """The parameters that decide where an address leads, in one order."""
    return tuple(sorted((key, str(value)) for key, value in given if key in LIBPQ and value))
