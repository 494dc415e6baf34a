"""Addresses of databases in settings: which database each leads to, never its password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEMES = re.compile(
    r"(?:postgres(?:ql)?|timescaledb?|mysql|mariadb|mongodb)(?:\+\w+)?|asyncpg|psycopg2?"
)
_VARIABLE = re.compile(r"\$\{?(\w+)(?:[^}\w][^}]*\}|\})?")
_PORTS = {"mysql": 3306, "mariadb": 3306, "mongodb": 27017}
_LOCAL = {"localhost", "127.0.0.1", "::1", "", "host.docker.internal"}


@dataclass(frozen=True)
class Address:
    """Where an address leads: ``user`` at ``host``, ``port``, ``database``."""

    user: str
    host: str
    port: int
    database: str
    password: str

    @property
    def target(self) -> tuple[str, int, str]:
        """The database that is meant, whoever connects."""
        return self.host, self.port, self.database

    @property
    def shown(self) -> str:
        """The address for people, without user and password."""
        return f"{self.host or 'localhost'}:{self.port}/{self.database}"

    @property
    def is_local(self) -> bool:
        """Whether it leads to whatever runs on the same machine."""
        return self.host in _LOCAL


def parse_address(text: str) -> Address | None:
    """Take a URL apart; None where it is no address of a database.

    A variable in it that nobody has set counts as its name, so that two of the same are equal.
    """
    text = _VARIABLE.sub(r"_\1_", text.strip().strip("'\""))
    scheme, sign, _ = text.partition("://")
    if not sign or not _SCHEMES.fullmatch(scheme):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a variable as the port
        try:
            parts, port = urlsplit(re.sub(r":_\w+_(?=[/?]|$)", "", text)), None
        except ValueError:
            return None
    query = dict(parse_qsl(parts.query))
    base = scheme.partition("+")[0]
    return Address(
        user=unquote(parts.username or query.get("user", "")),
        host=(parts.hostname or query.get("host", "")).lower(),
        port=port or _PORTS.get(base, 5432),
        database=unquote(parts.path.lstrip("/")) or query.get("dbname", ""),
        password=unquote(parts.password or ""),
    )
