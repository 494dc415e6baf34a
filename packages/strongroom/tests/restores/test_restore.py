"""A restore overwrites nothing: it stands beside, swaps only when told to, and can be undone."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from strongroom.backups import ExtensionRecord, load, take
from strongroom.config import Configuration
from strongroom.drills import drill
from strongroom.errors import (
    DamagedBackupError,
    NoSpaceError,
    NoSuchBackupError,
    RestoreError,
    WrongKeyError,
)
from strongroom.identity import check, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.restores import STEPS, plan_restore, plan_undo, restore, undo
from strongroom.storage import open_store
from strongroom.testing.killing import RecordSteps

if TYPE_CHECKING:
    from conftest import Look


def test_a_restore_stands_beside_and_leaves_the_place_untouched(
    sample: Configuration, look: "Look"
) -> None:
    assert sample.server is not None
    before = look.tree(sample.server.data_directory)
    restored = restore(sample)
    assert not restored.swapped
    assert restored.kept is None
    assert restored.restored.is_dir()
    assert restored.comparison is not None
    assert restored.comparison.verdict == "proven"
    assert look.tree(sample.server.data_directory) == before
    assert check(sample).verdict == "match"


def test_a_swap_brings_back_what_was_lost_and_keeps_what_was_there(
    sample: Configuration, look: "Look"
) -> None:
    whole = look.contents(sample)
    look.execute(sample, "TRUNCATE public.athlete CASCADE; DROP TABLE public.sample CASCADE")
    assert sample.server is not None
    damaged = look.tree(sample.server.data_directory)
    restored = restore(sample, swap=True)
    assert restored.swapped
    assert look.contents(sample) == whole
    assert restored.kept is not None
    assert look.tree(restored.kept) == damaged
    assert check(sample).verdict == "match"


def test_the_restored_database_is_another_incarnation_that_the_gate_knows(
    sample: Configuration,
) -> None:
    assert load(sample).incarnation != restore(sample, swap=True).incarnation
    with open_database(sample) as database, connect(database.conninfo()) as connection:
        connection.execute("INSERT INTO public.nothing VALUES (1)")
        connection.commit()
    assert check(sample).verdict == "match"
    assert take(sample).rows > 0


def test_undo_returns_to_what_was_there_and_shows_what_was_written_since(
    sample: Configuration, look: "Look"
) -> None:
    look.execute(sample, "INSERT INTO public.nothing VALUES (7)")
    before = look.contents(sample)
    restore(sample, swap=True)
    look.execute(
        sample, "INSERT INTO public.nothing VALUES (1), (2); UPDATE public.parent SET a = 9"
    )
    since = look.contents(sample)
    undone = undo(sample)
    assert look.contents(sample) == before
    assert check(sample).verdict == "match"
    written = {
        change.name: (change.rows_then, change.rows_now)
        for change in undone.plan.written_since or ()
    }
    assert written == {"public.nothing": (0, 2), "public.parent": (1, 1), "public.child": (1, 1)}
    undo(sample)
    assert look.contents(sample) == since
    assert check(sample).verdict == "match"


def test_nothing_written_since_is_said(sample: Configuration) -> None:
    restore(sample, swap=True)
    assert plan_undo(sample).written_since == ()


def test_restoring_twice_keeps_both_and_undo_takes_back_the_last(
    sample: Configuration, look: "Look"
) -> None:
    first, second = restore(sample, swap=True), restore(sample, swap=True)
    assert {path.name for path in sample.kept_directory.iterdir()} == {
        first.kept.name if first.kept else "",
        second.kept.name if second.kept else "",
    }
    whole = look.contents(sample)
    undo(sample)
    assert look.contents(sample) == whole
    assert check(sample).verdict == "match"


def test_a_plan_changes_nothing(sample: Configuration, look: "Look") -> None:
    assert sample.server is not None
    before = look.tree(sample.server.data_directory)
    plan = plan_restore(sample, swap=True)
    assert plan.kept is not None
    assert plan.needed_bytes < plan.free_bytes
    assert look.tree(sample.server.data_directory) == before
    assert not plan.kept.exists()
    assert not plan.target.exists()


def test_every_step_is_reached_in_order(sample: Configuration) -> None:
    seen = RecordSteps()
    restore(sample, swap=True, progress=seen)
    undo(sample, progress=seen)
    assert [step for step in seen.steps if step in STEPS] == list(STEPS)


def test_without_room_nothing_is_started(sample: Configuration) -> None:
    seen = RecordSteps()
    with pytest.raises(NoSpaceError, match="Nothing was started"):
        restore(sample, swap=True, progress=seen, free_bytes=lambda _: 10**6)
    assert seen.steps == []
    assert not sample.kept_directory.exists()


def test_without_a_swap_there_is_nothing_to_undo(sample: Configuration) -> None:
    with pytest.raises(RestoreError, match="no swap to take back"):
        undo(sample)


def test_a_backup_that_cannot_be_read_restores_nothing(sample: Configuration, look: "Look") -> None:
    assert sample.server is not None
    before = look.tree(sample.server.data_directory)
    key = load(sample).objects[0].key
    with pytest.raises(NoSuchBackupError):
        restore(sample, "20000101T000000Z-000000", swap=True)
    private_key = sample.private_key.read_bytes()
    sample.private_key.unlink()
    with pytest.raises(WrongKeyError):
        restore(sample, swap=True)
    sample.private_key.write_bytes(private_key)
    open_store(sample.store_url).delete(key)
    with pytest.raises(DamagedBackupError, match="missing"):
        restore(sample, swap=True)
    assert look.tree(sample.server.data_directory) == before
    assert not (sample.directory / "restored").exists()


@pytest.mark.parametrize("extension", [None, "not_on_this_machine"])
def test_a_copy_that_differs_from_its_manifest_is_removed_and_nothing_is_moved(
    sample: Configuration, look: "Look", extension: str | None
) -> None:
    assert sample.server is not None
    before = look.tree(sample.server.data_directory)
    honest = load(sample)
    more = [replace(one, rows=one.rows + 1) for one in honest.tables]
    needed = [ExtensionRecord(extension, "1.0")] if extension else honest.extensions
    forged = replace(honest, backup_id="20991231T235959Z-ffffff", tables=more, extensions=needed)
    ledger_of(sample).record("backup", backup_id=forged.backup_id, manifest_sha256=forged.sha256)
    open_store(sample.store_url).put(forged.key, forged.to_bytes())
    with pytest.raises(RestoreError, match=extension or "is not what was backed up"):
        restore(sample, forged.backup_id, swap=True)
    assert drill(sample).verdict == ("inconclusive" if extension else "failed")
    assert look.tree(sample.server.data_directory) == before
    assert not list(sample.scratch_directory.glob("scratch-*"))
    assert not (sample.directory / "restored").exists()
    assert check(sample).verdict == "match"


def test_a_lost_password_file_is_made_anew(sample: Configuration) -> None:
    sample.passwords.unlink()
    restore(sample, swap=True)
    assert sample.passwords.stat().st_mode & 0o077 == 0
    with open_database(sample) as database, connect(database.conninfo()) as connection:
        assert connection.execute("SELECT count(*) FROM public.gear").fetchone() == (2,)


def test_a_data_directory_behind_a_symbolic_link_is_refused_with_the_way_out(
    sample: Configuration,
) -> None:
    assert sample.server is not None
    data = sample.server.data_directory
    data.rename(data.with_name("elsewhere"))
    data.symlink_to("elsewhere")
    with pytest.raises(RestoreError, match="symbolic link"):
        restore(sample, swap=True)


def test_restores_swaps_and_undos_are_in_the_ledger(sample: Configuration) -> None:
    swapped = restore(sample, swap=True).plan.swap_id
    undo(sample)
    ledger = ledger_of(sample)
    assert ledger.contains("restore", backup_id=load(sample).backup_id)
    assert ledger.contains("swap", swap_id=swapped, outcome="done")
    assert ledger.contains("undo", outcome="done")
    assert not [finding for finding in ledger.verify() if finding.status == "failed"]
