"""A copy of a protected database is protected too, before anyone can connect to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from strongroom.backups import load, take
from strongroom.identity import check, open_database
from strongroom.permits import Effect, ProvenBackup, issue
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import (
    administered,
    inspect_protection,
    is_protected,
    protect,
    protection_warnings,
    unprotect,
)
from strongroom.refresh import refresh

if TYPE_CHECKING:
    from conftest import Environments

    from strongroom.config import Configuration
    from strongroom.refresh import Refreshed

OTHER_ROLES = """
SELECT rolname::text, rolcanlogin, rolsuper, rolcreatedb FROM pg_roles
WHERE rolname !~ '^(pg_|runs_|strongroom)'
"""
PERMITS = "SELECT count(*) FROM strongroom_guard.permit"
IMAGES = "SELECT to_regclass('strongroom.before_image') IS NULL"


def protect_and_permit(production: Configuration) -> None:
    """Protect production as one that has lived: a permit is open, a row was imaged."""
    path = production.path
    path.write_text(path.read_text() + '\n[protection]\nbefore_images = ["public.account"]\n')
    protect(production)
    now = datetime.now(UTC)
    backup = load(production)
    with administered(production) as connection:
        connection.execute("CREATE ROLE somebody LOGIN SUPERUSER")
        connection.execute("CREATE ROLE reporting LOGIN CREATEDB")
        connection.execute("GRANT SELECT ON public.kind TO reporting")
        connection.execute("CREATE FOREIGN DATA WRAPPER other")
        connection.execute("CREATE SERVER other FOREIGN DATA WRAPPER other")
        connection.execute("CREATE FOREIGN TABLE public.elsewhere (v text) SERVER other")
        connection.execute("UPDATE public.account SET level = 2 WHERE id = 1")
        issue(
            connection,
            production,
            [Effect("truncate", "public.visit")],
            ProvenBackup(backup.backup_id, str(backup.incarnation), now),
            expires_in=timedelta(hours=1),
            confirmed_by="a person",
            reason="the test",
        )
    with open_database(production) as database:
        take(production, database)


def test_the_copy_of_a_protected_database_has_its_guards_and_no_permit_image_or_other_role(
    environments: Environments,
) -> None:
    production, staging = environments.production, environments.staging
    protect_and_permit(production)
    done = refresh(production, staging)
    assert done.not_copied == ("public.elsewhere",)
    assert is_protected(staging)
    judgement = check(staging, inspect=protection_warnings)
    assert (judgement.verdict, judgement.warnings) == ("match", ())
    assert environments.rows(staging, PERMITS) == [(0,)]
    assert environments.rows(staging, IMAGES) == [(True,)]
    assert environments.rows(staging, OTHER_ROLES) == [("reporting", False, False, False)]
    with (
        open_database(staging) as database,
        connect(database.conninfo("migrator"), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        with pytest.raises(psycopg.Error, match="permit"):
            connection.execute("DELETE FROM public.message")


def test_a_copy_is_not_protected_where_a_person_took_the_guards_of_its_place_out(
    refreshed: tuple[Environments, Refreshed],
) -> None:
    environments, _ = refreshed
    production, staging = environments.production, environments.staging
    assert not is_protected(staging)
    for one in (production, staging):
        protect(one)
    unprotect(staging, confirmed_by="a person")
    refresh(production, staging)
    assert not is_protected(staging)
    with administered(staging) as connection:
        assert inspect_protection(connection, staging)
