"""Inspectors add warnings to a verdict, and never change it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration, load
from strongroom.identity import (
    Verdict,
    Warned,
    check,
    open_database,
    restamp,
)

from .conftest import RUNS, copy_home, replace_data


def test_an_inspector_adds_warnings_and_never_changes_a_verdict(home: Configuration) -> None:
    def inspect(connection: psycopg.Connection, _: Configuration) -> tuple[Warned, ...]:
        row = connection.execute("SELECT count(*) FROM public.run").fetchone()
        return (Warned("seen", f"{row[0] if row else 0} rows"),)

    judgement = check(home, inspect=inspect)
    assert judgement.matches
    assert judgement.warnings == (Warned("seen", f"{RUNS} rows"),)
    with open_database(home, inspect=inspect) as database:
        assert database.judgement.warnings == judgement.warnings
        with psycopg.connect(**database.administrator()) as connection:
            restamp(connection, environment="production")
    judgement = check(home, inspect=inspect)
    assert judgement.verdict is Verdict.CLONE
    assert judgement.warnings == (Warned("seen", f"{RUNS} rows"),)


def test_a_rule_for_a_table_that_is_not_there_is_told(home: Configuration) -> None:
    rules = '\n[tables.keep]\nrun = "all"\nrnu = "all"\n"strongroom.epoch" = "none"\n'
    home.path.write_text(home.path.read_text() + rules)
    judgement = check(load(home.path))
    assert judgement.matches
    assert [one.code for one in judgement.warnings] == ["keep_unknown"]
    assert "names rnu," in judgement.warnings[0].message


def test_an_inspector_that_fails_is_a_warning(home: Configuration) -> None:
    def inspect(connection: psycopg.Connection, _: Configuration) -> tuple[Warned, ...]:
        connection.execute("SELECT * FROM missing")
        return ()

    judgement = check(home, inspect=inspect)
    assert judgement.matches
    assert [warning.code for warning in judgement.warnings] == ["not_inspected"]


def test_an_inspector_is_not_shown_the_database_of_somebody_else(
    home: Configuration, stranger: Path, tmp_path: Path
) -> None:
    def inspect(_: psycopg.Connection, __: Configuration) -> tuple[Warned, ...]:
        pytest.fail("looked at another database")

    replace_data(home, copy_home(stranger, tmp_path / "other"))
    assert check(home, inspect=inspect).verdict is Verdict.FOREIGN
