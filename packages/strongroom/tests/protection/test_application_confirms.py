"""What an application may confirm by itself: nothing, but for what the configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

import strongroom
from strongroom.backups import take
from strongroom.config import Configuration, load
from strongroom.drills import drill
from strongroom.errors import ConfirmationNeededError, PermitError
from strongroom.identity.gate import OpenDatabase
from strongroom.ledger import ledger_of
from strongroom.permits import Effect, Permit, ProvenBackup
from strongroom.postgres.connections import connect_as_configured as connect

ROWS = 1000


@pytest.fixture
def protected(sample: Configuration) -> Configuration:
    """The sample database with a table of its own, protected."""
    with (
        strongroom.open_database(sample) as database,
        connect(database.conninfo("migrator"), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        connection.execute(f"CREATE TABLE diary AS SELECT generate_series(1, {ROWS}) AS n")
        strongroom.protect(sample)
    return sample


def confirming(configuration: Configuration, kinds: str) -> Configuration:
    path: Path = configuration.path
    path.write_text(f"{path.read_text()}\n[permits]\napplication_confirms = [{kinds}]\n")
    return load(path)


def proven(configuration: Configuration, database: OpenDatabase) -> ProvenBackup:
    manifest = take(configuration, database)
    record = drill(configuration, manifest.backup_id)
    assert record.verdict == "proven"
    return ProvenBackup(manifest.backup_id, manifest.incarnation, record.at)


def granted(database: OpenDatabase, backup: ProvenBackup) -> Permit:
    effects = [Effect("delete", "public.diary", rows_max=ROWS)]
    return strongroom.grant_permit(
        database, effects, backup, confirmed_by="the owner, on a page", reason="a test"
    )


@pytest.mark.parametrize("kinds", ["", '"truncate"'])
def test_what_the_configuration_does_not_name_it_may_not_confirm(
    protected: Configuration, kinds: str
) -> None:
    configuration = confirming(protected, kinds)
    with strongroom.open_database(configuration) as database:
        backup = proven(configuration, database)
        with pytest.raises(ConfirmationNeededError, match="may not confirm delete"):
            granted(database, backup)
    assert "permit_granted" not in {one.kind for one in ledger_of(configuration).entries()}


def test_what_it_confirmed_passes_once_and_the_ledger_says_who(protected: Configuration) -> None:
    configuration = confirming(protected, '"delete"')
    with strongroom.open_database(configuration) as database:
        permit = granted(database, proven(configuration, database))
        with connect(database.conninfo("application")) as connection:
            strongroom.open_permit(connection, permit.secret)
            assert connection.execute("DELETE FROM diary WHERE n <= 900").rowcount == 900
            connection.commit()
            with pytest.raises(PermitError, match="has been used"):
                strongroom.open_permit(connection, permit.secret)
            connection.rollback()
    said = [one for one in ledger_of(configuration).entries() if one.kind == "permit_granted"]
    assert "application, the owner, on a page" in str(said[-1].details)


def test_a_backup_of_another_database_lets_nothing_pass(protected: Configuration) -> None:
    configuration = confirming(protected, '"delete"')
    with strongroom.open_database(configuration) as database:
        backup = proven(configuration, database)
        other = ProvenBackup(
            backup.backup_id, "00000000-0000-0000-0000-000000000000", backup.proven_at
        )
        with pytest.raises(PermitError):
            granted(database, other)
