from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.errors import ConfigurationError, FrozenError, PinError
from strongroom.identity import Verdict, adopt, check, open_database
from strongroom.restores import freeze
from strongroom.server.scratch import scratch_server

from .conftest import RUNS, bytes_of


@pytest.fixture
def existing(tmp_path: Path) -> Iterator[Configuration]:
    """A database on a server of others, with a schema and rows of its own."""
    with scratch_server(tmp_path / "theirs") as server:
        admin = server.administrator()
        with psycopg.connect(**admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE shop")
        url = f"postgresql://{admin['user']}@/shop?host={admin['host']}&port={admin['port']}"
        with psycopg.connect(url) as connection:
            connection.execute('CREATE TABLE "Order" (id integer)')
            connection.execute('INSERT INTO "Order" SELECT generate_series(1, 300)')
            connection.execute("CREATE SCHEMA stock CREATE TABLE item (id integer)")
        path = tmp_path / "shop" / "strongroom.toml"
        path.parent.mkdir()
        path.write_text(
            default_document(application="shop", environment="test", database="shop", url=url)
        )
        yield load(path)


def test_a_dry_run_shows_what_is_there_and_writes_nothing(existing: Configuration) -> None:
    with psycopg.connect(existing.url or "", application_name="till"):
        seen = adopt(existing, dry_run=True)
        assert not seen.adopted
        assert {one.table: one.rows for one in seen.tables} == {
            'public."Order"': 300,
            "stock.item": 0,
        }
        assert [client.application for client in seen.clients] == ["till"]
        assert seen.size_bytes > 1_000_000
    assert check(existing).verdict is Verdict.UNPINNED
    assert check(existing).next == "strongroom adopt --dry-run"
    assert list(existing.directory.iterdir()) == [existing.path]


def test_an_adopted_database_is_pinned_with_its_counts_as_floors(existing: Configuration) -> None:
    assert adopt(existing).adopted
    with open_database(existing) as database:
        assert database.judgement.matches
        with psycopg.connect(**database.conninfo()) as connection:
            connection.execute('DELETE FROM "Order" WHERE id > 10')
    assert check(existing).verdict is Verdict.SHRUNK
    assert check(existing).next == "strongroom backups"
    with pytest.raises(FrozenError, match="that others run"):
        freeze(existing)
    with pytest.raises(PinError):
        adopt(existing)


def test_a_lost_lock_is_made_again_from_the_database(home: Configuration) -> None:
    before = home.lock_path.read_bytes()
    home.lock_path.unlink()
    shutil.rmtree(home.directory / "store")
    assert home.server is not None
    files = bytes_of(home.server.data_directory)
    adopt(home)
    assert bytes_of(home.server.data_directory) == files
    assert home.lock_path.read_bytes() == before
    assert check(home).matches


def test_a_lost_state_is_made_again_for_the_pinned_database(home: Configuration) -> None:
    shutil.rmtree(home.directory / "store" / "state")
    (home.state_cache / "state.json").unlink()
    (table,) = adopt(home).tables
    assert (table.table, table.rows) == ("public.run", RUNS)
    assert check(home).matches


def test_a_lost_state_is_not_made_from_another_database(
    home: Configuration, stranger: Path
) -> None:
    assert home.server is not None
    shutil.rmtree(home.directory / "store" / "state")
    (home.state_cache / "state.json").unlink()
    shutil.rmtree(home.server.data_directory)
    shutil.copytree(stranger / "data", home.server.data_directory)
    with pytest.raises(PinError):
        adopt(home)


def test_a_cluster_that_strongroom_has_not_made_is_not_adopted_in_place(
    home: Configuration, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(home.path, fresh)
    configuration = load(fresh / "strongroom.toml")
    with pytest.raises(ConfigurationError):
        adopt(configuration)


def test_a_lost_lock_does_not_make_an_older_copy_the_right_database(
    home: Configuration, tmp_path: Path
) -> None:
    """Lock and data are often lost together. What the state has seen must still count."""
    assert home.server is not None
    data = home.server.data_directory
    subprocess.run(["cp", "-a", data, tmp_path / "older"], check=True)
    with open_database(home):
        pass
    before = home.lock_path.read_bytes()
    shutil.rmtree(data)
    (tmp_path / "older").rename(data)
    home.lock_path.unlink()
    adopt(home)
    assert home.lock_path.read_bytes() == before
    assert check(home).verdict is Verdict.ROLLED_BACK


def test_the_lock_of_another_database_is_told_from_wrong_data(
    home: Configuration, stranger: Path
) -> None:
    shutil.copy(stranger / "strongroom.lock", home.lock_path)
    with pytest.raises(PinError, match="belongs to another project") as refused:
        check(home)
    assert "from version control" in refused.value.next_step
    with pytest.raises(PinError, match="the lock file is another") as told:
        adopt(home, dry_run=True)
    assert "move it away, then strongroom adopt" in told.value.next_step
    home.lock_path.unlink()
    adopt(home)
    assert check(home).matches


def test_no_new_key_takes_the_place_of_the_pinned_one(home: Configuration) -> None:
    """It would open no backup, and look as if it did."""
    shutil.rmtree(home.directory / "store" / "state")
    (home.state_cache / "state.json").unlink()
    home.private_key.unlink()
    adopt(home)
    assert not home.private_key.exists()
