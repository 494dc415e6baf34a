"""Copies of backups in other stores."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.backups import Manifest, copies, copy_backups, load
from strongroom.backups.copies import DRILLS_PREFIX, STEPS, copy_after_backup
from strongroom.config import Configuration, parse
from strongroom.drills.records import PREFIX
from strongroom.errors import ConfigurationError, NoSuchBackupError
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.storage import LocalStore, ObjectWriter
from strongroom.testing.forked import run_forked

KeepBackup = Callable[..., Manifest]
COPY_AND_DIE = """
import sys
from dataclasses import replace
from pathlib import Path
from strongroom.backups import copy_backups
from strongroom.config import load
from strongroom.testing.killing import KillAt
configuration = replace(load(Path(sys.argv[1])), copies=(sys.argv[2],))
copy_backups(configuration, progress=KillAt(sys.argv[3]))
"""


@pytest.fixture
def copied(configuration: Configuration, tmp_path: Path) -> Configuration:
    """The configuration, with a store of copies."""
    return replace(configuration, copies=(str(tmp_path / "copy"),))


def keys(directory: Path) -> list[str]:
    return [one.key for one in LocalStore(directory).list()]


def test_a_copy_is_the_backup_byte_for_byte_with_its_drills(
    copied: Configuration, keep_backup: KeepBackup, tmp_path: Path
) -> None:
    manifest = keep_backup("one")
    store = LocalStore(Path(copied.store_url))
    store.put("drills/one/first.json", b"{}")
    store.put("drills/gone/first.json", b"{}")
    (outcome,) = copy_backups(copied)
    assert (outcome.copied, outcome.there, outcome.missing) == (["one"], [], [])
    assert (outcome.size_bytes, outcome.records) == (manifest.size_bytes, 1)
    copy = LocalStore(tmp_path / "copy")
    for key in (manifest.key, manifest.objects[0].key, "drills/one/first.json"):
        assert copy.get(key) == store.get(key)
    assert len(keys(tmp_path / "copy")) == 3
    assert load(copied.with_store(str(tmp_path / "copy"))) == manifest


def test_a_second_time_nothing_is_copied(copied: Configuration, keep_backup: KeepBackup) -> None:
    keep_backup("one")
    copy_backups(copied)
    keep_backup("two")
    (outcome,) = copy_backups(copied)
    assert (outcome.copied, outcome.there) == (["two"], ["one"])
    (outcome,) = copy_backups(copied)
    assert (outcome.copied, outcome.size_bytes) == ([], 0)
    assert [one.kind for one in ledger_of(copied).entries()].count("copy") == 2


def test_one_backup_can_be_named(copied: Configuration, keep_backup: KeepBackup) -> None:
    keep_backup("one")
    keep_backup("two")
    (outcome,) = copy_backups(copied, "one")
    assert (outcome.copied, outcome.missing) == (["one"], [])
    with pytest.raises(NoSuchBackupError):
        copy_backups(copied, "three")


def test_what_is_not_as_its_manifest_says_is_not_copied_and_stops_nothing(
    copied: Configuration, keep_backup: KeepBackup, tmp_path: Path
) -> None:
    damaged, whole = keep_backup("two"), keep_backup("one")
    path = Path(copied.store_url) / damaged.objects[0].key
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    (outcome,) = copy_backups(copied)
    assert (outcome.copied, outcome.missing, outcome.complete) == (["one"], ["two"], False)
    assert sorted(keys(tmp_path / "copy")) == sorted([whole.key, whole.objects[0].key])
    assert [one.kind for one in ledger_of(copied).entries()][-2:] == ["copy", "copy_failed"]


def test_an_object_in_the_way_is_told_and_left(
    copied: Configuration, keep_backup: KeepBackup, tmp_path: Path
) -> None:
    manifest = keep_backup("one")
    copy = LocalStore(tmp_path / "copy")
    copy.put(manifest.objects[0].key, b"by others")
    (outcome,) = copy_backups(copied)
    assert outcome.missing == ["one"]
    assert "another object" in outcome.problems[0].message
    assert copy.get(manifest.objects[0].key) == b"by others"


def test_a_store_of_copies_that_has_less_than_it_said_is_in_nobodys_way(
    copied: Configuration,
    keep_backup: KeepBackup,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgetful(LocalStore):
        def writer(self, key: str) -> AbstractContextManager[ObjectWriter]:
            return suppressing_the_end(super().writer(key))

    @contextmanager
    def suppressing_the_end(real: AbstractContextManager[ObjectWriter]) -> Iterator[ObjectWriter]:
        with real as writer:
            writer.write(b"less")
            yield io.BytesIO()

    manifest = keep_backup("one")
    with monkeypatch.context() as patch:
        patch.setattr(
            copies,
            "open_store",
            lambda url: Forgetful(Path(url)) if url in copied.copies else LocalStore(Path(url)),
        )
        (outcome,) = copy_backups(copied)
    assert [one.code for one in outcome.problems] == ["unverified_object"]
    assert keys(tmp_path / "copy") == []
    (outcome,) = copy_backups(copied)
    assert outcome.complete
    assert sorted(keys(tmp_path / "copy")) == sorted([manifest.key, manifest.objects[0].key])


@pytest.mark.parametrize("step", STEPS)
def test_a_copy_that_was_killed_is_no_copy_until_it_is_whole(
    copied: Configuration, keep_backup: KeepBackup, tmp_path: Path, step: str
) -> None:
    manifest = keep_backup("one")
    assert run_forked(COPY_AND_DIE, copied.path, *copied.copies, step) == -signal.SIGKILL
    assert (manifest.key in keys(tmp_path / "copy")) is (step == "copy.sealed")
    (outcome,) = copy_backups(copied)
    assert outcome.complete
    assert sorted(keys(tmp_path / "copy")) == sorted([manifest.key, manifest.objects[0].key])


def test_a_store_that_fails_stops_no_other_and_no_backup(
    copied: Configuration, keep_backup: KeepBackup, tmp_path: Path
) -> None:
    keep_backup("one")
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file where a directory should be")
    both = replace(copied, copies=(str(blocked), *copied.copies))
    failed, fine = copy_after_backup(both, progress=SILENT)
    assert failed.missing == ["one"]
    assert failed.problems[0].next_step
    assert fine.complete
    unasked = replace(both, store_url="s3://backups?endpoint=http://127.0.0.1:1&profile=nobody")
    assert [one.complete for one in copy_after_backup(unasked, progress=SILENT)] == [False, False]
    blocked.unlink()
    assert all(one.complete for one in copy_backups(both))


def test_without_a_store_of_copies_it_is_said_how_to_name_one(
    configuration: Configuration,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        copy_backups(configuration)
    assert "copies" in caught.value.next_step
    assert copy_after_backup(configuration, progress=SILENT) == []


def test_copies_are_read_from_the_configuration(configuration: Configuration) -> None:
    text = configuration.path.read_text()

    def written(copies: str) -> Configuration:
        return parse(configuration.path, text.replace("[state]", f"copies = {copies}\n\n[state]"))

    found = written('["s3://backups/app", "other"]')
    assert found.copies == ("s3://backups/app", str(configuration.directory / "other"))
    for wrong in ('"other"', "[1]", '[""]', '["store"]', '["a", "a"]'):
        with pytest.raises(ConfigurationError, match=r"store\.copies"):
            written(wrong)


def test_records_of_drills_are_looked_for_where_drills_put_them() -> None:
    assert DRILLS_PREFIX == PREFIX
