"""What rules make of values: types, lengths and differences stay, the values do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from strongroom.refresh.expressions import expression, prepare_masking
from strongroom.refresh.rules import Rule
from strongroom.refresh.schema import read_schema

if TYPE_CHECKING:
    from conftest import Database

COUNT = 3_000
# A column's type, how its distinct values are made, and its rule.
UNIQUE = [
    ("text", "format('person-%s', n)", Rule("pseudonym")),
    ("varchar(20)", "format('p%s', n)", Rule("pseudonym")),
    ("text", "format('a%s@b.example', n)", Rule("email")),
    ("text", "format('+43%s', n)", Rule("phone")),
    ("text", "format('Anna %s', n)", Rule("name")),
    ("uuid", "md5(n::text)::uuid", Rule("pseudonym")),
    ("bytea", "convert_to(n::text, 'UTF8')", Rule("pseudonym")),
    ("inet", "'10.0.0.0'::inet + n", Rule("pseudonym")),
    ("smallint", "n - 1500", Rule("pseudonym")),
    ("integer", "CASE n % 2 WHEN 0 THEN n ELSE 2147483647 - n END", Rule("pseudonym")),
    ("bigint", "n * 1000003::bigint - 7", Rule("pseudonym")),
]


def masked(database: Database, kind: str, values: str, rule: Rule) -> list[tuple[object, object]]:
    """Every value before and after, in a column that is unique."""
    database.execute(
        f"DROP TABLE IF EXISTS public.t; CREATE TABLE public.t (id bigint, v {kind} UNIQUE); "
        f"INSERT INTO public.t SELECT n, {values} FROM generate_series(1, {COUNT}) n"
    )
    with database.connect(autocommit=True) as connection:
        connection.execute("SET search_path = ''")
        prepare_masking(connection, b"k" * 32)
        column = read_schema(connection).columns["public.t", "v"]
        query = sql.SQL("SELECT x.v::text, ({})::text FROM public.t x")
        return connection.execute(query.format(expression(column, rule))).fetchall()


@pytest.mark.parametrize(("kind", "values", "rule"), UNIQUE)
def test_unique_values_stay_unique_and_none_stays_itself(
    database: Database, kind: str, values: str, rule: Rule
) -> None:
    pairs = masked(database, kind, values, rule)
    before, after = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    assert len(after) == len(before) == COUNT
    same = sum(one == other for one, other in pairs)
    assert same <= (2 if kind == "smallint" else 0)  # of 32,768 numbers one may meet itself
    assert pairs == masked(database, kind, values, rule)


@pytest.mark.parametrize(
    ("kind", "rule", "value", "becomes"),
    [
        ("date", Rule("truncate", {"unit": "year"}), "1987-06-05", "1987-01-01"),
        ("text", Rule("truncate", {"length": 2}), "5020", "50"),
        ("numeric", Rule("truncate", {"to": 10}), "78.4", "70"),
        ("text", Rule("constant", {"value": "it's"}), "x", "it's"),
        ("text", Rule("null"), "x", None),
        ("text", Rule("sql", {"expression": "upper(x.v) || x.id"}), "x", "X1"),
        ("text", Rule("email"), "", ""),
        ("text", Rule("name"), None, None),
        ("timestamptz", Rule("shift", {"days": 9}), "infinity", "infinity"),
    ],
)
def test_a_rule_does_what_its_name_says(
    database: Database, kind: str, rule: Rule, value: str | None, becomes: str | None
) -> None:
    database.execute(f"CREATE TABLE public.t (id bigint, v {kind})")
    with database.connect(autocommit=True) as connection:
        connection.execute("INSERT INTO public.t VALUES (1, %s)", (value,))
        prepare_masking(connection, b"k" * 32)
        column = read_schema(connection).columns["public.t", "v"]
        query = sql.SQL("SELECT ({})::text FROM public.t x").format(expression(column, rule))
        assert connection.execute(query).fetchall() == [(becomes,)]


def test_dates_of_one_person_move_together_and_all_of_them_move(database: Database) -> None:
    database.execute(
        "CREATE TABLE public.t (id bigint, v date); INSERT INTO public.t "
        "SELECT n % 50, date '2020-01-01' + n FROM generate_series(1, 500) n"
    )
    rule = Rule("shift", {"days": 30, "by": "id"})
    with database.connect(autocommit=True) as connection:
        prepare_masking(connection, b"k" * 32)
        column = read_schema(connection).columns["public.t", "v"]
        query = sql.SQL("SELECT x.id, {} - x.v FROM public.t x").format(expression(column, rule))
        moved = set(connection.execute(query).fetchall())
    assert len(moved) == 50
    assert all(1 <= abs(days) <= 30 for _, days in moved)
    assert len({days for _, days in moved}) > 10
