"""A backup counts as proven only while the newest drill that came to a verdict says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.drills.comparison import Verdict
from strongroom.drills.proofs import latest_proof, proofs, store_record
from strongroom.drills.records import DrillRecord, encode
from strongroom.errors import ObjectExistsError, StorageError
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.storage import LocalStore, open_store

START = datetime(2026, 1, 19, 9, tzinfo=UTC)


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """Two backups, a and b, of which only name and hash are looked at here."""
    path = tmp_path / "strongroom.toml"
    path.write_text(default_document(application="app", environment="test", database="app"))
    listed = [SimpleNamespace(backup_id=name, sha256="e" * 64) for name in ("b", "a")]
    monkeypatch.setattr(import_module("strongroom.drills.proofs"), "listed", lambda _: listed)
    return load(path)


def _drill(backup_id: str, minute: int, verdict: Verdict) -> DrillRecord:
    return DrillRecord(
        drill_id=f"{minute:03d}",
        backup_id=backup_id,
        manifest_sha256="e" * 64,
        verdict=verdict,
        at=START + timedelta(minutes=minute),
        duration_s=1.0,
    )


def _store(configuration: Configuration, *records: DrillRecord) -> None:
    for record in records:
        store_record(configuration, record, SILENT)


def test_no_drill_is_no_proof(configuration: Configuration) -> None:
    assert proofs(configuration) == []
    assert latest_proof(configuration, "a") is None


def test_a_store_that_only_says_that_it_has_the_record_proves_nothing(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "put", lambda _store, _key, _data: None)
        with pytest.raises(StorageError):
            _store(configuration, _drill("a", 1, "proven"))
    assert latest_proof(configuration, "a") is None
    assert not ledger_of(configuration).contains("drill", backup_id="a")


def test_the_newest_proof_is_found(configuration: Configuration) -> None:
    first, second = _drill("a", 1, "proven"), _drill("b", 2, "proven")
    _store(configuration, first, second)
    assert proofs(configuration) == [second, first]
    assert latest_proof(configuration, "a") == first
    assert latest_proof(configuration) == second


def test_a_later_failure_takes_the_proof_away(configuration: Configuration) -> None:
    _store(configuration, _drill("a", 1, "proven"), _drill("a", 2, "failed"))
    assert latest_proof(configuration, "a") is None
    assert latest_proof(configuration) is None


def test_a_later_inconclusive_drill_takes_nothing_away(configuration: Configuration) -> None:
    proof = _drill("a", 1, "proven")
    _store(configuration, proof, _drill("a", 2, "inconclusive"))
    assert latest_proof(configuration, "a") == proof


def test_an_inconclusive_drill_proves_nothing(configuration: Configuration) -> None:
    _store(configuration, _drill("a", 1, "inconclusive"))
    assert latest_proof(configuration, "a") is None


def test_a_damaged_record_proves_nothing(configuration: Configuration) -> None:
    _store(configuration, _drill("a", 1, "proven"), replace(_drill("a", 2, "proven")))
    path = Path(configuration.store_url) / "drills" / "a" / "002.json"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"proven", b"proveN"))
    assert proofs(configuration)[0].verdict == "failed"
    assert latest_proof(configuration, "a") is None


def test_a_record_is_written_once_and_named_in_the_ledger(configuration: Configuration) -> None:
    record = _drill("a", 1, "proven")
    _store(configuration, record)
    with pytest.raises(ObjectExistsError):
        _store(configuration, replace(record, verdict="failed"))
    assert ledger_of(configuration).contains("drill", drill_id="001", verdict="proven")


def test_a_proof_counts_only_while_its_backup_is_there(configuration: Configuration) -> None:
    """Found by removing the backups of a home: status still showed a fresh proof."""
    gone = _drill("gone", 3, "proven")
    other = replace(_drill("b", 2, "proven"), manifest_sha256="f" * 64)
    proof = _drill("a", 1, "proven")
    _store(configuration, gone, other, proof)
    assert latest_proof(configuration, "gone") is None
    assert latest_proof(configuration, "b") is None
    assert latest_proof(configuration) == proof


def test_a_record_that_the_ledger_does_not_know_proves_nothing(
    configuration: Configuration,
) -> None:
    """Whoever can write to the store could lay a proof there; the ledger is elsewhere."""
    ledger_of(configuration).record("init")
    forged = replace(_drill("a", 1, "proven"), at=datetime.now(UTC))
    open_store(configuration.store_url).put(forged.key, encode(forged))
    assert proofs(configuration) == [forged]
    assert latest_proof(configuration) is None
    failure = replace(_drill("b", 2, "failed"), at=datetime.now(UTC))
    open_store(configuration.store_url).put(failure.key, encode(failure))
    _store(configuration, replace(_drill("b", 3, "proven"), at=failure.at - timedelta(minutes=1)))
    assert latest_proof(configuration) is None


def test_without_a_ledger_the_records_still_count(configuration: Configuration) -> None:
    proof = _drill("a", 1, "proven")
    open_store(configuration.store_url).put(proof.key, encode(proof))
    assert latest_proof(configuration) == proof
