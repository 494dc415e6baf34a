"""What belongs to a database beside its contents, and how another one comes to have the same.

A rename takes none of it along: owner, access control, settings (also those of one role in this
database), connection limit, comment and publications. They are read from the database in place,
said again for the one that takes its place, and read once more: what then differs is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

_DATABASE = """
SELECT d.oid::bigint, pg_get_userbyid(d.datdba)::text, pg_encoding_to_char(d.encoding),
       d.datcollate, d.datctype, d.datconnlimit, shobj_description(d.oid, 'pg_database'),
       t.spcname::text, to_jsonb(d) ->> 'datlocprovider',
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
       to_jsonb(d) ->> 'daticurules', d.datallowconn, d.datistemplate
FROM pg_database AS d JOIN pg_tablespace AS t ON t.oid = d.dattablespace WHERE d.datname = %s
"""
_GRANTS = """
SELECT CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END,
       a.privilege_type, a.is_grantable
FROM pg_database AS d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
WHERE d.datname = %s ORDER BY 1, 2
"""
_SETTINGS = """
SELECT coalesce(r.rolname, '')::text, c.written
FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
LEFT JOIN pg_roles AS r ON r.oid = s.setrole, unnest(s.setconfig) AS c (written)
WHERE d.datname = %s ORDER BY 1, 2
"""
_PUBLICATIONS = """
SELECT p.pubname::text,
       ((to_jsonb(p) - 'oid') - 'pubowner')::text || ' of ' || pg_get_userbyid(p.pubowner) ||
       coalesce((SELECT string_agg(((to_jsonb(r) - 'oid') - 'prpubid' - 'prrelid')::text || ' '
                                   || r.prrelid::regclass::text, ' ' ORDER BY
                                   r.prrelid::regclass::text)
                 FROM pg_publication_rel AS r WHERE r.prpubid = p.oid), '')
FROM pg_publication AS p ORDER BY 1
"""
_HELD = """
SELECT 'replication slot ' || slot_name FROM pg_replication_slots WHERE database = %s
UNION ALL
SELECT 'subscription ' || s.subname FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
WHERE d.datname = %s AND s.subname <> 'strongroom_guard'
UNION ALL
SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts WHERE database = %s
ORDER BY 1
"""
DEFAULT_TABLESPACE = "pg_default"
_LISTS = ("search_path", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces")
"""Settings that are stored as a list of quoted names, each of which is written as a text."""
_ONE_OF_A_LIST = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*)\s*(?:,|$)')
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True)
class Properties:
    """A database, apart from what is in it."""

    name: str
    oid: int
    owner: str
    encoding: str
    collate: str
    ctype: str
    connection_limit: int
    comment: str | None
    tablespace: str
    provider: str | None
    locale: str | None
    rules: str | None
    open: bool
    is_template: bool
    grants: tuple[tuple[str, str, bool], ...]
    settings: tuple[tuple[str, str], ...]
    """By role, or for all where that is empty; each as ``name=value``."""

    def facts(self) -> dict[str, object]:
        """What must be the same of a database that takes the place of another."""
        facts: dict[str, object] = {
            "owner": self.owner,
            "encoding": self.encoding,
            "locale": (self.collate, self.ctype, self.provider, self.locale, self.rules),
            "connection limit": self.connection_limit,
            "comment": self.comment,
            "template": self.is_template,
        }
        for grantee, privilege, grantable in self.grants:
            facts[f"{privilege} of {grantee or 'everybody'}"] = grantable
        for role, written in self.settings:
            name, _, value = written.partition("=")
            facts[f"setting {name}{f' of {role}' if role else ''}"] = value
        return facts


def properties_of(connection: psycopg.Connection, database: str) -> Properties | None:
    """Read a database's properties over a connection to any database; None if there is none."""
    row = connection.execute(_DATABASE, [database]).fetchone()
    if row is None:
        return None
    grants = tuple((*one,) for one in connection.execute(_GRANTS, [database]).fetchall())
    settings = tuple((*one,) for one in connection.execute(_SETTINGS, [database]).fetchall())
    return Properties(*(database, *row, grants, settings))


def publications_of(connection: psycopg.Connection) -> dict[str, str]:
    """Read the publications of the database of this connection, each as one text."""
    return dict(connection.execute(_PUBLICATIONS).fetchall())


