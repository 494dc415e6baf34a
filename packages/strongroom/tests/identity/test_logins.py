"""A lost file of passwords costs nobody their data: on our own server the roles follow it."""

from strongroom.config import Configuration
from strongroom.identity import open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.roles import new_passwords, roles_of, write_passwords


def test_a_lost_file_is_made_anew_and_the_application_comes_in(home: Configuration) -> None:
    home.passwords.unlink()
    assert _rows(home) == 1_000
    assert home.passwords.stat().st_mode & 0o077 == 0
    assert ledger_of(home).contains("logins")


def test_roles_from_before_the_file_follow_it(home: Configuration) -> None:
    """As after an undo: the database of then, the passwords of now."""
    write_passwords(home.passwords, new_passwords(roles_of(home.application)))
    assert _rows(home) == 1_000


def test_nothing_is_renewed_without_need(home: Configuration) -> None:
    before = home.passwords.read_bytes()
    assert _rows(home) == 1_000
    assert home.passwords.read_bytes() == before
    assert not ledger_of(home).contains("logins")


def _rows(home: Configuration) -> int:
    with open_database(home) as database, connect(database.conninfo()) as connection:
        return int(connection.execute("SELECT count(*) FROM run").fetchall()[0][0])
