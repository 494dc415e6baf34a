"""Columns that look personal: by their name, by their type, by what they contain.

This is a net with holes, and says so: it cannot know what is personal. It decides nothing; a
column that it catches needs a declared rule, which may be ``keep``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from strongroom.refresh.expressions import DATES, INTEGERS, NUMBERS
from strongroom.refresh.schema import Column, SourceTable

_WORDS = """
    email mail e_mail phone mobile telephone tel fax cell name first firstname last lastname
    fullname fname lname mname surname forename nickname nick username login user_name display_name
    displayname handle alias
    address street city town zip zipcode postcode postal region county
    birth born birthday birthdate dob age gender sex nationality religion ethnicity
    ssn passport iban bic swift card cvv account tax vat license licence plate pin
    ip ip_address useragent agent host hostname device serial mac imei fingerprint
    lat latitude lon lng long longitude location geo geom position track polyline coordinates
    password passwd pwd hash salt secret token key apikey session cookie credential otp totp
    avatar photo picture image portrait signature voice
    note comment message body bio about description subject title feedback remark
    content payload detail
    weight height pulse heart health blood diagnosis medication injury symptom
    url website homepage referrer contact owner recipient sender
    vorname nachname familienname anrede telefon handy adresse anschrift strasse wohnort plz ort
    geburtstag geburtsdatum geschlecht bemerkung
"""
WORDS = frozenset(_WORDS.split())
_JOINED = """
    email mail phone mobile msisdn telefon address adresse street strasse birth geburt name
    password secret token cookie avatar photo iban passport latitude longitude gender diagnosis
    postcode zipcode contact comment
"""
JOINED = tuple(_JOINED.split())
"""Words that are telling within one too, at its beginning or end: phonenumber, dateofbirth."""
_NUMBERED = """
    phone mobile telephone tel fax cell msisdn telefon handy zip zipcode postcode postal plz
    birth born birthday birthdate dob age geburtstag geburtsdatum ssn passport card cvv tax vat pin
    iban license licence plate imei ip mac otp totp lat latitude lon lng long longitude
    weight height pulse heart health blood gender sex religion nationality ethnicity
"""
NUMBERED = frozenset(_NUMBERED.split())
"""Of a whole number only these are telling: an "owner" or "comments" is a key or a count."""
_COUNTED = frozenset({"count", "type", "status", "version"})
_OFFICIAL = frozenset({"tax", "vat", "ssn", "passport", "card", "license", "licence", "health"})
PHRASES = re.compile(r"(e_?mail|user_?agent|(first|last|full|display|user)_?name|ip_?addr)")

TYPES = frozenset(
    {"json", "jsonb", "xml", "bytea", "inet", "cidr", "macaddr", "macaddr8", "hstore"}
    | {"point", "path", "polygon", "line", "lseg", "box", "circle", "geometry", "geography"}
    | {"tsvector", "oid"}
)
"""Types that can hold anything, or that tell who or where."""

_WITHOUT_TEXT = frozenset({*NUMBERS, *DATES, "boolean", "interval", "uuid", "money"})
"""Types whose values are no text that anything could stand in."""

CONTENTS: Mapping[str, str] = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "phone numbers": r"\+\d[\d ()/.-]{7,}\d|\m0[1-9]\d{1,4}[ /.-]{0,2}\d{3,4}[ .-]?\d{2,5}\M"
    r"|(^|[^\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\M",
    "IP addresses": r"(^|[^\d.])\d{1,3}(\.\d{1,3}){3}($|[^\d.])",
    "bank accounts": r"\m[A-Z]{2}\d{2}[A-Z0-9]{11,30}\M",
    "secrets": r"(eyJ[A-Za-z0-9_-]{10,}\.|\$(2[aby]|argon2\w*|scrypt)\$|-----BEGIN |\msk_live_)",
}


def looks_personal(column: Column) -> str | None:
    """Say why a column looks personal by its name or type; None if it does not."""
    if column.element_type in TYPES or column.composite:
        return f"its type is {column.type}"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.name).lower()
    words = {one for word in re.split(r"[^a-z]+", name) for one in _singular(word)} | {name}
    if PHRASES.search(name):
        return "its name"
    if column.element_type in {*INTEGERS, "boolean"}:
        return "its name" if column.element_type in INTEGERS and _is_number(words) else None
    joined = any(word.startswith(JOINED) or word.endswith(JOINED) for word in words)
    return "its name" if joined or words & WORDS else None


def _singular(word: str) -> tuple[str, ...]:
    """Return what a word may be the plural of, and the word itself."""
    return (word, word.removesuffix("s"), word.removesuffix("es"))


def _is_number(words: set[str]) -> bool:
    """Whether a number of this name is somebody's: a telephone's, a passport's, a year of birth."""
    telling = words & NUMBERED or any(
        word.startswith(("phone", "birth")) or word.endswith(("phone", "birth")) for word in words
    )
    is_key = "id" in words and not words & _OFFICIAL
    return bool(telling) and not is_key and not words & _COUNTED


def look_inside(
    connection: psycopg.Connection, table: SourceTable, columns: Iterable[Column]
) -> dict[str, str]:
    """Say which columns of a table hold something personal in their text, by column name.

    Every row is looked at: one address in a million comments is one too many.
    """
    texts = [one for one in columns if one.element_type not in _WITHOUT_TEXT]
    if not texts:
        return {}
    anything = sql.Literal("|".join(f"({pattern})" for pattern in CONTENTS.values()))
    asked = [
        sql.SQL("coalesce(bool_or(x.{}::text ~ {}), false)").format(one.identifier, anything)
        for one in texts
    ]
    query = sql.SQL("SELECT {} FROM ONLY {} x").format(
        sql.SQL(", ").join(asked), sql.Identifier(table.table.schema, table.table.name)
    )
    answers = connection.execute(query).fetchall()[0]
    return {
        one.name: f"it holds {_kind(connection, table, one)}"
        for one, found in zip(texts, answers, strict=True)
        if found
    }


def _kind(connection: psycopg.Connection, table: SourceTable, column: Column) -> str:
    name = sql.Identifier(table.table.schema, table.table.name)
    for kind, pattern in CONTENTS.items():
        query = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {} x WHERE x.{}::text ~ {})")
        asked = query.format(name, column.identifier, sql.Literal(pattern))
        if connection.execute(asked).fetchall()[0][0]:
            return kind
    return "something personal"