def held_by(connection: psycopg.Connection, database: str) -> tuple[str, ...]:
    """What stays with a database by its number, whatever it is called: slots, subscriptions."""
    rows = connection.execute(_HELD, [database] * 3).fetchall()
    return tuple(name for (name,) in rows)


def creation(name: str, like: Properties | None) -> sql.Composed:
    """The statement that makes an empty database with the same owner, encoding and locale."""
    parts: list[sql.Composable] = [
        sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
    ]
    if like is not None:
        parts.append(sql.SQL("OWNER {}").format(sql.Identifier(like.owner)))
        if (
            like.tablespace != DEFAULT_TABLESPACE
        ):  # naming it needs a right that not naming does not
            parts.append(sql.SQL("TABLESPACE {}").format(sql.Identifier(like.tablespace)))
        texts = {
            "ENCODING": like.encoding,
            "LC_COLLATE": like.collate,
            "LC_CTYPE": like.ctype,
            "LOCALE_PROVIDER": _PROVIDERS.get(like.provider or ""),
            "ICU_LOCALE" if like.provider == "i" else "BUILTIN_LOCALE": like.locale,
            "ICU_RULES": like.rules,
        }
        parts += [
            sql.SQL(f"{word} {{}}").format(sql.Literal(text))
            for word, text in texts.items()
            if text is not None
        ]
    return sql.SQL(" ").join(parts)


def replaying(name: str, old: Properties, now: Properties) -> Iterator[sql.Composed]:
    """The statements by which the database ``name``, which is as ``now``, becomes like ``old``."""
    database = sql.Identifier(name)
    if now.owner != old.owner:
        yield sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(old.owner))
    if now.connection_limit != old.connection_limit:
        limit = sql.Literal(old.connection_limit)
        yield sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(database, limit)
    if now.comment != old.comment:
        comment = sql.Literal(old.comment)
        yield sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, comment)
    if now.is_template != old.is_template:
        template = sql.Literal(old.is_template)
        yield sql.SQL("ALTER DATABASE {} IS_TEMPLATE {}").format(database, template)
    if (now.owner, now.grants) != (old.owner, old.grants):
        yield from _grants(database, old, now)
    if now.settings != old.settings:
        yield from _settings(database, old, now)


def _grants(database: sql.Identifier, old: Properties, now: Properties) -> Iterator[sql.Composed]:
    for grantee in sorted({one[0] for one in (*now.grants, *old.grants)} | {now.owner, old.owner}):
        whom = _whom(grantee)
        yield sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, whom)
    for grantee, privilege, grantable in old.grants:
        yield sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
            sql.SQL(privilege),
            database,
            _whom(grantee),
            sql.SQL(" WITH GRANT OPTION" if grantable else ""),
        )


def _whom(grantee: str) -> sql.Composable:
    return sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")


def _settings(database: sql.Identifier, old: Properties, now: Properties) -> Iterator[sql.Composed]:
    for role in sorted({role for role, _ in now.settings}):
        yield sql.SQL("ALTER {} RESET ALL").format(_holder(database, role))
    for role, written in old.settings:
        name, _, value = written.partition("=")
        values = _listed(value) if name in _LISTS else [value]
        yield sql.SQL("ALTER {} SET {} TO {}").format(
            _holder(database, role),
            sql.SQL(".").join(sql.Identifier(part) for part in name.split(".")),
            sql.SQL(", ").join(sql.Literal(one) for one in values),
        )


def _holder(database: sql.Identifier, role: str) -> sql.Composed:
    if not role:
        return sql.SQL("DATABASE {}").format(database)
    return sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), database)


def _listed(value: str) -> list[str]:
    """Take a stored list apart: ``"$user", public``."""
    found = []
    for one in _ONE_OF_A_LIST.finditer(value):
        text = one[1].strip()
        if text.startswith('"'):
            found.append(text[1:-1].replace('""', '"'))
        elif text:
            found.append(text)
    return found


def difference(old: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Name what is not the same, and how it would have to be."""
    return [
        f"{name} ({_said(old, name)}, not {_said(now, name)})"
        for name in sorted({*old, *now})
        if old.get(name, ...) != now.get(name, ...)
    ]


def _said(facts: Mapping[str, object], name: str) -> str:
    return str(facts[name]) if name in facts else "none"
