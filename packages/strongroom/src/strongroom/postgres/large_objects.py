"""Large objects, counted and digested like the rows of a table.

They stand for one entry among the tables, named after the catalogue that holds their pages. Two
objects are the same when number, length, bytes, owner and privileges are: how the bytes are spread
over pages may differ in a copy, where holes are written out as zeros.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from strongroom.postgres.catalogue import LARGE_OBJECTS, Table, quoted

Found = tuple[int, int, int]
"""How many objects, and the two sums of hashes."""

COUNT = "SELECT count(*) FROM pg_catalog.pg_largeobject_metadata"
MAY_READ_PAGES = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')"

# Whoever may not read the catalogue may still read each object: by its privileges, not by those of
# pg_read_all_data. pg_dump needs just these.
MAY_READ_EACH = """
SELECT current_setting('lo_compat_privileges')::boolean OR NOT EXISTS (
    SELECT FROM pg_catalog.pg_largeobject_metadata m
     WHERE NOT EXISTS (
         SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
          WHERE a.privilege_type = 'SELECT'
            AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE'))))
"""
NUMBERS = """
SELECT oid::bigint FROM pg_catalog.pg_largeobject_metadata WHERE oid > %s::bigint::oid
 ORDER BY oid LIMIT 1000
"""
LENGTH = """
SELECT lo_lseek64(o.opened, 0, 2), lo_close(o.opened)
  FROM (SELECT lo_open(%s::bigint::oid, 262144) AS opened OFFSET 0) o
"""
LENGTH_BY_PAGES = """
coalesce((SELECT p.pageno * (current_setting('block_size')::bigint / 4) + length(p.data)
            FROM pg_catalog.pg_largeobject p WHERE p.loid = m.oid
           ORDER BY p.pageno DESC LIMIT 1), 0)
"""

# What each object is apart from its bytes; who granted a privilege is not carried over.
DIGEST_OBJECTS = """
SELECT count(*),
       coalesce(sum(hash_record_extended(o.sent, 0)), 0)::text,
       coalesce(sum(hash_record_extended(o.sent, 1)), 0)::text
  FROM (SELECT ROW(record_send(ROW(m.oid, ({length})::bigint, pg_get_userbyid(m.lomowner)::text, (
                   SELECT string_agg(e.told, ',' ORDER BY e.told COLLATE "C") FROM (
                       SELECT concat_ws(' ', a.privilege_type, a.is_grantable,
                                        CASE WHEN a.grantee <> 0
                                             THEN pg_get_userbyid(a.grantee) END) AS told
                         FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
                   ) e)))) AS sent
          FROM pg_catalog.pg_largeobject_metadata m {which} OFFSET 0) o
"""

# A page without its trailing zeros, and none that is nothing but zeros.
DIGEST_PAGES = """
SELECT 0,
       coalesce(sum(hash_record_extended(p.sent, 0)), 0)::text,
       coalesce(sum(hash_record_extended(p.sent, 1)), 0)::text
  FROM (SELECT ROW(record_send(ROW(x.loid, x.pageno, rtrim(x.data, '\\000'::bytea)))) AS sent
          FROM {pages} x {blocks} OFFSET 0) p
"""
STORED_PAGES = """
(SELECT ctid, loid, pageno, data FROM pg_catalog.pg_largeobject
  WHERE rtrim(data, '\\000'::bytea) <> '')
"""
PAGES_OF_ONE = """
(SELECT * FROM (SELECT {number}::oid AS loid, g.pageno,
                       lo_get({number}::oid, g.pageno * s.size_bytes, s.size_bytes::integer) AS data
                  FROM (SELECT current_setting('block_size')::bigint / 4 AS size_bytes) s,
                       generate_series(0, (({length}::bigint - 1) / s.size_bytes)::integer)
                           AS g (pageno) OFFSET 0) read
  WHERE rtrim(read.data, '\\000'::bytea) <> '')
"""


def count_large_objects(conn: psycopg.Connection) -> int:
    """How many large objects there are; everybody may ask."""
    return int(conn.execute(COUNT).fetchall()[0][0])


def with_large_objects(conn: psycopg.Connection) -> list[Table]:
    """Their entry among the tables; nothing where there are none."""
    return [LARGE_OBJECTS] if count_large_objects(conn) else []


def may_read_pages(conn: psycopg.Connection) -> bool:
    """Whether all can be read at once, from the catalogue that holds them."""
    return bool(conn.execute(MAY_READ_PAGES).fetchall()[0][0])


def may_read_each(conn: psycopg.Connection) -> bool:
    """Whether every object can be opened, as pg_dump does it."""
    superuser = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    return any(conn.execute(query).fetchall()[0][0] for query in (superuser, MAY_READ_EACH))


def why_not_read(conn: psycopg.Connection) -> str | None:
    """What keeps this role from reading all of them, and what helps; None where it may."""
    if may_read_pages(conn) or may_read_each(conn):
        return None
    role = conn.execute("SELECT current_user::text").fetchall()[0][0]
    return (
        f"the role {role!r} may not read them; as superuser: GRANT pg_read_all_data TO "
        f"{quoted(role)}"
    )


def sum_of_pages(conn: psycopg.Connection, blocks: sql.Composable, *, is_first: bool) -> Found:
    """Sum the pages of a run of the catalogue's blocks; the first run tells of the objects, too."""
    pages = sql.SQL(DIGEST_PAGES).format(pages=sql.SQL(STORED_PAGES), blocks=blocks)
    found = _asked(conn, pages)
    if is_first:
        objects = sql.SQL(DIGEST_OBJECTS).format(length=sql.SQL(LENGTH_BY_PAGES), which=sql.SQL(""))
        found = _added(found, _asked(conn, objects))
    return found


def sum_one_by_one(conn: psycopg.Connection) -> Found:
    """The same sums for a role that may open every object and not read the catalogue."""
    found: Found = (0, 0, 0)
    for number in _numbers(conn):
        with conn.transaction():
            length = int(conn.execute(LENGTH, [number]).fetchall()[0][0])
            known = {"number": sql.Literal(number), "length": sql.Literal(length)}
            objects = sql.SQL(DIGEST_OBJECTS).format(
                length=known["length"], which=_is(known["number"])
            )
            pages = sql.SQL(DIGEST_PAGES).format(
                pages=sql.SQL(PAGES_OF_ONE).format(**known), blocks=sql.SQL("")
            )
            found = _added(found, _added(_asked(conn, objects), _asked(conn, pages)))
    return found


def _is(number: sql.Literal) -> sql.Composed:
    return sql.SQL("WHERE m.oid = {}::oid").format(number)


def _numbers(conn: psycopg.Connection) -> Iterator[int]:
    last = 0
    while rows := conn.execute(NUMBERS, [last]).fetchall():
        for (last,) in rows:
            yield last


def _asked(conn: psycopg.Connection, query: sql.Composed) -> Found:
    objects, first, second = conn.execute(query).fetchall()[0]
    return objects, int(first), int(second)


def _added(one: Found, other: Found) -> Found:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
