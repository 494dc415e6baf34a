from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.errors import ConfigurationError, PinError, RefusedError
from strongroom.identity import (
    Verdict,
    adopt,
    check,
    init,
    load_identities,
    open_database,
    push_floors,
    recipients,
)
from strongroom.identity.binding import journal_of
from strongroom.identity.initialise import STEPS
from strongroom.identity.pin import load_pin
from strongroom.ledger import ledger_of
from strongroom.server.supervisor import Supervisor
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import killed_in_this_run

KILLED_AT = """
import os, signal, sys
from pathlib import Path
from strongroom.config import load
from strongroom.identity import init

class KillAt:
    def step(self, name):
        if name == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGKILL)
    def amount(self, task, done, total, unit):
        pass

init(load(Path(sys.argv[1])), progress=KillAt())
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Configuration:
    path = tmp_path / "fresh" / "strongroom.toml"
    path.parent.mkdir()
    path.write_text(default_document(application="app", environment="production", database="app"))
    return load(path)


@pytest.mark.parametrize("step", killed_in_this_run(STEPS))
def test_init_that_was_killed_can_be_repeated(step: str, fresh: Configuration) -> None:
    assert run_forked(KILLED_AT, fresh.path, step) == -signal.SIGKILL
    made = init(fresh)
    pin = load_pin(fresh.lock_path)
    assert pin is not None
    assert pin.database_id == made.database_id
    assert [entry.kind for entry in ledger_of(fresh).entries()] == ["init"]
    with open_database(fresh) as database:
        assert database.judgement.verdict is Verdict.MATCH
        for role in ("application", "migrator", "backup"):
            with psycopg.connect(**database.conninfo(role)) as connection:
                database.verify_connection(connection)


def test_the_application_is_neither_superuser_nor_owner(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        query = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles "
        row = connection.execute(query + "WHERE rolname = current_user").fetchone()
        assert row == (False, False, False, False)
        for forbidden in (
            "DROP TABLE run",
            "CREATE TABLE public.mine (id integer)",
            "UPDATE strongroom.identity SET environment = 'demo'",
            "DELETE FROM strongroom.epoch",
            "INSERT INTO strongroom.epoch SELECT * FROM strongroom.epoch",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(forbidden)


def test_a_pinned_home_is_never_initialised_again(home: Configuration) -> None:
    with pytest.raises(PinError) as refusal:
        init(home)
    assert refusal.value.next_step == "strongroom check"
    assert check(home).matches


def test_a_directory_that_holds_a_cluster_is_never_taken(
    home: Configuration, fresh: Configuration
) -> None:
    assert fresh.server is not None
    assert home.server is not None
    home.server.data_directory.rename(fresh.server.data_directory)
    with pytest.raises(ConfigurationError) as refusal:
        init(fresh)
    assert refusal.value.next_step == "strongroom adopt --dry-run"
    assert not fresh.lock_path.exists()


def test_a_foreign_cluster_that_came_in_place_after_a_kill_is_not_taken(
    home: Configuration, fresh: Configuration
) -> None:
    run_forked(KILLED_AT, fresh.path, "init.passwords")
    assert fresh.server is not None
    assert home.server is not None
    home.server.data_directory.rename(fresh.server.data_directory)
    with pytest.raises(ConfigurationError):
        init(fresh)
    assert not fresh.lock_path.exists()


def test_what_is_secret_is_readable_by_its_owner_only(home: Configuration) -> None:
    for path in (home.private_key, home.passwords, home.ledger_path):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_pin_names_the_key_that_opens_backups(home: Configuration) -> None:
    public = [str(identity.to_public()) for identity in load_identities(home)]
    assert public == [str(recipient) for recipient in recipients(home)]
    assert "AGE-SECRET" not in home.lock_path.read_text()


def test_a_server_of_others_is_initialised_only_when_it_holds_nothing(
    home: Configuration, tmp_path: Path
) -> None:
    assert home.server is not None
    with Supervisor(home.server).running() as server:
        admin = server.administrator()
        with psycopg.connect(**admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE other")
        url = f"postgresql://{admin['user']}@/other?host={admin['host']}&port={admin['port']}"
        path = tmp_path / "strongroom.toml"
        path.write_text(
            default_document(application="app", environment="test", database="other", url=url)
        )
        configuration = load(path)
        assert check(configuration).verdict is Verdict.UNPINNED
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE used (id integer)")
            with pytest.raises(ConfigurationError) as refusal:
                init(configuration)
            assert refusal.value.next_step == "strongroom adopt --dry-run"
            connection.execute("DROP TABLE used")
        init(configuration)
        with open_database(configuration) as database:
            assert database.judgement.verdict is Verdict.MATCH
            assert database.server is None


@pytest.fixture
def by_url(tmp_path: Path, database: Any, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """An application whose variable leads to an empty database on a server of others."""
    path = tmp_path / "by_url" / "strongroom.toml"
    path.parent.mkdir()
    path.write_text(
        default_document(application="app", environment="test", database="app", url="$ADDRESS")
    )
    lead_to(database.name, database, monkeypatch)
    return load(path)


def lead_to(name: str, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = database.conninfo
    address = f"postgresql://{info['user']}@/{name}?host={info['host']}&port={info['port']}"
    monkeypatch.setenv("ADDRESS", address)


@pytest.mark.parametrize("way", ["init was killed at its end", "adopt took what init refused"])
def test_what_init_left_behind_makes_no_empty_database_ours(
    way: str, by_url: Configuration, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "init was killed at its end":
        assert run_forked(KILLED_AT, by_url.path, "init.recorded") == -signal.SIGKILL
        assert journal_of(by_url).exists()
        next_error: type[Exception] = RefusedError
    else:
        database.execute("CREATE TABLE used (id integer)")
        with pytest.raises(ConfigurationError):
            init(by_url)
        adopt(by_url)
        next_error = PinError
    assert check(by_url).matches
    push_floors(by_url, {"public.used": 1_000}, backup_id="one", at=datetime.now(UTC))
    lead_to("postgres", database, monkeypatch)
    with pytest.raises(next_error):
        init(by_url)
    assert not journal_of(by_url).exists()
    assert check(by_url).verdict is Verdict.EMPTY
    lead_to(database.name, database, monkeypatch)
    assert check(by_url).verdict is Verdict.SHRUNK  # no floor was forgotten


def test_a_lost_pin_is_not_made_again_by_what_an_old_init_left_behind(
    by_url: Configuration, database: Any
) -> None:
    run_forked(KILLED_AT, by_url.path, "init.recorded")
    pinned = by_url.lock_path.read_bytes()
    by_url.lock_path.unlink()
    with database.connect(autocommit=True) as connection:
        connection.execute("DROP SCHEMA strongroom CASCADE")
    made = init(by_url)
    assert made.database_id.encode() not in pinned


def test_repeating_init_forgets_nothing_that_was_learnt_of_its_database(
    by_url: Configuration, database: Any
) -> None:
    assert database
    run_forked(KILLED_AT, by_url.path, "init.lock")
    push_floors(by_url, {"public.used": 1_000}, backup_id="one", at=datetime.now(UTC))
    by_url.lock_path.unlink()
    init(by_url)
    assert check(by_url).verdict is Verdict.SHRUNK
