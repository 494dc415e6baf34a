from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from strongroom.errors import PermitError
from strongroom.permits import (
    Effect,
    Permit,
    open_permit,
    revoke,
)

from .conftest import Guarded, refused

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


def test_a_permit_of_before_a_restore_allows_nothing_that_it_was_opened_for(
    guarded: Guarded,
) -> None:
    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.owner() as connection, guarded.administrator() as administrator:
        open_permit(connection, permit.secret)
        administrator.execute("UPDATE strongroom.identity SET incarnation = gen_random_uuid()")
        assert refused(connection, "TRUNCATE lap")
