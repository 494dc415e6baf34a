"""What a database contains, read from its catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg
from psycopg import sql

STRONGROOM_SCHEMA = "strongroom"
PROTECTION_SCHEMA = "strongroom_guard"
"""Guards and permits of one database in its place: never part of a backup."""
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")

# Tables, partitioned parents, materialised views and foreign tables of every schema that is
# not PostgreSQL's own; temporary ones belong to a session and not to the database.
USER_TABLES = """
SELECT n.nspname, c.relname, c.oid::bigint, c.relkind::text, c.relpersistence::text,
       (SELECT e.extname FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
           AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e')
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'strongroom_guard')
   AND (%(with_strongroom)s OR n.nspname <> 'strongroom')
 ORDER BY n.nspname, c.relname
"""

# Sequences with the column that owns them (serial: automatic; identity: internal dependency).
SEQUENCES = """
SELECT n.nspname, c.relname, s.seqincrement, tn.nspname, t.relname, a.attname
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
   AND d.refobjsubid > 0
  LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'strongroom_guard'
 ORDER BY n.nspname, c.relname
"""

LARGE_OBJECT_NUMBERS = "SELECT oid::bigint FROM pg_catalog.pg_largeobject_metadata ORDER BY oid"
EXTENSIONS = "SELECT extname, extversion FROM pg_catalog.pg_extension ORDER BY extname"
DATABASE_SIZE = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"


@dataclass(frozen=True)
class Table:
    """One relation that holds rows, or stands for such.

    ``kind``: r an ordinary table or a leaf partition, p the parent of partitions, m a
    materialised view, f a foreign table, L the large objects. ``persistence``: p permanent, u
    unlogged.
    ``extension`` names the extension that made the table, if one did.
    """

    schema: str
    name: str
    oid: int
    kind: str
    persistence: str
    extension: str | None = None

    @property
    def qualified(self) -> str:
        """The name as SQL takes it, always quoted."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def label(self) -> str:
        """The name for people and manifests: quoted only where it must be."""
        return label_of(self.schema, self.name)


@dataclass(frozen=True)
class Sequence:
    """A sequence's position, and the column that owns it (``schema.table``, ``column``)."""

    schema: str
    name: str
    last_value: int
    is_called: bool
    increment: int
    owner_table: str | None
    owner_column: str | None

    @property
    def label(self) -> str:
        """The name for people and manifests."""
        return label_of(self.schema, self.name)


LARGE_OBJECTS = Table("pg_catalog", "pg_largeobject", 2613, kind="L", persistence="p")
"""All large objects of a database together, as an entry among the tables: its rows are objects.

No table of a user can have that name."""
LARGE_OBJECT_LIST = Table("pg_catalog", "pg_largeobject_metadata", 2995, kind="r", persistence="p")
"""Where each large object has a row, which everybody may read."""


def quoted(name: str) -> str:
    """An identifier as SQL takes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def label_of(schema: str, name: str) -> str:
    """``schema.name``, with quotes around whatever would be read differently without."""
    return f"{label_part(schema)}.{label_part(name)}"


def label_part(name: str) -> str:
    """One name, with quotes where it would be read differently without."""
    return name if PLAIN_NAME.fullmatch(name) else quoted(name)


def user_tables(conn: psycopg.Connection, *, with_strongroom: bool = True) -> list[Table]:
    """All tables that are not PostgreSQL's own, by schema and name."""
    rows = conn.execute(USER_TABLES, {"with_strongroom": with_strongroom}).fetchall()
    return [Table(*row) for row in rows]


def countable_tables(conn: psycopg.Connection) -> dict[str, Table]:
    """What rows of an entry are counted in, by its label; large objects in their list."""
    tables = {table.label: table for table in user_tables(conn)}
    return {**tables, LARGE_OBJECTS.label: LARGE_OBJECT_LIST}


def sequences(conn: psycopg.Connection) -> list[Sequence]:
    """All sequences with their positions. These are not transactional: a later read sees more."""
    found = []
    for schema, name, increment, owner_schema, owner, column in conn.execute(SEQUENCES).fetchall():
        read = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        last_value, is_called = conn.execute(read).fetchall()[0]
        owner_table = label_of(owner_schema, owner) if owner else None
        found.append(Sequence(schema, name, last_value, is_called, increment, owner_table, column))
    return found


def large_objects(conn: psycopg.Connection) -> list[int]:
    """The numbers of all large objects."""
    return [row[0] for row in conn.execute(LARGE_OBJECT_NUMBERS).fetchall()]


def extensions(conn: psycopg.Connection) -> list[tuple[str, str]]:
    """Name and version of each installed extension."""
    return [(name, version) for name, version in conn.execute(EXTENSIONS).fetchall()]


def database_size_bytes(conn: psycopg.Connection) -> int:
    """Bytes of the database on the server's disk, indexes included."""
    return int(conn.execute(DATABASE_SIZE).fetchall()[0][0])


def user_rows_exist(conn: psycopg.Connection, *, with_strongroom: bool = False) -> bool:
    """Whether any table of a user holds a row; stops at the first that does."""
    for table in user_tables(conn, with_strongroom=with_strongroom):
        if table.kind == "r" and table.extension is None:
            found = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {})")
            name = sql.Identifier(table.schema, table.name)
            if conn.execute(found.format(name)).fetchall()[0][0]:
                return True
    return bool(large_objects(conn))
