from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from orders import ORDERS, AtSteps

from strongroom.backups import (
    digesting,
    listed,
    read_catalogue,
    taking,
)
from strongroom.backups.taking import STEPS
from strongroom.errors import (
    BackupError,
    DatabaseError,
    NoSpaceError,
    RefusedError,
    StorageError,
)
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import OpenDatabase
from strongroom.ledger import ledger_of
from strongroom.storage import LocalStore, ObjectWriter
from strongroom.testing.killing import RecordSteps

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

pytestmark = pytest.mark.usefixtures("orders")


def test_an_emptied_database_is_not_backed_up(shop: Shop) -> None:
    before = shop.take()
    shop.execute("DELETE FROM public.orders")
    progress = RecordSteps()
    with pytest.raises(RefusedError) as refused:
        shop.take(progress)
    assert refused.value.exit_code == 16
    assert progress.steps == [], "nothing was begun"
    assert listed(shop.configuration)[0] == before
    assert ledger_of(shop.configuration).contains("refused", verdict="shrunk")
    shop.execute(f"INSERT INTO public.orders (what) SELECT '' FROM generate_series(1, {ORDERS})")
    shop.take()


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_database_emptied_after_the_verdict_is_not_backed_up(
    shop: Shop, *, comes_back: bool
) -> None:
    before = shop.take()

    def empty() -> None:
        shop.execute("CREATE TABLE public.aside AS SELECT * FROM public.orders")
        shop.execute("TRUNCATE public.orders")

    def bring_back() -> None:
        shop.execute("INSERT INTO public.orders (what) SELECT what FROM public.aside")

    acts = {"backup.swept": empty} | ({"backup.dumped": bring_back} if comes_back else {})
    try:
        with pytest.raises(BackupError if comes_back else RefusedError):
            shop.take(AtSteps(acts))
    finally:
        shop.execute("DROP TABLE public.aside")
    assert listed(shop.configuration)[0] == before
    expected = expectation(shop.configuration)
    assert expected.state.current.floors["public.orders"] == ORDERS


def test_a_connection_that_leads_elsewhere_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = shop.database.server.administrator("postgres")
    usual = OpenDatabase.conninfo

    def misled(database: OpenDatabase, role: str = "application") -> dict[str, str | int]:
        return elsewhere if role == "backup" else usual(database, role)

    before = shop.stored
    with monkeypatch.context() as patch:
        patch.setattr(OpenDatabase, "conninfo", misled)
        with pytest.raises(RefusedError):
            shop.take()
    assert shop.stored == before


def test_a_dump_that_dies_leaves_nothing(shop: Shop) -> None:
    def end_the_dump() -> None:
        shop.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE query LIKE 'COPY%' OR application_name = 'pg_dump'"
            " OR (application_name = 'strongroom' AND query LIKE 'FETCH%')"
        )

    shop.execute(
        "INSERT INTO public.orders (what) SELECT repeat(md5(n::text), 9)"
        " FROM generate_series(1, 200000) AS n"
    )
    before = shop.stored
    with pytest.raises((BackupError, DatabaseError)):
        shop.take(AtSteps({"backup.streaming": end_the_dump}))
    assert shop.stored == before
    shop.take()


def test_a_table_that_cannot_be_digested_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise psycopg.OperationalError("the connection was lost")

    before = shop.stored
    with monkeypatch.context() as patch:
        patch.setattr(digesting, "digest_table", fail)
        with pytest.raises(DatabaseError):
            shop.take()
    assert shop.stored == before
    shop.take()


def test_a_full_disk_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullStore(LocalStore):
        def put(self, key: str, data: bytes) -> None:
            del data
            raise NoSpaceError(f"no room for {key}", next_step="make room")

    before = listed(shop.configuration)
    with monkeypatch.context() as patch:
        patch.setattr(taking, "open_store", lambda url: FullStore(Path(url)))
        with pytest.raises(NoSpaceError):
            shop.take()
    assert listed(shop.configuration) == before
    shop.take()
    assert len(shop.stored) == 2 * len(listed(shop.configuration)), "what was left was swept"


@pytest.mark.parametrize("about", ["data.zst.age", "manifest"])
def test_a_store_that_says_it_has_what_it_has_not_is_found_out_before_anything_counts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, about: str
) -> None:
    class Lying(LocalStore):
        @contextmanager
        def writer(self, key: str) -> Iterator[ObjectWriter]:
            if about in key:
                yield io.BytesIO()
                return
            with super().writer(key) as writer:
                yield writer

    before = listed(shop.configuration)
    with monkeypatch.context() as patch:
        patch.setattr(taking, "open_store", lambda url: Lying(Path(url)))
        with pytest.raises(StorageError):
            shop.take()
    assert listed(shop.configuration) == before
    assert shop.take() in listed(shop.configuration)
    assert read_catalogue(shop.configuration).missing == []


def test_a_server_that_ends_at_any_step_is_an_error_of_ours(shop: Shop) -> None:
    def end() -> None:
        raise psycopg.errors.AdminShutdown("terminating connection")

    for step in STEPS[:6]:
        with pytest.raises(DatabaseError, match="while taking a backup"):
            shop.take(AtSteps({step: end}))
    shop.take()
