"""Backups of a database whose server strongroom does not supervise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from strongroom.backups import listed, open_archive, take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.errors import BackupError
from strongroom.identity import init
from strongroom.postgres.connections import connect_as_configured as connect

Database = Any
"""``conftest.Database``; pytest loads that file under a name of its own."""

PASSWORD = "only for this test"
PICTURE = "SELECT lo_from_bytea(4711, 'picture')"
ConfigurationFor = Callable[[str], Configuration]


@pytest.fixture
def configured(database: Database, tmp_path: Path) -> ConfigurationFor:
    """A configuration that reaches the test's database as a role of the server."""

    def configure(role: str) -> Configuration:
        where = database.conninfo
        path = tmp_path / CONFIGURATION_NAME
        url = f"postgresql://{role}@/{database.name}?host={where['host']}&port={where['port']}"
        path.write_text(
            default_document(
                application="shop", environment="test", database=database.name, url=url
            ),
            encoding="utf-8",
        )
        return load(path)

    return configure


@pytest.fixture
def owner(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The owner of the database, who has a password and no right over the server."""
    role = f"owner_{database.name}"
    name = sql.Identifier(role)
    with connect(database.conninfo, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(PASSWORD))
        )
        admin.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database.name), name)
        )
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        yield role
        admin.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(name))
        admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
        admin.execute(sql.SQL("DROP ROLE {}").format(name))


def test_rows_that_a_policy_hides_end_a_backup_with_the_rights_that_are_missing(
    configured: ConfigurationFor, owner: str, database: Database
) -> None:
    configuration = configured(owner)
    init(configuration)
    with connect(database.conninfo, autocommit=True) as admin:
        admin.execute("CREATE TABLE public.secret (id int)")
        admin.execute("ALTER TABLE public.secret ENABLE ROW LEVEL SECURITY")
        admin.execute("ALTER TABLE public.secret FORCE ROW LEVEL SECURITY")
        admin.execute(
            sql.SQL("ALTER TABLE public.secret OWNER TO {}").format(sql.Identifier(owner))
        )
    with pytest.raises(BackupError, match="may not read everything") as refusal:
        take(configuration)
    assert f'ALTER ROLE "{owner}" BYPASSRLS' in refusal.value.next_step
    assert listed(configuration) == []


def test_its_owner_s_password_from_the_environment_is_enough(
    configured: ConfigurationFor, owner: str
) -> None:
    configuration = configured(owner)
    init(configuration)
    manifest = take(configuration)
    assert listed(configuration) == [manifest]
    assert manifest.not_covered == []
    with open_archive(configuration, manifest) as stream:
        assert stream.read(5) == b"PGDMP"


def test_large_objects_that_may_not_be_read_are_left_out_and_listed(
    database: Database, configured: ConfigurationFor, owner: str
) -> None:
    configuration = configured(owner)
    init(configuration)
    database.execute(PICTURE)
    (gap,) = take(configuration).not_covered
    assert gap.what == "1 large objects"
    assert "not in the backup" in gap.reason


def test_a_superuser_s_backup_holds_them(database: Database, configured: ConfigurationFor) -> None:
    configuration = configured(database.conninfo["user"])
    init(configuration)
    database.execute(PICTURE)
    manifest = take(configuration)
    assert manifest.not_covered == []
    assert [one.rows for one in manifest.tables if one.method == "large_objects"] == [1]
