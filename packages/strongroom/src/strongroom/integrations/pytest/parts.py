"""Addresses whose parts stand in several variables, such as ``DB_HOST`` and ``POSTGRES_DB``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_HOST = re.compile(r"(?P<prefix>.*?)(?:HOST|(?<=.)(?:HOSTNAME|SERVER|ADDR|ADDRESS))")
_LIBPQ = re.compile(r"PG(HOST|HOSTADDR)")
_NAMES = ("NAME", "DB", "DATABASE", "DBNAME", "DB_NAME", "DATABASE_NAME")
_USERS = ("USER", "USERNAME", "LOGIN")
_PASSWORDS = ("PASSWORD", "PASS", "PASSWD")
_OTHERS = re.compile(
    r"mysql|maria|mongo|redis|sqlite|oracle|mssql|rabbit|elastic|cassandra|smtp|mail|ldap",
    re.IGNORECASE,
)
_OURS = re.compile(r"DB|DATABASE|PG|POSTGRES|PSQL|SQL|RDS|AURORA|TIMESCALE")
_NAME_OF_ANY = re.compile(r"(?:.*_)?(?:(?:PG)?DATABASE|DB|DB_?NAME|DATABASE_?NAME)")

Parts = tuple[str, dict[str, str | None]]


def in_parts(environment: Mapping[str, str]) -> Iterator[Parts]:
    """Sets such as DB_HOST, DB_NAME, DB_USER, in capitals or not; those of others are left out.

    What has no name beside its host may have it under another prefix: each one that could be
    meant is taken.
    """
    given = {name.upper(): value for name, value in environment.items() if value}
    for variable, host in given.items():
        match = _HOST.fullmatch(variable)
        if match is None or _LIBPQ.fullmatch(variable):
            continue
        prefix = match["prefix"]
        others = (given.get(f"{prefix}{key}", "") for key in ("ENGINE", "DRIVER", "TYPE"))
        if _OTHERS.search(" ".join((prefix, *others))):
            continue
        for name in _names(given, prefix):
            parts = {
                "host": host,
                "port": _part(given, prefix, ("PORT",)),
                "dbname": name,
                "user": _part(given, prefix, _USERS),
                "password": _part(given, prefix, _PASSWORDS),
            }
            yield f"{variable} and its kin", parts


def _names(given: Mapping[str, str], prefix: str) -> list[str]:
    """The databases that can be meant beside a host: its own, else any under another prefix."""
    own = [f"{prefix}{key}" for key in _NAMES]
    if (bare := prefix.rstrip("_")).endswith(("DB", "DATABASE")):
        own.append(bare)
    found = [given[one] for one in own if _may_be_a_name(given.get(one, ""))]
    if found or not _OURS.search(prefix):
        return found[:1]
    others = (one for one in given if _NAME_OF_ANY.fullmatch(one) and not _OTHERS.search(one))
    return list(dict.fromkeys(given[one] for one in others if _may_be_a_name(given[one])))


def _may_be_a_name(value: str) -> bool:
    return bool(value) and not value.isdigit() and "/" not in value


def _part(given: Mapping[str, str], prefix: str, names: Iterable[str]) -> str | None:
    """One part: under the same prefix, else under another one of a database."""
    own = [given[prefix + one] for one in names if prefix + one in given]
    others = (
        value
        for variable, value in given.items()
        for one in names
        if variable.endswith(f"_{one}")
        and _OURS.search(variable.removesuffix(one))
        and not _OTHERS.search(variable)
    )
    return own[0] if own else next(others, None) if _OURS.search(prefix) else None
