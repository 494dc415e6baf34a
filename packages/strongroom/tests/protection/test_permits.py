from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from strongroom.errors import ConfirmationNeededError, PermitError
from strongroom.permits import (
    Effect,
    Permit,
    issue,
    listed,
    open_permit,
    parse_effect,
    revoke,
)
from strongroom.permits.settings import PermitSettings

from .conftest import Guarded

ACTS: list[tuple[tuple[Effect, ...], str]] = [
    ((Effect("drop_table", "public.lap"),), "DROP TABLE lap"),
    ((Effect("drop_table", 'public."Odd name"'),), 'DROP TABLE "Odd name"'),
    ((Effect("drop_table", "public.week"),), "DROP TABLE week"),
    ((Effect("drop_column", "public.run", ("note",)),), "ALTER TABLE run DROP COLUMN note"),
    ((Effect("drop_schema", "extra"),), "DROP SCHEMA extra CASCADE"),
    ((Effect("drop_sequence", "public.counting"),), "DROP SEQUENCE counting"),
    ((Effect("alter_type", "public.run"),), "ALTER TABLE run ALTER km TYPE bigint"),
    ((Effect("alter_type", "public.run", ("km",)),), "ALTER TABLE run ALTER km TYPE bigint"),
    (
        (Effect("alter_type", "public.run", ("km", "note")),),
        "ALTER TABLE run ALTER km TYPE bigint; ALTER TABLE run ALTER note TYPE int USING NULL",
    ),
    ((Effect("alter_type", "public.week", ("km",)),), "ALTER TABLE week ALTER km TYPE bigint"),
    ((Effect("set_unlogged", "public.lap"),), "ALTER TABLE lap SET UNLOGGED"),
    ((Effect("truncate", "public.lap"),), "TRUNCATE lap"),
    (
        (Effect("truncate", "public.run"), Effect("truncate", "public.lap")),
        "TRUNCATE run CASCADE",
    ),
    ((Effect("truncate", "public.week"),), "TRUNCATE week"),
    ((Effect("delete", "public.lap", rows_max=1000),), "DELETE FROM lap"),
    ((Effect("update", "public.run", rows_max=1000),), "UPDATE run SET km = 0"),
    (
        (Effect("disable_guard", "public.small"),),
        (
            "ALTER TABLE small DISABLE TRIGGER ALL; ALTER TABLE small"
            " ENABLE ALWAYS TRIGGER strongroom_delete, ENABLE ALWAYS TRIGGER strongroom_update,"
            " ENABLE ALWAYS TRIGGER strongroom_truncate"
        ),
    ),
]


