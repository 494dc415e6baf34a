"""Columns that look personal: by their name, by their type, by what they contain.

This is a net with holes, and says so: it cannot know what is personal. It decides nothing; a
column that it catches needs a declared rule, which may be ``keep``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from strongroom.refresh.expressions import TEXTS
from strongroom.refresh.schema import Column, SourceTable

_WORDS = """
    email mail e_mail phone mobile telephone tel fax name first firstname last lastname fullname
    surname forename nickname nick username login user_name display_name displayname handle alias
    address street city town zip zipcode postcode postal region county
    birth born birthday birthdate dob age gender sex nationality religion ethnicity
    ssn passport iban bic swift card cvv account tax vat license licence plate
    ip ip_address useragent agent host hostname device serial mac fingerprint
    lat latitude lon lng long longitude location geo geom position track polyline coordinates
    password passwd pwd hash salt secret token key apikey session cookie credential otp totp
    avatar photo picture image portrait signature voice
    note notes comment comments message body bio about description subject title feedback remark
    weight height pulse heart health blood diagnosis medication injury symptom
    url website homepage referrer contact owner recipient sender
"""
WORDS = frozenset(_WORDS.split())
PHRASES = re.compile(r"(e_?mail|user_?agent|(first|last|full|display|user)_?name|ip_?addr)")

TYPES = frozenset(
    {"json", "jsonb", "xml", "bytea", "inet", "cidr", "macaddr", "macaddr8", "hstore"}
    | {"point", "path", "polygon", "line", "lseg", "box", "circle", "geometry", "geography"}
    | {"tsvector", "oid"}
)
"""Types that can hold anything, or that tell who or where."""

CONTENTS: Mapping[str, str] = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "phone numbers": r"\+\d[\d ()/.-]{7,}\d",
    "IP addresses": r"(^|[^\d.])\d{1,3}(\.\d{1,3}){3}($|[^\d.])",
    "bank accounts": r"\m[A-Z]{2}\d{2}[A-Z0-9]{11,30}\M",
    "secrets": r"(eyJ[A-Za-z0-9_-]{10,}\.|\$(2[aby]|argon2\w*|scrypt)\$|-----BEGIN |\msk_live_)",
}


def looks_personal(column: Column) -> str | None:
    """Say why a column looks personal by its name or type; None if it does not."""
    if column.base_type.removesuffix("[]") in TYPES:
        return f"its type is {column.type}"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.name).lower()
    is_number = column.base_type in {"smallint", "integer", "bigint", "boolean"}
    words = set(re.split(r"[^a-z]+", name)) | {name}
    if PHRASES.search(name) or (words & WORDS and not is_number):
        return "its name"
    return None


def look_inside(
    connection: psycopg.Connection, table: SourceTable, columns: Iterable[Column]
) -> dict[str, str]:
    """Say which text columns of a table hold something personal, by column name.

    Every row is looked at: one address in a million comments is one too many.
    """
    texts = [one for one in columns if one.base_type.removesuffix("[]") in TEXTS]
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
