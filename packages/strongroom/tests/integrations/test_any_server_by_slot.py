"""Newer servers that others run: a slot tells the moment, and what stands in its way is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shops import Shop, proof_of, shop_on

from strongroom.backups import chosen_for, take
from strongroom.backups.physical import proof_point as proof_points
from strongroom.backups.physical import slot
from strongroom.drills import drill


@pytest.fixture(scope="module")
def eighteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Where the log can be decoded, and the other database is nobody else's business."""
    settings = {"wal_level": "logical", "max_prepared_transactions": "4"}
    with shop_on(tmp_path_factory.mktemp("18"), 18, **settings) as shop:
        with shop.theirs.administrator() as admin:
            admin.execute("REVOKE CONNECT ON DATABASE bills FROM PUBLIC")
        shop.entitled()
        yield shop


def test_a_slot_tells_the_moment_under_writes_and_a_chain_grows(
    eighteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 0)
    with eighteen.written_to():
        first = take(eighteen.configuration, method="physical")
        second = take(eighteen.configuration, method="physical")
    assert proof_of(first) == ("full", "slot")
    assert proof_of(second) == ("incremental", "slot")
    for manifest in (first, second):
        record = drill(eighteen.configuration, manifest.backup_id)
        assert (record.verdict, record.findings) == ("proven", [])
    with eighteen.theirs.administrator() as admin:
        assert admin.execute("SELECT count(*) FROM pg_replication_slots").fetchall() == [(0,)]


def test_a_prepared_transaction_that_is_in_the_way_is_named(
    eighteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 0)
    monkeypatch.setattr(proof_points, "LOCK_ATTEMPTS", 1)
    monkeypatch.setattr(proof_points, "SLOT_ATTEMPTS", 1)
    monkeypatch.setattr(slot, "SLOT_WAIT_MS", 100)
    with eighteen.theirs.administrator("shop") as admin:
        admin.execute("GRANT pg_maintain TO keeper")
        admin.execute("BEGIN")
        admin.execute("INSERT INTO sold (what) VALUES ('later')")
        admin.execute("PREPARE TRANSACTION 'till 7'")
        try:
            manifest = take(eighteen.configuration, method="physical")
        finally:
            admin.execute("ROLLBACK PREPARED 'till 7'")
    assert manifest.physical is not None
    assert "the prepared transaction 'till 7'" in (manifest.physical.unproven or "")


def test_a_cluster_that_is_mostly_others_business_is_not_taken_whole_by_itself(
    eighteen: Shop,
) -> None:
    manifest = take(eighteen.configuration)
    choice = chosen_for(eighteen.configuration, manifest.backup_id)
    assert manifest.method == "logical"
    assert choice is not None
    assert "other databases" in choice.reason


def test_a_server_of_version_16_is_proven_too(tmp_path: Path) -> None:
    with shop_on(tmp_path, 16) as shop:
        while found := shop.missing():
            shop.follow(found[0].statement)
        manifest = take(shop.configuration, method="physical")
        assert manifest.postgres_version.startswith("16")
        record = drill(shop.configuration)
        assert (record.verdict, record.findings) == ("proven", [])
