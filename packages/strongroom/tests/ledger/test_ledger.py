from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.errors import StorageError
from strongroom.ledger import Ledger
from strongroom.ledger.redaction import redacted
from strongroom.storage import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def ledger(tmp_path: Path, store: LocalStore) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.jsonl", store)


RECORD_MANY = """
import sys
from pathlib import Path
from strongroom.ledger import Ledger
for number in range(int(sys.argv[2])):
    Ledger(Path(sys.argv[1]), None).record("backup", number=number)
"""


def lines_of(ledger: Ledger) -> list[str]:
    return ledger.path.read_text().splitlines()


def failed(ledger: Ledger) -> list[str]:
    return [finding.detail for finding in ledger.verify() if finding.status == "failed"]


def test_a_recorded_ledger_is_whole_and_readable_by_its_owner_only(ledger: Ledger) -> None:
    for number in range(5):
        assert ledger.record("backup", number=number).anchor_problem is None
    assert ledger.verify() == []
    assert ledger.contains("backup", number=3)
    assert not ledger.contains("backup", number=9)
    assert ledger.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("victim", [0, 2, 4])
def test_a_changed_entry_is_found(ledger: Ledger, victim: int) -> None:
    for number in range(5):
        ledger.record("refused", number=number)
    lines = lines_of(ledger)
    lines[victim] = lines[victim].replace('"refused"', '"backup"')
    ledger.path.write_text("\n".join(lines) + "\n")
    assert failed(ledger)


@pytest.mark.parametrize("victim", [0, 2, 4])
def test_a_removed_entry_is_found_also_the_last_one(ledger: Ledger, victim: int) -> None:
    for number in range(5):
        ledger.record("refused", number=number)
    lines = lines_of(ledger)
    del lines[victim]
    ledger.path.write_text("\n".join(lines) + "\n")
    findings = ledger.verify()
    assert [finding for finding in findings if finding.status == "failed"]


def test_a_ledger_written_anew_from_its_beginning_shows_beside_its_anchors(
    ledger: Ledger, store: LocalStore
) -> None:
    ledger.record("refused")
    ledger.path.unlink()
    again = Ledger(ledger.path, store)
    again.record("backup")
    assert any("another ledger" in finding.detail for finding in again.verify())


def test_a_line_torn_by_a_crash_is_set_aside_and_the_chain_goes_on(ledger: Ledger) -> None:
    ledger.record("init")
    with ledger.path.open("a") as file:
        file.write('{"n": 2, "at": "20')
    assert [entry.kind for entry in ledger.entries()] == ["init"]
    ledger.record("backup")
    assert [entry.kind for entry in ledger.entries()] == ["init", "backup"]
    assert ledger.verify() == []
    assert '"n": 2' in ledger.path.with_suffix(".torn").read_text()


def test_processes_that_record_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-c", RECORD_MANY, str(path), "25"]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    ledger = Ledger(path, None)
    assert ledger.verify() == []
    assert len(list(ledger.entries())) == 75


def test_a_store_that_cannot_be_reached_is_told_and_stops_nothing(tmp_path: Path) -> None:
    class Unreachable(LocalStore):
        def put(self, key: str, data: bytes) -> None:
            raise StorageError(f"cannot put {key} of {len(data)}", next_step="try again")

    ledger = Ledger(tmp_path / "ledger.jsonl", Unreachable(tmp_path))
    entry = ledger.record("backup")
    assert entry.anchor_problem is not None
    assert [finding.status for finding in ledger.verify()] == ["warning"]


SECRET = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQ"


@pytest.mark.parametrize(
    "details",
    [
        {"text": f"key {SECRET}."},
        {"password": SECRET},
        {"inner": [{"api_token": SECRET}]},
        {"url": f"postgresql://me:{SECRET}@host/db"},
        {"conninfo": f"host=h password='{SECRET}' user=u"},
    ],
)
def test_no_secret_enters_the_chain(ledger: Ledger, details: dict[str, object]) -> None:
    ledger.record("refused", **details)
    assert SECRET not in ledger.path.read_text()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


@given(JSON)
def test_redaction_is_stable_and_stays_json(value: object) -> None:
    once = redacted(value)
    assert redacted(once) == once
    json.dumps(once)


@pytest.mark.parametrize("victim", [0, 2, 4])
@pytest.mark.parametrize(
    "damaged", ["garbage", "{}", '{"n": 1}', '{"at":1,"details":2,"hash":"","kind":"","n":1}']
)
def test_a_damaged_line_is_found_and_stops_nothing(
    ledger: Ledger, victim: int, damaged: str
) -> None:
    """Whoever brings data back must be able to record it: a restore records its swap."""
    for number in range(5):
        ledger.record("backup", number=number)
    lines = lines_of(ledger)
    lines[victim] = damaged
    ledger.path.write_text("\n".join(lines) + "\n")
    assert ledger.record("restore", number=9).n == 6
    assert ledger.record("undo", number=10).n == 7
    assert ledger.contains("restore", number=9)
    assert ledger.contains("backup", number=3) == (victim != 3)
    entries, damaged_lines = ledger.readable()
    assert (len(entries), damaged_lines) == (6, [victim + 1])
    assert {finding.n for finding in ledger.verify() if finding.status == "failed"} == {victim + 1}
