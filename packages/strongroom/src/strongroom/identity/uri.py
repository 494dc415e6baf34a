"""Addresses as applications write them, in the words of libpq.

An address that names a driver (``postgresql+psycopg://``) is read by SQLAlchemy, by rules of its
own: a password may have a ``/`` or a ``?`` as it is, ``?host=`` may stand several times, and
options are the driver's. Others are read as libpq does; where that finds a place that cannot
be, as SQLAlchemy does. What neither understands is refused without quoting any of it: it may be
a part of the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from strongroom.errors import ConfigurationError

_SCHEME = re.compile(r"postgres(?:ql)?(\+\w+)?://")
# As SQLAlchemy's own: the name up to a colon, the password up to the next @, whatever is in it.
_FOR_SQLALCHEMY = re.compile(
    r"""
    (?:(?P<user>[^:/@?]*)(?::(?P<password>[^@]*))?@)?
    (?P<place>[^/?]*)
    (?:/(?P<name>[^?]*))?
    (?:\?(?P<options>.*))?
    """,
    re.VERBOSE | re.DOTALL,
)
_CREDENTIALS = re.compile(r"[^@/]*@")
"""As libpq finds them: a ? may be a part of them."""
_HOST_AND_PORT = re.compile(r"([^/:]+):(\d+)")
_PORTS = re.compile(r"\d*(,\d*)*")
_SSL = {"true": "require", "on": "require", "1": "require", "false": "disable", "off": "disable",
        "0": "disable"}  # fmt: skip
"""What ``ssl=`` means in libpq's ``sslmode``, where it is no mode itself."""


def parsed(address: str, *, where: str) -> dict[str, str | int]:
    """Understand an address; ``where`` says where it was written.

    Raises:
        ConfigurationError: it is not an address of PostgreSQL; nothing of it is quoted.
    """
    scheme = _SCHEME.match(address)
    readings = [address]
    if scheme:
        rest = address[scheme.end() :]
        readings = [_as_sqlalchemy(rest)]
        if scheme[1] is None:
            readings = ["postgresql://" + _with_libpqs_options(rest), *readings]
    found = [given for one in readings if (given := _understood(one)) is not None]
    if not found:
        raise ConfigurationError(
            f"{where} is not an address of PostgreSQL.",
            next_step="write it as postgresql://USER@HOST/DATABASE",
        )
    possible = next((given for given in found if _is_possible(given)), None)
    if possible is None:
        raise ConfigurationError(
            f"{where} cannot be read: a character of the password is not percent-encoded.",
            next_step="write @ as %40, / as %2F, : as %3A, # as %23 and ? as %3F in the password",
        )
    return possible


def _understood(address: str) -> dict[str, str | int] | None:
    try:
        given = conninfo_to_dict(address)
    except (psycopg.ProgrammingError, ValueError):
        return None
    return {name: value for name, value in given.items() if value is not None}


def _is_possible(given: Mapping[str, str | int]) -> bool:
    """Whether this may be a place; a part of a password among it is none.

    The directory of a socket may be called anything.
    """
    hosts = str(given.get("host", "")).split(",")
    named = "".join((*(one for one in hosts if one[:1] != "/"), str(given.get("dbname", ""))))
    return "@" not in named and bool(_PORTS.fullmatch(str(given.get("port", ""))))


def _with_libpqs_options(rest: str) -> str:
    """Leave it as it is, but for options of asyncpg; urlunsplit() would lose an empty host."""
    who = _CREDENTIALS.match(rest)
    begin = who.end() if who else 0
    place, mark, query = rest[begin:].partition("?")
    options = _query(_renamed(parse_qsl(query, keep_blank_values=True)))
    return rest[:begin] + place + mark + options


def _as_sqlalchemy(rest: str) -> str:
    """Write what SQLAlchemy would understand so that libpq understands the same."""
    parts = _FOR_SQLALCHEMY.fullmatch(rest)
    if parts is None:
        return rest
    user, password, name = parts["user"], parts["password"], parts["name"]
    told = "" if user is None else _requoted(user)
    told += "" if password is None else f":{_requoted(password)}"
    told += "" if user is None else "@"
    options = parse_qsl(parts["options"] or "", keep_blank_values=True)
    known = {default.keyword.decode() for default in psycopg.pq.Conninfo.get_defaults()}
    kept = [(one, value) for one, value in _renamed(_one_list(options)) if one in known]
    path = "" if name is None else f"/{quote(name, safe='')}"
    return f"postgresql://{told}{parts['place']}{path}?{_query(kept)}"


def _requoted(text: str) -> str:
    return quote(unquote(text), safe="")


def _one_list(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """``host=a:5432&host=b:5433`` as libpq writes it: one list of hosts, and one of ports."""
    hosts = [value for name, value in options if name == "host"]
    pairs = [_HOST_AND_PORT.fullmatch(host) for host in hosts]
    if not any(pairs):
        return options
    others = [(name, value) for name, value in options if name not in ("host", "port")]
    names = [pair[1] if pair else host for pair, host in zip(pairs, hosts, strict=True)]
    ports = [pair[2] if pair else "" for pair in pairs]
    return [*others, ("host", ",".join(names)), ("port", ",".join(ports))]


def _renamed(options: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in options:
        yield ("sslmode", _SSL.get(value.lower(), value)) if name == "ssl" else (name, value)


def _query(options: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    return urlencode(list(options), quote_via=quote)  # libpq takes a + for a plus
