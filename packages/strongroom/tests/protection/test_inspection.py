from __future__ import annotations

import psycopg
import pytest

from strongroom.protection import inspect_protection, install, protection_warnings

from .conftest import ROLES, Guarded

WEAKENINGS = {
    "ALTER EVENT TRIGGER strongroom_drop DISABLE": "strongroom_drop",
    "ALTER EVENT TRIGGER strongroom_ddl ENABLE REPLICA": "strongroom_ddl",
    "DROP EVENT TRIGGER strongroom_rewrite": "strongroom_rewrite",
    "ALTER EVENT TRIGGER strongroom_ddl DISABLE; ALTER TABLE run "
    "DISABLE TRIGGER strongroom_delete": "strongroom_delete on public.run",
    "ALTER EVENT TRIGGER strongroom_drop DISABLE; DROP TRIGGER strongroom_truncate ON lap": (
        "strongroom_truncate on public.lap"
    ),
    "ALTER EVENT TRIGGER strongroom_ddl DISABLE; CREATE TABLE bare (id int)": (
        "strongroom_update on public.bare"
    ),
    "UPDATE strongroom_guard.setting SET delete_share = 1": "limits",
    "UPDATE strongroom_guard.rule SET keep = 'all'": "limits",
    "ALTER TABLE job RENAME TO no_job; ALTER TABLE small RENAME TO job": "rules of public.job",
    "DROP SUBSCRIPTION strongroom_guard": "drop_database",
    f"ALTER ROLE {ROLES.owner} LOGIN": f"role {ROLES.owner}",
    f"ALTER ROLE {ROLES.application} SUPERUSER": f"role {ROLES.application}",
    "COMMENT ON SCHEMA strongroom_guard IS 'older'": "version",
    "DROP SCHEMA strongroom_guard CASCADE": "protection",
}
ROLES_BACK = f"ALTER ROLE {ROLES.owner} NOLOGIN; ALTER ROLE {ROLES.application} NOSUPERUSER"


@pytest.mark.parametrize("weakening", WEAKENINGS)
def test_what_is_weakened_is_told_and_mended(guarded: Guarded, weakening: str) -> None:
    configuration = guarded.configuration
    with guarded.administrator() as connection:
        install(connection, configuration)
        assert inspect_protection(connection, configuration) == ()
        assert protection_warnings(connection, configuration) == ()
        try:
            for statement in weakening.split("; "):
                connection.execute(statement.encode())
            found = inspect_protection(connection, configuration)
            assert WEAKENINGS[weakening] in {one.name for one in found}
            assert all("strongroom protect" in one.hint or "role" in one.hint for one in found)
            (warning,) = protection_warnings(connection, configuration)
            assert warning.code.startswith("protection_")
        finally:
            connection.execute(ROLES_BACK.encode())
        install(connection, configuration)
        assert inspect_protection(connection, configuration) == ()


def test_installing_again_keeps_permits_and_changes_nothing(guarded: Guarded) -> None:
    from strongroom.permits import Effect, open_permit

    permit = guarded.grant(Effect("truncate", "public.lap"))
    with guarded.administrator() as connection:
        install(connection, guarded.configuration)
    with guarded.owner() as connection:
        open_permit(connection, permit.secret)
        connection.execute("TRUNCATE lap")
        connection.commit()
    assert guarded.rows("lap") == 0


def test_an_installation_that_fails_leaves_what_was_there(guarded: Guarded) -> None:
    from strongroom.errors import DatabaseError

    with guarded.owner(autocommit=True) as connection, pytest.raises(DatabaseError):
        install(connection, guarded.configuration)
    with guarded.owner(autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute("DROP TABLE lap")
