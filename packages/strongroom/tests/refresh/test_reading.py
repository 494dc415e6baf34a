"""Rows are read masked, and what referred to somebody refers to the same one afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import MaskingError
from strongroom.refresh.expressions import prepare_masking
from strongroom.refresh.masks import Mask, Place, narrowed
from strongroom.refresh.reading import MaskedRows
from strongroom.refresh.resolving import resolve
from strongroom.refresh.rules import load_rules
from strongroom.refresh.schema import Schema, read_schema

if TYPE_CHECKING:
    from conftest import Database

# Walls refer to members, replies to walls, members to the one who invited them.
SCHEMA = """
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE TABLE public.member (
    id bigint PRIMARY KEY, email text NOT NULL UNIQUE, handle {kind} UNIQUE,
    invited_by {kind} REFERENCES public.member (handle),
    email_lower text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE);
CREATE TABLE public.wall (id bigint PRIMARY KEY, member bigint NOT NULL,
    said {kind} UNIQUE REFERENCES public.member ({column}));
CREATE TABLE public.reply (id bigint PRIMARY KEY, member bigint NOT NULL,
    said {kind} REFERENCES public.wall (said));
INSERT INTO public.member SELECT n, format('Runner.%s@mailbox.example', n), format('Anni-%s', n),
    CASE WHEN n > 1 THEN 'Anni-1' END FROM generate_series(1, 60) AS n;
INSERT INTO public.wall SELECT 61 - id, id, {written} FROM public.member;
INSERT INTO public.reply SELECT 100 + id, member, said FROM public.wall;
INSERT INTO public.reply VALUES (1, 1, NULL);
"""
RULES = """
format = 1
[columns."public.member"]
email = "email"
handle = {handle}
"""


def decided(database: Database, path: Path) -> tuple[Schema, dict[Place, Mask]]:
    """What the rules say of every column."""
    with database.connect(autocommit=True) as connection:
        schema = read_schema(connection)
        return schema, resolve(schema, load_rules(path))


def masked(database: Database, path: Path) -> dict[str, list[dict[str, object]]]:
    """Every table's rows, as they would be copied."""
    with database.connect(autocommit=True) as connection:
        connection.execute("SET search_path = ''")
        prepare_masking(connection, b"k" * 32)
        schema = read_schema(connection)
        reading = MaskedRows(schema, resolve(schema, load_rules(path)))
        found = {}
        for one in schema.tables:
            columns = [column for column in one.columns if not column.generated]
            rows = connection.execute(reading.of(one.table, columns)).fetchall()
            names = [column.name for column in columns]
            found[one.table.name] = [dict(zip(names, row, strict=True)) for row in rows]
        return found


@pytest.mark.parametrize(
    ("kind", "column", "written", "handle"),
    [
        ("text", "handle", "handle", """{ rule = "sql", expression = "'runner-' || x.id" }"""),
        ("text", "handle", "handle", """{ rule = "sql", expression = "'runner-' || id" }"""),
        (
            "public.citext",
            "handle",
            "upper(handle::text)",
            """{ rule = "sql", expression = "'runner-' || x.id" }""",
        ),
        ("text", "email_lower", "email_lower", '"pseudonym"'),
    ],
)
def test_what_refers_to_a_value_that_depends_on_its_row_refers_to_the_same_row_afterwards(
    database: Database, tmp_path: Path, kind: str, column: str, written: str, handle: str
) -> None:
    database.execute(SCHEMA.format(kind=kind, column=column, written=written))
    (path := tmp_path / "masking.toml").write_text(RULES.format(handle=handle))
    rows = masked(database, path)
    members = {one["id"]: one for one in rows["member"]}
    became = {id_: str(one[column.removesuffix("_lower")]) for id_, one in members.items()}
    assert len(set(became.values())) == 60
    assert not any("Anni" in value or "Runner" in value for value in became.values())
    for table in ("wall", "reply"):
        assert len(rows[table]) >= 60
        for one in rows[table]:
            assert one["said"] == (
                None if one["id"] == 1 and table == "reply" else became[one["member"]]
            )
    for id_, one in members.items():
        assert one["invited_by"] == (None if id_ == 1 else members[1]["handle"])


def test_a_key_of_several_columns_cannot_follow_a_rule_that_looks_at_the_row(
    database: Database, tmp_path: Path
) -> None:
    database.execute(
        "CREATE TABLE public.member (id bigint, club bigint, handle text, UNIQUE (club, handle)); "
        "CREATE TABLE public.wall (club bigint, handle text, "
        "FOREIGN KEY (club, handle) REFERENCES public.member (club, handle))"
    )
    path = tmp_path / "masking.toml"
    path.write_text(
        'format = 1\n[columns."public.member"]\nhandle = { rule = "sql", expression = "x.id" }\n'
    )
    with pytest.raises(MaskingError, match=r"wall\.handle refers .* by a key of several columns"):
        masked(database, path)


ALIKE = """
CREATE TABLE public.member (id bigint PRIMARY KEY, phone text UNIQUE, name text UNIQUE,
    mail text UNIQUE, nick varchar(20) UNIQUE, {member});
CREATE TABLE public.call (id bigint PRIMARY KEY, phone text, name varchar(60), mail varchar(99),
    nick text, {call});
INSERT INTO public.member SELECT n, format('+4366012345%s', 100 + n), format('Anna %s', n),
    format('a%s@b.example', n), format('nickname-%s', n) FROM generate_series(1, 50) AS n;
INSERT INTO public.call SELECT * FROM public.member;
"""
ALIKE_RULES = """
format = 1
[columns."public.member"]
phone = "phone"
name = "name"
mail = "email"
nick = "pseudonym"
[columns."public.call"]
phone = "phone"
name = "name"
mail = "email"
nick = { rule = "pseudonym", like = "public.member.nick" }
"""


def test_the_same_value_becomes_the_same_in_columns_that_no_key_joins(
    database: Database, tmp_path: Path
) -> None:
    database.execute(ALIKE.format(member="a int", call="a int"))
    (path := tmp_path / "masking.toml").write_text(ALIKE_RULES)
    rows = masked(database, path)
    members, calls = rows["member"], rows["call"]
    assert calls == members
    for column in ("phone", "name", "mail", "nick"):
        assert len({one[column] for one in members}) == 50
    (schema, masks) = decided(database, path)
    assert narrowed(schema, masks).keys() == {"public.member.nick", "public.call.nick"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("member.nick", "member.nobody", "and there is no such column"),
        ("member.nick", "member.id", "which is of another type"),
        ("public.member.nick", "public.call.phone", "call.nick .* needs 32"),
        (
            'like = "public.member.nick" }',
            'like = "public.call.name" }\nshort = "name"',
            "needs 13",
        ),
        ('name = "name"', 'name = { rule = "name", part = "first" }', "leave part out"),
    ],
)
def test_a_column_that_cannot_be_like_another_one_is_told(
    database: Database, tmp_path: Path, old: str, new: str, said: str
) -> None:
    database.execute(ALIKE.format(member="short varchar(9)", call="short varchar(12)"))
    database.execute("ALTER TABLE public.call ALTER nick TYPE varchar(30)")
    assert old in ALIKE_RULES
    (path := tmp_path / "masking.toml").write_text(ALIKE_RULES.replace(old, new))
    with pytest.raises(MaskingError, match=said):
        decided(database, path)