def refused(connection: psycopg.Connection, statement: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except InsufficientPrivilege as error:
        return "strongroom" in str(error)
    return False


@pytest.mark.parametrize(("effects", "act"), ACTS, ids=[act for _, act in ACTS])
def test_with_a_permit_exactly_one_act_passes(
    guarded: Guarded, effects: tuple[Effect, ...], act: str
) -> None:
    permit = guarded.grant(*effects)
    with guarded.owner() as connection:
        open_permit(connection, permit.secret)
        assert refused(connection, 'TRUNCATE "Odd name", small')
        connection.execute(act.encode())
        assert refused(connection, "DELETE FROM small")
        connection.commit()
        with pytest.raises(PermitError, match="it has been used"):
            open_permit(connection, permit.secret)
    with guarded.administrator() as connection:
        assert [one.condition for one in listed(connection)] == ["used"]


def test_a_rollback_gives_the_permit_back(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner() as connection:
        for _ in range(2):
            open_permit(connection, permit.secret)
            connection.execute("TRUNCATE lap")
            connection.rollback()
        assert guarded.rows("lap") == 1000
        open_permit(connection, permit.secret)
        connection.execute("TRUNCATE lap")
        connection.commit()
    assert guarded.rows("lap") == 0


def test_rows_are_taken_off_until_none_are_left(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("delete", "public.lap", rows_max=500))
    with guarded.owner() as connection:
        open_permit(connection, permit.secret)
        assert refused(connection, "DELETE FROM lap")
        connection.execute("DELETE FROM lap WHERE id <= 300")
        connection.execute("DELETE FROM lap WHERE id <= 500")
        assert refused(connection, "DELETE FROM lap WHERE id <= 700")
        connection.commit()
    assert guarded.rows("lap") == 500


def test_a_permit_for_columns_takes_each_of_them_once(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("drop_column", "public.run", ("note", "km")))
    with guarded.owner() as connection:
        open_permit(connection, permit.secret)
        connection.execute("ALTER TABLE run DROP COLUMN note")
        connection.execute("ALTER TABLE run DROP COLUMN km")
        connection.execute("ALTER TABLE run ADD COLUMN km int")
        assert refused(connection, "ALTER TABLE run DROP COLUMN km")


def test_a_permit_follows_the_table_and_not_its_name(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("truncate", "public.small"))
    with guarded.owner() as connection:
        connection.execute("ALTER TABLE small RENAME TO little")
        connection.execute("ALTER TABLE lap RENAME TO small")
        connection.commit()
        open_permit(connection, permit.secret)
        assert refused(connection, "TRUNCATE small")
        assert not refused(connection, "TRUNCATE little")


def test_another_session_and_another_transaction_have_nothing_of_it(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner() as connection, guarded.owner() as other:
        open_permit(connection, permit.secret)
        other.execute("SET lock_timeout = '2s'")
        assert refused(other, "TRUNCATE lap")
        connection.commit()
        assert refused(connection, "TRUNCATE lap")


def test_two_who_open_it_at_once_use_it_once(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner() as connection, guarded.owner() as other:
        open_permit(connection, permit.secret)
        other.execute("SET lock_timeout = '100ms'")
        with pytest.raises(PermitError, match="lock"):
            open_permit(other, permit.secret)
        other.rollback()
        connection.commit()
        with pytest.raises(PermitError, match="it has been used"):
            open_permit(other, permit.secret)


FORGERIES = [
    "INSERT INTO strongroom_guard.permit SELECT * FROM strongroom_guard.permit",
    "UPDATE strongroom_guard.permit SET opened_xid = pg_current_xact_id()",
    "UPDATE strongroom_guard.permit_effect SET rows_max = 100000",
    "SELECT secret_sha256 FROM strongroom_guard.permit",
    "SELECT strongroom_guard.consume('truncate', 'lap'::regclass, NULL, 1)",
    "SELECT strongroom_guard.settle('lap'::regclass, 'delete', 1, false)",
    "SELECT strongroom_guard.allow_update('lap'::regclass, -1000000, 'x', false)",
    "SELECT strongroom_guard.bind('lap'::regclass)",
    (
        "CREATE OR REPLACE FUNCTION strongroom_guard.consume(text, oid, text[], bigint)"
        " RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    ),
    "ALTER FUNCTION strongroom_guard.consume(text, oid, text[], bigint) OWNER TO CURRENT_USER",
    "SELECT strongroom_guard.open_permit('guessed')",
    "SET ROLE strongroom",
    "ALTER SCHEMA strongroom_guard RENAME TO away",
    "ALTER TABLE strongroom_guard.permit DISABLE TRIGGER ALL",
]


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("who", [Guarded.owner, Guarded.application], ids=["owner", "application"])
def test_a_permit_cannot_be_forged(
    shared: Guarded, who: Callable[[Guarded], psycopg.Connection], forgery: str
) -> None:
    shared.grant(Effect("truncate", "public.lap"))
    with who(shared) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(forgery.encode())


def test_settings_that_look_like_a_permit_are_none(guarded: Guarded) -> None:
    with guarded.owner() as connection:
        connection.execute("SET strongroom.permit = 'on'")
        connection.execute(
            "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'"
        )
        connection.execute("SET search_path = public, pg_catalog")
        assert refused(connection, "TRUNCATE lap")


def expired(guarded: Guarded) -> Permit:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.administrator() as connection:
        connection.execute("UPDATE strongroom_guard.permit SET expires_at = now()")
    return permit


def revoked(guarded: Guarded) -> Permit:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.administrator() as connection:
        revoke(connection, guarded.configuration, permit.id)
    return permit


def of_another_life(guarded: Guarded) -> Permit:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.administrator() as connection:
        connection.execute("UPDATE strongroom.identity SET incarnation = gen_random_uuid()")
    return permit


def unknown(guarded: Guarded) -> Permit:
    return replace(guarded.grant(Effect("truncate", "public.lap")), secret="guessed")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (expired, "it has expired"),
        (revoked, "it was revoked"),
        (of_another_life, "another database"),
        (unknown, "none with this secret"),
    ],
)
def test_a_permit_that_is_not_good_is_refused_with_the_reason(
    guarded: Guarded, made: Callable[[Guarded], Permit], why: str
) -> None:
    permit = made(guarded)
    with guarded.owner() as connection, pytest.raises(PermitError, match=why):
        open_permit(connection, permit.secret)


def test_a_permit_is_not_opened_outside_a_transaction(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner(autocommit=True) as connection, pytest.raises(PermitError):
        open_permit(connection, permit.secret)


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


def test_a_permit_of_one_row_is_no_permit_for_more_whatever_the_guards_are_asked(
    guarded: Guarded,
) -> None:
    permit = guarded.grant(
        Effect("update", "public.run", rows_max=1), Effect("delete", "public.lap", rows_max=1)
    )
    with guarded.administrator() as administrator:
        # As if somebody had found a way to ask: a number below one allows and gives nothing.
        asked = "strongroom_guard.consume(text, oid, text[], bigint)"
        administrator.execute(f"GRANT EXECUTE ON FUNCTION {asked} TO PUBLIC".encode())
    with guarded.application() as connection:
        open_permit(connection, permit.secret)
        for kind, table in (("update", "run"), ("delete", "lap")):
            for rows in (-1_000_000, 0):
                query = "SELECT strongroom_guard.consume(%s, %s::text::regclass, NULL, %s)"
                assert connection.execute(query, (kind, table, rows)).fetchone() == (False,)
        assert refused(connection, "UPDATE run SET km = 0")
        assert refused(connection, "DELETE FROM lap")


def test_what_a_permit_lets_go_frees_nothing_else(guarded: Guarded) -> None:
    permit = guarded.grant(
        Effect("delete", "public.lap", rows_max=20), Effect("update", "public.lap", rows_max=1000)
    )
    with guarded.application(autocommit=True) as other:
        other.execute("DELETE FROM lap WHERE id > 900")
    with guarded.application() as connection:
        open_permit(connection, permit.secret)
        connection.execute("DELETE FROM lap WHERE id <= 100")
        connection.execute("DELETE FROM lap WHERE id <= 120")  # by the permit
        connection.execute("UPDATE lap SET run = NULL")
        for rows in (1, 20, 100):
            assert refused(connection, f"DELETE FROM lap WHERE id > 500 AND id <= 500 + {rows}")
        connection.commit()
    assert guarded.rows("lap") == 780


def test_what_a_permit_let_go_is_no_loss_of_a_window_that_had_begun(guarded: Guarded) -> None:
    permit = guarded.grant(Effect("delete", "public.lap", rows_max=500))
    sixty = "DELETE FROM lap WHERE id > 500 AND id <= 560"
    with guarded.application() as connection:
        connection.execute("DELETE FROM lap WHERE id = 1000")  # a window begins
        connection.commit()
        open_permit(connection, permit.secret)
        connection.execute("DELETE FROM lap WHERE id <= 500")
        connection.commit()
        for _ in range(4):  # what is taken back was counted too, and leads to an exact count
            connection.execute(sixty.encode())
            connection.rollback()
        connection.execute(sixty.encode())
        connection.commit()
        lost = 61
        while not refused(connection, f"DELETE FROM lap WHERE id = 500 + {lost}"):
            connection.commit()
            lost += 1
    assert lost == 100, "20 % of what was there without the 500"


RETYPED = [
    "ALTER TABLE run ALTER note TYPE int USING NULL",
    "ALTER TABLE run ALTER km TYPE bigint, ALTER note TYPE text USING 'gone'",
]


@pytest.mark.parametrize("other", RETYPED)
def test_a_permit_to_alter_a_column_is_for_that_column_and_once(
    guarded: Guarded, other: str
) -> None:
    permit = guarded.grant(Effect("alter_type", "public.run", ("km",)))
    with guarded.owner() as connection:
        connection.execute("ALTER TABLE run ALTER note SET STATISTICS 20")
        open_permit(connection, permit.secret)
        assert refused(connection, other)
        connection.execute("ALTER TABLE run ALTER note SET STATISTICS 10")
        connection.execute("ALTER TABLE run ALTER km TYPE bigint")
        assert refused(connection, "ALTER TABLE run ALTER km TYPE text USING 'gone'")
        assert refused(connection, "ALTER TABLE run ALTER km TYPE bigint USING 0")


def test_without_columns_a_person_confirms_other_types() -> None:
    settings = PermitSettings()
    assert settings.confirmation_for([Effect("alter_type", "public.run")])
    assert not settings.confirmation_for([Effect("alter_type", "public.run", ("km",))])


def test_a_permit_of_before_a_restore_allows_nothing_that_it_was_opened_for(
    guarded: Guarded,
) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner() as connection, guarded.administrator() as administrator:
        open_permit(connection, permit.secret)
        administrator.execute("UPDATE strongroom.identity SET incarnation = gen_random_uuid()")
        assert refused(connection, "TRUNCATE lap")


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
