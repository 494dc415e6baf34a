"""What the tables' owner leaves lying about does nothing with an administrator's rights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strongroom.postgres import connect
from strongroom.protection import inspect_protection, install
from strongroom.protection.installing import counted, note_floors

from .conftest import ROLES, Guarded

PROMOTION = """
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE {role} SUPERUSER';
    END IF;
    {answer}
END
"""
TRAPS = [
    (
        "CREATE FUNCTION public.pg_advisory_xact_lock(integer) RETURNS void LANGUAGE plpgsql AS {}",
        "",
    ),
    ("CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE plpgsql AS {}", "RETURN 'x';"),
    (
        "CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE plpgsql AS {}",
        "RETURN NULL;",
    ),
]
ACTS: dict[str, Callable[..., object]] = {
    "install": install,
    "inspect": inspect_protection,
    "count": lambda connection, _: note_floors(connection, counted(connection)),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_function_of_the_owner_never_runs_as_administrator(guarded: Guarded, act: str) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("CREATE SCHEMA evil")
        connection.execute("GRANT USAGE ON SCHEMA evil TO PUBLIC")
        for trap, answer in TRAPS:
            body = PROMOTION.format(role=ROLES.migrator, answer=answer)
            connection.execute(trap.format(f"$$ {body} $$").encode())
        connection.execute(
            f"ALTER DATABASE {guarded.name} SET search_path = evil, pg_catalog, public".encode()
        )
    try:
        with connect(guarded.server.administrator(guarded.name), autocommit=True) as connection:
            ACTS[act](connection, guarded.configuration)
        with guarded.administrator() as connection:
            found = connection.execute(
                "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s", (ROLES.migrator,)
            ).fetchone()
        assert found == (False,)
    finally:
        with guarded.administrator() as connection:
            connection.execute(f"ALTER ROLE {ROLES.migrator} NOSUPERUSER".encode())
