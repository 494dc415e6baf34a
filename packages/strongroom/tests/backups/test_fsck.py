"""Whatever is missing, damaged or left over in the store is found, and only proof mends it."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from ageing import aged, another, data_of, keep, objects_of, prove

from strongroom.backups import Checked, Finding, Manifest, fsck, read_catalogue, take
from strongroom.backups.manifest import data_key
from strongroom.backups.reading import Reading
from strongroom.backups.unfinished import unfinished_marks
from strongroom.config import Configuration
from strongroom.drills import require_as_written
from strongroom.errors import BackupError
from strongroom.identity import check, open_database
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.storage import LocalStore, open_store
from strongroom.testing.killing import SOAK

Damage = Callable[[Path, list[Manifest]], None]


@pytest.fixture
def past(sample: Configuration) -> list[Manifest]:
    """Three backups, all proven."""
    return aged(sample, 2)


def checked(
    home: Configuration, *copies: LocalStore, read_data: bool = True, repair: bool = False
) -> Checked:
    return fsck(
        home, check_drill=require_as_written, read_data=read_data, repair=repair, copies=copies
    )


def kinds(found: Checked) -> set[str]:
    return {one.kind for one in found.findings}


def in_store(home: Configuration, key: str) -> Path:
    return Path(home.store_url) / key


def drill_of(store: Path, manifest: Manifest) -> Path:
    return next((store / "drills" / manifest.backup_id).iterdir())


def flip(path: Path, position: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(bytes(data))


def copy_of_store(home: Configuration, target: Path) -> LocalStore:
    shutil.copytree(home.store_url, target)
    return LocalStore(target)


def test_a_store_as_it_was_written_is_found_whole(
    sample: Configuration, past: list[Manifest]
) -> None:
    found = checked(sample)
    assert found.findings == []
    assert (found.backups, found.not_read) == (len(past), 0)
    assert found.read_bytes > found.size_bytes


@pytest.mark.usefixtures("past")
def test_without_reading_it_says_that_data_was_not_read(sample: Configuration) -> None:
    found = checked(sample, read_data=False)
    assert found.findings == []
    assert found.not_read == 3
    assert found.read_bytes < found.size_bytes


DAMAGES: dict[str, Damage] = {
    "backup_missing": lambda store, past: shutil.rmtree(store / "backups" / past[0].backup_id),
    "data_missing": lambda store, past: (store / past[1].objects[0].key).unlink(),
    "wrong_size": lambda store, past: os.truncate(store / past[1].objects[0].key, 100),
    "flipped": lambda store, past: flip(store / past[1].objects[0].key, 50),
    "manifest_damaged": lambda store, past: flip(store / past[1].key, 200),
    "drill_damaged": lambda store, past: flip(drill_of(store, past[0]), 200),
    "drill_missing": lambda store, past: drill_of(store, past[0]).unlink(),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_a_copy_with_the_right_sha256_mends_it(
    sample: Configuration, past: list[Manifest], tmp_path: Path, kind: str
) -> None:
    before = objects_of(sample)
    copy = copy_of_store(sample, tmp_path / "copy")
    DAMAGES[kind](Path(sample.store_url), past)
    damaged = objects_of(sample)

    found = checked(sample)
    assert kind in kinds(found)
    assert found.damaged
    assert all(one.what and one.next for one in found.findings)
    assert (kind in kinds(checked(sample, read_data=False))) == (kind != "flipped")
    assert checked(sample, repair=True).damaged, "without a copy there is nothing to mend it with"
    assert objects_of(sample) == damaged

    mended = checked(sample, LocalStore(tmp_path / "empty"), copy, repair=True)
    assert kind in {one.kind for one in mended.findings if one.repaired}
    checked(sample, copy, repair=True)  # the drills of a backup that has just come back
    assert objects_of(sample) == before
    assert checked(sample).findings == []
    assert ledger_of(sample).contains("fsck_repaired", found=kind, how="brought back from a copy")


def test_a_copy_that_is_damaged_too_mends_nothing(
    sample: Configuration, past: list[Manifest], tmp_path: Path
) -> None:
    flip(in_store(sample, past[1].objects[0].key), 50)
    copy = copy_of_store(sample, tmp_path / "copy")
    before = objects_of(sample)
    assert checked(sample, copy, repair=True).damaged
    assert objects_of(sample) == before


def test_manifests_that_do_not_fit_the_ledger_are_found(
    sample: Configuration, past: list[Manifest]
) -> None:
    forged = another(past[0], past[0].started_at + timedelta(seconds=1))
    keep(sample, forged, recorded=False)
    assert kinds(checked(sample)) == {"not_in_ledger"}
    in_store(sample, past[1].key).with_name(f"manifest-{'f' * 64}.json").write_bytes(b"{}")
    assert kinds(checked(sample)) == {"not_in_ledger", "duplicate", "manifest_damaged"}


@pytest.mark.usefixtures("past")
def test_a_lost_ledger_is_no_damage_to_the_store(sample: Configuration) -> None:
    sample.ledger_path.unlink()
    found = checked(sample)
    assert kinds(found) == {"unrecorded"}
    assert not found.damaged


def test_the_drill_record_of_another_backup_is_found(
    sample: Configuration, past: list[Manifest]
) -> None:
    store = Path(sample.store_url)
    target = drill_of(store, past[1])
    target.write_bytes(drill_of(store, past[0]).read_bytes())
    assert kinds(checked(sample)) == {"drill_damaged"}


def test_what_nobody_can_vouch_for_is_told_and_never_removed(
    sample: Configuration, past: list[Manifest]
) -> None:
    prove(sample, another(past[0], past[0].started_at + timedelta(seconds=1)))
    store = open_store(sample.store_url)
    store.put(data_key("20200101T000000Z-aaaaaa"), b"perhaps another machine's")
    store.put("backups/20200101T000000Z-aaaaaa/notes", b"x")
    folder = next(Path(sample.store_url).glob("backups/*/manifest-*")).parent
    (folder / "copy of data").write_bytes(b"x")
    before = objects_of(sample)
    found = checked(sample, repair=True)
    assert kinds(found) == {"orphaned_data", "orphaned_drill", "unexpected_object"}
    assert not found.damaged
    assert objects_of(sample) == before


def test_what_a_dead_backup_left_is_removed_and_told(
    sample: Configuration, past: list[Manifest]
) -> None:
    before = objects_of(sample)
    dead = another(past[0], past[0].started_at + timedelta(seconds=1))
    marks = unfinished_marks(sample)
    marks.mkdir(exist_ok=True)
    (marks / dead.backup_id).touch()
    open_store(sample.store_url).put(dead.objects[0].key, data_of(dead.backup_id))
    ledger_of(sample).record("backup", backup_id=dead.backup_id, manifest_sha256=dead.sha256)
    (Path(sample.store_url) / ".unfinished").mkdir(exist_ok=True)
    (Path(sample.store_url) / ".unfinished" / "left").write_bytes(b"x")
    assert kinds(checked(sample)) == {"unfinished_backup", "unfinished_upload"}
    found = checked(sample, repair=True)
    assert all(one.repaired for one in found.findings)
    assert objects_of(sample) == before
    assert checked(sample).findings == []
    assert read_catalogue(sample).missing == [], "it never was whole, so that it is not missing"


def test_a_backup_that_is_being_taken_is_left_alone(
    sample: Configuration, past: list[Manifest]
) -> None:
    living = another(past[0], past[0].started_at + timedelta(seconds=1))
    marks = unfinished_marks(sample)
    marks.mkdir(exist_ok=True)
    with (marks / living.backup_id).open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        open_store(sample.store_url).put(living.objects[0].key, b"half")
        assert checked(sample, repair=True).findings == []
    assert in_store(sample, living.objects[0].key).exists()


def test_what_a_pruning_left_is_removed(sample: Configuration, past: list[Manifest]) -> None:
    gone = past[2]
    ledger_of(sample).record(
        "prune", backup_id=gone.backup_id, objects=[gone.objects[0].key], reasons=[]
    )
    in_store(sample, gone.key).unlink()
    assert kinds(checked(sample)) == {"orphaned_data"}
    assert checked(sample, repair=True).findings[0].repaired
    assert not any(gone.backup_id in key for key in objects_of(sample))
    prove(sample, gone)  # a drill that was under way
    assert kinds(checked(sample)) == {"orphaned_drill"}
    assert checked(sample, repair=True).findings[0].repaired
    assert checked(sample).findings == []


@pytest.mark.usefixtures("past")
def test_nothing_is_repaired_while_backups_are_removed(sample: Configuration) -> None:
    with (sample.state_cache / "prune.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupError):
            checked(sample, repair=True)
        assert checked(sample).findings == []


@pytest.mark.usefixtures("past")
def test_a_state_of_before_there_was_a_hash_is_read_as_it_is(sample: Configuration) -> None:
    newest = max((Path(sample.store_url) / "state").rglob("*.json"))
    text = newest.read_text()
    newest.write_text(text[: text.index(', "sha256"')] + "}")
    assert checked(sample).findings == []
    pinned_state_store(sample).load()


@pytest.mark.usefixtures("past")
def test_a_damaged_state_is_not_believed_and_the_named_way_on_leads_on(
    sample: Configuration, tmp_path: Path
) -> None:
    newest = max((Path(sample.store_url) / "state").rglob("*.json"))
    text = newest.read_text()
    newest.write_text(text.replace('"public.athlete": 3', '"public.athlete": 2'))
    assert newest.read_text() != text
    judged = check(sample)
    assert (judged.verdict, [one.code for one in judged.warnings]) == ("match", ["state_stale"])
    (finding,) = checked(sample).findings
    assert finding.next == (
        f"move {newest.relative_to(sample.store_url)} out of the store, then strongroom check"
    )
    newest.rename(tmp_path / "moved")
    assert check(sample).matches
    with open_database(sample) as database:
        take(sample, database)
    assert checked(sample).findings == []
    assert not check(sample).warnings


@pytest.mark.timeout(3_600)  # the long suites flip thousands
@pytest.mark.usefixtures("past")
def test_every_flipped_bit_of_any_object_is_found(sample: Configuration) -> None:
    """One bit in every object, and more of them by chance; the seed is in the message."""
    seed = random.SystemRandom().randrange(1 << 32) if os.environ.get(SOAK) else 4
    chance = random.Random(seed)  # noqa: S311  no secret, and it can be played again
    store = Path(sample.store_url)
    objects = sorted(path for path in store.rglob("*") if path.is_file())
    assert {path.relative_to(store).parts[0] for path in objects} == {
        "backups",
        "drills",
        "ledger",
        "state",
    }
    flips = objects + chance.choices(objects, k=5_000 if os.environ.get(SOAK) else 60)
    missed = []
    for path in flips:
        whole = path.read_bytes()
        position, bit = chance.randrange(len(whole)), chance.randrange(8)
        flip(path, position, bit)
        key = path.relative_to(store).as_posix()
        if not any(one.key == key and one.severity == "damage" for one in _found(sample)):
            missed.append((key, position, bit))
        path.write_bytes(whole)
    assert not missed, f"seed {seed}: {missed}"


def _found(home: Configuration) -> list[Finding]:
    return list(checked(home).findings)


def test_memory_does_not_grow_with_an_object(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(48_000_000))
    tracemalloc.start()
    try:
        Reading(SILENT, 0).sha256(LocalStore(tmp_path), "large")
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()
