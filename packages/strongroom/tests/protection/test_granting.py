from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from strongroom.errors import ConfirmationNeededError, PermitError
from strongroom.permits import (
    Effect,
    issue,
    listed,
    open_permit,
    parse_effect,
)
from strongroom.permits.settings import PermitSettings

from .conftest import Guarded


def test_no_permit_without_a_proven_backup_of_this_very_database(guarded: Guarded) -> None:
    effect = Effect("delete", "public.lap", rows_max=10)
    backup = guarded.backup()
    old = replace(backup, proven_at=datetime.now(UTC) - timedelta(days=30))
    foreign = replace(backup, incarnation="00000000-0000-0000-0000-000000000000")
    for behind in (old, foreign):
        with guarded.administrator() as connection, pytest.raises(PermitError):
            issue(
                connection,
                guarded.configuration,
                [effect],
                behind,
                expires_in=timedelta(hours=1),
                confirmed_by="test",
                reason="none",
            )
    with guarded.administrator() as connection:
        assert listed(connection) == []


def test_what_policy_wants_a_person_for_is_not_granted_without_one(guarded: Guarded) -> None:
    for effect in (Effect("truncate", "public.lap"), Effect("delete", "public.lap", rows_max=5000)):
        with guarded.administrator() as connection, pytest.raises(ConfirmationNeededError):
            issue(
                connection,
                guarded.configuration,
                [effect],
                guarded.backup(),
                expires_in=timedelta(hours=1),
                confirmed_by=None,
                reason="none",
            )


@pytest.mark.parametrize(
    "text",
    [
        "fly public.lap",
        "delete public.lap",
        "delete public.lap rows=many",
        "drop_table",
        "drop_column public.run",
        'drop_table public."run',
        'drop_column public.run columns="a"b',
    ],
)
def test_an_effect_that_no_guard_would_understand_is_refused(text: str) -> None:
    with pytest.raises(PermitError):
        parse_effect(text)


def test_an_effect_reads_as_it_is_written() -> None:
    for effect in (
        Effect("delete", "public.lap", rows_max=31),
        Effect("drop_column", 'public."Odd name"', ("told", "id")),
        Effect("drop_column", 'public."Odd,  name"', ("first, name", 'quo"te', "O'Neil")),
        Effect("drop_database", "runs"),
    ):
        assert parse_effect(str(effect)) == effect


def test_a_table_that_is_not_there_gets_no_permit(guarded: Guarded) -> None:
    with pytest.raises(PermitError, match="there is no"):
        guarded.grant(Effect("drop_table", "public.nothing"))


def test_without_columns_a_person_confirms_other_types() -> None:
    settings = PermitSettings()
    assert settings.confirmation_for([Effect("alter_type", "public.run")])
    assert not settings.confirmation_for([Effect("alter_type", "public.run", ("km",))])


ODD = sql.Identifier("My %I.'Sch", 'ta"ble %s  x')


ODD_LOSSES = [
    "DELETE FROM {t}",
    "UPDATE {t} SET {c} = 'y'",
    "TRUNCATE {t}",
    "ALTER TABLE {t} DROP COLUMN {c}",
    "ALTER TABLE {t} ALTER {c} TYPE varchar(3)",
    "ALTER TABLE {t} SET UNLOGGED",
    "DROP TABLE {t}",
    "DROP SCHEMA {s} CASCADE",
    "ALTER TABLE {t} DISABLE TRIGGER ALL",
    "DROP TRIGGER strongroom_delete ON {t}",
]


def test_the_command_in_a_hint_leads_to_a_permit_for_any_name(guarded: Guarded) -> None:
    names = {"t": ODD, "s": sql.Identifier("My %I.'Sch"), "c": sql.Identifier("first, name")}
    made = (
        "CREATE SCHEMA {s}",
        "CREATE TABLE {t} (id int PRIMARY KEY, {c} text)",
        "INSERT INTO {t} SELECT n, 'x' FROM generate_series(1, 1000) AS n",
    )
    with guarded.owner(autocommit=True) as connection:
        for statement in made:
            connection.execute(sql.SQL(statement).format(**names))
        for loss in ODD_LOSSES:
            with pytest.raises(InsufficientPrivilege) as refusal:
                connection.execute(sql.SQL(loss).format(**names))
            words = shlex.split(refusal.value.diag.message_hint or "")
            assert words[:3] == ["strongroom", "permit", "ask"], loss
            permit = guarded.grant(parse_effect(words[3]))
            with connection.transaction(force_rollback=True):
                open_permit(connection, permit.secret)
                connection.execute(sql.SQL(loss).format(**names))


def test_small_permits_that_nobody_confirmed_are_added_up(guarded: Guarded) -> None:
    def granted(table: str, rows: int, by: str | None = None) -> None:
        with guarded.administrator() as connection:
            issue(
                connection,
                guarded.configuration,
                [Effect("delete", table, rows_max=rows)],
                guarded.backup(),
                expires_in=timedelta(hours=1),
                confirmed_by=by,
                reason="a loop",
            )

    granted("public.run", 600)
    granted("public.lap", 1_000)
    for rows in (401, 1_000):
        with pytest.raises(ConfirmationNeededError, match=r"public\.run"):
            granted("public.run", rows)
    granted("run", 400)
    granted("public.run", 1_000, by="a person")
