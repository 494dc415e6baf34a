"""Damage to the stored log is found, a gap is told, and only what no backup needs is removed."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from strongroom.backups import Checked, Manifest, copy_backups, fsck, take
from strongroom.backups.pruning_copies import prune_copies
from strongroom.backups.wal import Branch, StoredLog, branch_of_backup, missing_after, read_log
from strongroom.backups.wal.pruning import LogPruning
from strongroom.config import Configuration
from strongroom.drills import onward, require_as_written
from strongroom.errors import (
    DamagedLogError,
    LogGapError,
    NoSpaceError,
    TargetError,
    WrongKeyError,
)
from strongroom.identity import open_database
from strongroom.identity.keys import ensure_private_key
from strongroom.postgres.connections import connect
from strongroom.postgres.replication import position_of, text_of
from strongroom.progress import SILENT
from strongroom.restores import points, target_at
from strongroom.storage import ObjectStore, open_store
from strongroom.testing.killing import SOAK

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from following import followed_home, following

SEGMENTS = 5
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"


@dataclass(frozen=True)
class Kept:
    """A store with two backups and the log from before the first to after the second."""

    configuration: Configuration
    first: Manifest
    second: Manifest
    end: str
    copy: ObjectStore

    @property
    def store(self) -> Path:
        return Path(self.configuration.store_url)

    @property
    def log(self) -> StoredLog:
        return read_log(open_store(self.configuration.store_url), self.branch)

    @property
    def branch(self) -> Branch:
        return branch_of_backup(self.first)

    def fsck(self, *, repair: bool = False) -> Checked:
        return fsck(
            self.configuration,
            check_drill=require_as_written,
            read_data=True,
            repair=repair,
            copies=[self.copy],
        )

    def files(self) -> dict[str, bytes]:
        """Every object of the log by its name."""
        return {
            path.name: path.read_bytes()
            for path in sorted((self.store / self.branch.prefix).iterdir())
        }

    def remove_segment(self, number: int, *suffixes: str) -> None:
        """Take the record of a whole segment out of the store, or its data, or both."""
        segment = [one for one in self.log.pieces if one.end - one.start == 1 << 24][number]
        name = Path(segment.key).name.removesuffix(".json")
        for path in (self.store / self.branch.prefix).glob(f"{name}*"):
            if path.name.endswith(suffixes):
                path.unlink()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    home = tmp_path_factory.mktemp("log") / "home"
    configuration = followed_home(home)
    configuration = replace(configuration, copies=(str(home / "copy"),))
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE public.run (note text)")
        manifests = []
        with following(configuration) as at_work:
            for number in range(SEGMENTS + 1):
                if number in {0, SEGMENTS - 1}:
                    manifests.append(take(configuration, database, method="physical", full=True))
                connection.execute("INSERT INTO public.run SELECT 'x' FROM generate_series(1, 99)")
                if number < SEGMENTS:
                    connection.execute("SELECT pg_catalog.pg_switch_wal()")
            end = str(connection.execute(FLUSHED).fetchall()[0][0])
            at_work.until_stored(end)
        (outcome,) = copy_backups(configuration)
    assert outcome.complete
    return Kept(configuration, *manifests, end, open_store(configuration.copies[0]))


@pytest.fixture
def kept(whole: Kept, tmp_path: Path) -> Kept:
    """The same with a store of this test's own."""
    shutil.copytree(whole.store, tmp_path / "store")
    url = str(tmp_path / "store")
    return replace(whole, configuration=replace(whole.configuration, store_url=url))


@contextmanager
def flipped(path: Path, at: int) -> Iterator[None]:
    before = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
    yield
    path.write_bytes(before)


def test_a_whole_log_has_nothing_to_tell(kept: Kept) -> None:
    assert kept.fsck().findings == []


