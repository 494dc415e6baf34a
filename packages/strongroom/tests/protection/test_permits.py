from __future__ import annotations

import pytest

from strongroom.errors import PermitError
from strongroom.permits import (
    Effect,
    listed,
    open_permit,
)

from .conftest import Guarded, refused

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
