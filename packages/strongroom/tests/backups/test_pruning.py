"""Backups that retention lets go are removed; no kill leaves one that only looks whole."""

from __future__ import annotations

import fcntl
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from ageing import aged, another, keep, objects_of, prove, with_few_kept

from strongroom.backups import (
    PRUNE_STEPS,
    Manifest,
    acknowledge,
    listed,
    plan_pruning,
    prune,
    read_catalogue,
    retention,
)
from strongroom.config import Configuration
from strongroom.drills import drill_verdicts, proofs
from strongroom.errors import BackupError, RefusedError, StorageError
from strongroom.ledger import ledger_of
from strongroom.storage import LocalStore
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import killed_in_this_run

PRUNE_AND_DIE = """
import sys
from pathlib import Path
from strongroom.backups import prune
from strongroom.config import load
from strongroom.drills import drill_verdicts
from strongroom.testing.killing import KillAt
prune(load(Path(sys.argv[1])), drill_verdicts, progress=KillAt(sys.argv[2]))
"""


@pytest.fixture
def home(sample: Configuration) -> Configuration:
    return with_few_kept(sample)


@pytest.fixture
def past(home: Configuration) -> list[Manifest]:
    """Six days of backups, all proven; the policy keeps two of them."""
    return aged(home, 5)


def freeze(home: Configuration) -> None:
    ledger_of(home).record("refused", verdict="shrunk")


def test_what_is_let_go_is_removed_whole_and_the_rest_untouched(
    home: Configuration, past: list[Manifest]
) -> None:
    before = objects_of(home)
    pruning = prune(home, drill_verdicts)
    after = objects_of(home)
    assert listed(home) == past[:2]
    assert [fate.backup.backup_id for fate in pruning.expired] == [
        one.backup_id for one in past[2:]
    ]
    gone = {name: data for name, data in before.items() if name not in after}
    assert after == {name: data for name, data in before.items() if name not in gone}
    assert {name.split("/")[1] for name in gone} == {one.backup_id for one in past[2:]}
    assert pruning.freed_bytes == sum(map(len, gone.values()))
    assert {record.backup_id for record in proofs(home)} == {one.backup_id for one in past[:2]}
    assert prune(home, drill_verdicts).expired == []


def test_the_ledger_tells_of_a_removal_before_and_after_it(
    home: Configuration, past: list[Manifest]
) -> None:
    prune(home, drill_verdicts)
    told = [
        (entry.kind, entry.details["backup_id"])
        for entry in ledger_of(home).entries()
        if entry.kind.startswith("prune")
    ]
    assert told == [(kind, one.backup_id) for one in past[2:] for kind in ("prune", "pruned")]
    assert ledger_of(home).verify() == []
    assert read_catalogue(home).missing == [], "what was removed on purpose is not missing"


def test_a_store_that_only_says_that_it_removes_loses_no_data_of_what_stays(
    home: Configuration, past: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = LocalStore.delete

    def keep_manifests(store: LocalStore, key: str) -> None:
        if "manifest-" not in key:
            delete(store, key)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "delete", keep_manifests)
        with pytest.raises(StorageError, match="still has it"):
            prune(home, drill_verdicts)
    assert listed(home) == past, "each is whole"
    prune(home, drill_verdicts)
    assert listed(home) == past[:2]


def test_a_dry_run_shows_the_same_and_removes_nothing(
    home: Configuration, past: list[Manifest]
) -> None:
    before, entries = objects_of(home), len(list(ledger_of(home).entries()))
    planned = plan_pruning(home, drill_verdicts)
    assert objects_of(home) == before
    assert len(list(ledger_of(home).entries())) == entries
    done = prune(home, drill_verdicts)
    assert planned.fates == done.fates
    assert planned.freed_bytes == done.freed_bytes > 0
    assert len(planned.expired) == len(past) - 2


@pytest.mark.usefixtures("past")
def test_while_frozen_nothing_goes_and_an_acknowledgement_lets_it_go_on(
    home: Configuration,
) -> None:
    freeze(home)
    before = objects_of(home)
    frozen = prune(home, drill_verdicts)
    assert frozen.frozen is not None
    assert "shrunk" in frozen.frozen
    assert objects_of(home) == before
    freeze(home)
    with pytest.raises(BackupError, match="Something else has happened"):
        acknowledge(home, drill_verdicts, found=frozen.fingerprint, confirmed_by="terminal")
    found = plan_pruning(home, drill_verdicts).fingerprint
    after = acknowledge(home, drill_verdicts, found=found, confirmed_by="terminal")
    assert after.frozen is None
    assert objects_of(home) == before
    assert prune(home, drill_verdicts).freed_bytes > 0


@pytest.mark.usefixtures("past")
def test_nothing_goes_unless_the_database_is_the_expected_one(home: Configuration) -> None:
    assert home.server is not None
    home.server.data_directory.rename(home.directory / "elsewhere")
    before = objects_of(home)
    with pytest.raises(RefusedError):
        prune(home, drill_verdicts)
    planned = plan_pruning(home, drill_verdicts)
    assert planned.frozen is not None
    assert planned.frozen.startswith("empty")
    (home.directory / "elsewhere").rename(home.server.data_directory)
    assert prune(home, drill_verdicts).frozen, "what was refused is looked at by a person first"
    assert objects_of(home) == before


