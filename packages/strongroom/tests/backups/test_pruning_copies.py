"""What retention has removed goes from the stores of copies too, and nothing else does."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest
from ageing import aged, objects_of, with_few_kept

from strongroom.backups import Manifest, copy_backups, listed, prune
from strongroom.backups.pruning_copies import STEP, prune_copies
from strongroom.config import Configuration
from strongroom.drills import drill_verdicts
from strongroom.errors import ObjectLockedError, StorageError, UnverifiedObjectError
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.storage import LocalStore
from strongroom.testing.forked import run_forked

PRUNE_AND_DIE = """
import sys
from dataclasses import replace
from pathlib import Path
from strongroom.backups import prune
from strongroom.config import load
from strongroom.drills import drill_verdicts
from strongroom.testing.killing import KillAt
configuration = replace(load(Path(sys.argv[1])), copies=(sys.argv[2],))
prune(configuration, drill_verdicts, progress=KillAt(sys.argv[3]))
"""


@pytest.fixture
def home(sample: Configuration, tmp_path: Path) -> Configuration:
    """Six days of backups, all proven and copied; the policy keeps two of them."""
    home = replace(with_few_kept(sample), copies=(str(tmp_path / "copy"),))
    aged(home, 5)
    assert copy_backups(home)[0].complete
    return home


def ids(manifests: list[Manifest]) -> list[str]:
    return [one.backup_id for one in manifests]


def test_copies_follow_the_store_and_the_ledger_tells(home: Configuration) -> None:
    before, copy = listed(home), home.with_store(home.copies[0])
    (copies,) = prune(home, drill_verdicts).copies
    assert sorted(copies.removed) == sorted(ids(before[2:]))
    assert (copies.locked, copies.problem) == ([], None)
    assert objects_of(copy) == objects_of(home), "data, manifests and records of drills"
    (entry,) = [one for one in ledger_of(home).entries() if one.kind == "pruned_copy"]
    assert entry.details["freed_bytes"] == copies.freed_bytes > 0
    assert prune(home, drill_verdicts).copies[0].removed == []


def test_a_backup_that_only_vanished_from_the_store_keeps_its_copy(home: Configuration) -> None:
    copy, store = home.with_store(home.copies[0]), LocalStore(Path(home.store_url))
    lost = listed(home)[3]
    theirs = "backups/of-another-database/data"
    LocalStore(Path(home.copies[0])).put(theirs, b"theirs")
    for key in (lost.key, *(one.key for one in lost.objects)):
        store.delete(key)
    assert prune(home, drill_verdicts).frozen
    assert lost in listed(copy)
    assert theirs in objects_of(copy)


def test_a_backup_that_somebody_brought_back_keeps_its_copy(home: Configuration) -> None:
    copy, store = home.with_store(home.copies[0]), LocalStore(Path(home.store_url))
    backup = listed(home)[3]
    kept = {key: data for key, data in objects_of(home).items() if backup.backup_id in key}
    assert prune(replace(home, copies=()), drill_verdicts).finished == []
    for key, data in kept.items():
        store.put(key, data)
    copies = prune_copies(home, listed(home), SILENT)
    assert backup.backup_id not in copies[0].removed
    assert len(copies[0].removed) == 3
    assert backup in listed(copy)


def test_no_data_of_a_copy_go_while_its_store_still_shows_the_manifest(
    home: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, copy = LocalStore.delete, home.with_store(home.copies[0])
    before = objects_of(copy)

    def lying(store: LocalStore, key: str) -> None:
        if store.directory != Path(home.copies[0]) or "manifest" not in key:
            delete(store, key)

    monkeypatch.setattr(LocalStore, "delete", lying)
    problem = prune(home, drill_verdicts).problem
    assert isinstance(problem, UnverifiedObjectError)
    assert objects_of(copy) == before


@pytest.mark.parametrize("error", [StorageError, ObjectLockedError])
def test_what_a_store_of_copies_keeps_is_told_and_caught_up_with(
    home: Configuration, monkeypatch: pytest.MonkeyPatch, error: type[StorageError]
) -> None:
    delete, copy = LocalStore.delete, home.with_store(home.copies[0])

    def stubborn(store: LocalStore, key: str) -> None:
        if store.directory == Path(home.copies[0]):
            raise error("It does not let it go.", next_step="wait")
        delete(store, key)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "delete", stubborn)
        pruning = prune(home, drill_verdicts)
    (copies,) = pruning.copies
    told = len(copies.locked) if error is ObjectLockedError else copies.problem is not None
    assert told == (4 if error is ObjectLockedError else True)
    assert (len(listed(home)), len(listed(copy))) == (2, 6)
    assert prune(home, drill_verdicts).problem is None
    assert listed(copy) == listed(home)


def test_killed_between_two_copies_the_next_run_goes_on(home: Configuration) -> None:
    copy = home.with_store(home.copies[0])
    ended = run_forked(PRUNE_AND_DIE, home.path, home.copies[0], STEP)
    assert ended == -signal.SIGKILL, f"{STEP} was not reached"
    assert len(listed(copy)) == 5
    prune(home, drill_verdicts)
    assert objects_of(copy) == objects_of(home)
