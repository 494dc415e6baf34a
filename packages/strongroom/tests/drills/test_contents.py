"""A promise that was made of the same files holds for rows that are written anew, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from strongroom.backups.digesting import Digesting
from strongroom.drills.comparison import TableContent
from strongroom.drills.contents import promised_as_text, survey_tables
from strongroom.postgres import settle_session, user_tables

# Both values are written as every other of their kind, and sent in other bytes: a NaN with a sign,
# and an array that still has room for the null that it once held.
ODD = """
    CREATE TABLE kept (f float8, a int[]);
    INSERT INTO kept VALUES ('Infinity'::float8 - 'Infinity'::float8, '{1,NULL}');
    UPDATE kept SET a[2] = 2;
    CREATE TABLE anew (f float8, a int[]);
    INSERT INTO anew VALUES ('NaN', '{1,2}');
"""


@pytest.fixture
def promised(database: Any) -> dict[str, TableContent]:
    """What a physical backup promises of both tables."""
    database.execute(ODD)
    with database.connect() as connection:
        tables = user_tables(connection)
    with Digesting(database.conninfo, None, tables, as_sent=True) as digesting:
        found = digesting.result()
    assert {one.method for one in found} == {"binary"}
    return {one.name: TableContent(one.rows, one.digest, None, one.method) for one in found}


def test_what_is_written_anew_is_compared_by_its_text(
    database: Any, promised: dict[str, TableContent]
) -> None:
    assert promised["public.kept"] != promised["public.anew"], "sent in other bytes"
    with database.connect() as connection:
        settle_session(connection)
        told = promised_as_text(connection, user_tables(connection), promised)
        assert survey_tables(connection, promised=promised) == promised
    assert told["public.kept"] == told["public.anew"]
    assert told["public.kept"].method == "rows"


def test_rows_that_are_not_the_promised_ones_do_not_become_the_promise(
    database: Any, promised: dict[str, TableContent]
) -> None:
    database.execute("UPDATE public.kept SET f = 1")
    with database.connect() as connection:
        settle_session(connection)
        told = promised_as_text(connection, user_tables(connection), promised)
    assert told["public.kept"] == promised["public.kept"]
    assert told["public.anew"].method == "rows"