def test_every_flipped_bit_in_records_and_data_is_found(kept: Kept) -> None:
    paths = sorted((kept.store / kept.branch.prefix).iterdir())
    for path in paths if os.environ.get(SOAK) else paths[-4:]:
        size_bytes = path.stat().st_size
        for at in (0, size_bytes // 3, size_bytes - 1):
            with flipped(path, at):
                checked = kept.fsck()
            assert checked.damaged, (path.name, at)
            assert path.name in {Path(one.key or "").name for one in checked.findings}


@pytest.mark.parametrize("suffixes", [(".json", ".age"), (".json",), (".age",)])
def test_a_missing_middle_segment_is_told_and_brought_back_from_a_copy(
    kept: Kept, suffixes: tuple[str, ...]
) -> None:
    before = kept.files()
    kept.remove_segment(1, *suffixes)
    checked = kept.fsck()
    assert checked.damaged
    assert any("no point in time in it" in one.what for one in checked.findings)
    assert not kept.fsck(repair=True).damaged
    assert kept.files() == before
    assert kept.fsck().findings == []


def test_over_a_gap_nothing_is_restored_and_the_end_before_it_is_named(kept: Kept) -> None:
    kept.remove_segment(3, ".json", ".age")
    (gap,) = kept.log.gaps
    assert missing_after(kept.configuration, kept.first) == (gap,)
    assert missing_after(kept.configuration, kept.second) == ()
    target = target_at(kept.configuration, lsn=kept.end)
    assert target is not None
    with pytest.raises(LogGapError) as refusal:
        points.backup_for(kept.configuration, target, kept.first.backup_id)
    assert text_of(gap.start) in refusal.value.message
    assert f"--to-lsn {text_of(gap.start)}" in refusal.value.next_step
    manifest, _ = points.backup_for(kept.configuration, target, None)
    assert manifest == kept.second, "from the backup after it the same point is reached"
    reached = replace(target, position=gap.start)
    assert points.backup_for(kept.configuration, reached, None)[0] == kept.first


@pytest.mark.parametrize("fault", ["flipped", "missing", "another key"])
def test_a_damaged_segment_is_an_error_and_never_a_shorter_log(
    kept: Kept, tmp_path: Path, fault: str
) -> None:
    target = target_at(kept.configuration, lsn=kept.end)
    assert target is not None
    manifest, going = points.backup_for(kept.configuration, target, kept.first.backup_id)
    data = tmp_path / "data"
    (data / "pg_wal").mkdir(parents=True)
    onward.lay_out_log(kept.configuration, manifest, going.reach.pieces, data)
    path = next((kept.store / kept.branch.prefix).glob(f"{Path(going.reach.pieces[1].key).stem}-*"))
    configuration, error = kept.configuration, DamagedLogError
    if fault == "another key":
        other = tmp_path / "other-key.txt"
        ensure_private_key(other)
        configuration, error = replace(configuration, private_key=other), WrongKeyError
    elif fault == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(error) as refusal:
        onward.lay_out_log(configuration, manifest, going.reach.pieces, data)
    assert refusal.value.next_step


def test_a_disk_that_becomes_full_says_nothing_about_the_log(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = target_at(kept.configuration, lsn=kept.end)
    assert target is not None
    manifest, going = points.backup_for(kept.configuration, target, None)
    (tmp_path / "data" / "pg_wal").mkdir(parents=True)
    monkeypatch.setattr(onward.os, "ftruncate", fill)
    with pytest.raises(NoSpaceError):
        onward.lay_out_log(kept.configuration, manifest, going.reach.pieces, tmp_path / "data")


def test_a_logical_backup_and_a_position_beyond_the_log_lead_nowhere(kept: Kept) -> None:
    beyond = target_at(kept.configuration, lsn=text_of(position_of(kept.end) + 1))
    assert beyond is not None
    with pytest.raises(TargetError, match=f"reaches to {kept.end}"):
        points.backup_for(kept.configuration, beyond, None)
    logical = replace(kept.second, method="logical", physical=None)
    with pytest.raises(TargetError, match="logical"):
        branch_of_backup(logical)


def _files(directory: Path) -> set[str]:
    return {str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file()}


def test_only_log_that_no_kept_backup_leads_to_is_removed(kept: Kept, tmp_path: Path) -> None:
    before = kept.files()
    LogPruning(kept.configuration, [kept.first, kept.second]).remove()
    assert kept.first.physical is not None
    end = kept.first.physical.log_end
    assert kept.log.pieces == kept.log.chain_from(position_of(end)), "all from the first one on"
    assert kept.log.end == position_of(kept.end)
    copy = tmp_path / "copy"
    shutil.copytree(kept.configuration.store_url, copy)
    pruning = LogPruning(kept.configuration, [kept.second])
    assert 0 < pruning.size_bytes < sum(len(data) for data in before.values())
    pruning.remove()
    (copied,) = prune_copies(
        replace(kept.configuration, copies=(str(copy),)), [kept.second], SILENT
    )
    assert (copied.freed_bytes, copied.removed) == (pruning.size_bytes, [])
    assert _files(copy / "wal") == _files(Path(kept.configuration.store_url) / "wal")
    assert kept.second.physical is not None
    chain = kept.log.chain_from(position_of(kept.second.physical.log_end))
    assert chain == kept.log.pieces, "what is left is what leads on from the kept backup"
    assert chain[-1].end == position_of(kept.end)
    LogPruning(kept.configuration, []).remove()
    assert kept.log.pieces == chain, "the current life's log waits for its next backup"