def test_backups_of_another_database_are_never_touched(
    home: Configuration, past: list[Manifest]
) -> None:
    foreign = replace(
        another(past[-1], past[-1].started_at), database_id="4b9d0d6e-0000-4000-8000-00000000000f"
    )
    keep(home, foreign, recorded=False)
    before = {name for name in objects_of(home) if foreign.backup_id in name}
    pruning = prune(home, drill_verdicts)
    assert pruning.frozen is None
    assert len(pruning.expired) == len(past) - 2
    assert before == {name for name in objects_of(home) if foreign.backup_id in name}


def test_damage_and_gaps_freeze(home: Configuration, past: list[Manifest]) -> None:
    store = Path(home.store_url)
    record = next((store / "drills" / past[3].backup_id).iterdir())
    record.write_bytes(record.read_bytes().replace(b"proven", b"failed"))
    (store / past[1].objects[0].key).unlink()
    (store / past[4].key).unlink()
    before = objects_of(home)
    pruning = prune(home, drill_verdicts)
    assert {cause.id for cause in pruning.causes} == {
        f"unbelieved:drills/{past[3].backup_id}",
        f"unbelieved:{past[1].backup_id}",
        f"unbelieved:missing:{past[4].backup_id}",
    }
    assert objects_of(home) == before


@pytest.mark.usefixtures("past")
def test_a_ledger_that_was_cut_freezes(home: Configuration) -> None:
    freeze(home)
    lines = home.ledger_path.read_bytes().splitlines(keepends=True)
    home.ledger_path.write_bytes(b"".join(lines[:-1]))
    assert prune(home, drill_verdicts).frozen


def test_a_backup_that_failed_its_drill_stands_for_no_day_that_has_a_proven_one(
    home: Configuration, past: list[Manifest]
) -> None:
    refuted = another(past[0], past[0].started_at.replace(microsecond=0))
    keep(home, refuted)
    prove(home, refuted, "failed")
    kept = {fate.backup.backup_id for fate in prune(home, drill_verdicts).kept}
    assert kept == {one.backup_id for one in past[:2]}


def test_what_the_store_does_not_let_go_is_told_and_the_rest_goes(
    home: Configuration, past: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = LocalStore.delete

    def stubborn(store: LocalStore, key: str) -> None:
        if key == past[3].key:
            raise StorageError("It is locked.", next_step="wait")
        delete(store, key)

    monkeypatch.setattr(LocalStore, "delete", stubborn)
    with pytest.raises(StorageError, match="locked"):
        prune(home, drill_verdicts)
    assert listed(home) == [past[0], past[1], past[3]]
    monkeypatch.undo()
    assert len(prune(home, drill_verdicts).expired) == 1
    assert listed(home) == past[:2]


def test_where_a_backup_cannot_go_what_it_builds_on_stays(
    home: Configuration, past: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = {past[3].backup_id: past[4].backup_id}
    monkeypatch.setattr(retention, "parent_of", lambda one: parents.get(one.backup_id))
    delete = LocalStore.delete

    def stubborn(store: LocalStore, key: str) -> None:
        if key == past[3].key:
            raise StorageError("It is locked.", next_step="wait")
        delete(store, key)

    monkeypatch.setattr(LocalStore, "delete", stubborn)
    with pytest.raises(StorageError, match="locked"):
        prune(home, drill_verdicts)
    assert listed(home) == [past[0], past[1], past[3], past[4]]


@pytest.mark.usefixtures("past")
def test_two_runs_at_once_do_not_meet(home: Configuration) -> None:
    with (home.state_cache / "prune.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="Another process"):
            prune(home, drill_verdicts)
    assert prune(home, drill_verdicts).freed_bytes > 0


@pytest.mark.parametrize("step", killed_in_this_run(PRUNE_STEPS, always="prune.m"))
def test_killed_at_any_step_no_half_backup_looks_whole(
    home: Configuration, past: list[Manifest], step: str
) -> None:
    before = objects_of(home)
    ended = run_forked(PRUNE_AND_DIE, home.path, step)
    assert ended == -signal.SIGKILL, f"{step} was not reached"

    between = objects_of(home)
    assert all(before[name] == data for name, data in between.items())
    for manifest in listed(home):
        assert between[manifest.objects[0].key] == before[manifest.objects[0].key]
    assert read_catalogue(home).damaged == []
    assert read_catalogue(home).missing == []
    assert listed(home)[:2] == past[:2]

    prune(home, drill_verdicts)
    stay = {one.backup_id for one in past[:2]}
    assert objects_of(home) == {n: data for n, data in before.items() if n.split("/")[1] in stay}
    assert read_catalogue(home).missing == []
    assert ledger_of(home).verify() == []
