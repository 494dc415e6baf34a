"""An interrupted swap is finished or taken back by what lies in place, and by nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.errors import NewerFormatError, RestoreError
from strongroom.restores import journal
from strongroom.restores.journal import Swap, mark_of, resolution

SWAP = Swap(
    swap_id="20260119T091500Z-0a1b2c",
    kind="swap",
    started_at="2026-01-19T09:15:00+00:00",
    incoming="restored/new",
    incoming_mark="cluster 7",
    kept="kept/old",
    outgoing_mark="inode 5",
    backup_id="20260119T090000Z-abcdef",
    incarnation_in="new",
    incarnation_out="old",
)


def test_a_swap_that_moved_is_finished() -> None:
    assert resolution(SWAP, "cluster 7") == "finish"


def test_a_swap_that_did_not_move_is_taken_back() -> None:
    assert resolution(SWAP, "inode 5") == "reverse"


def test_an_empty_place_is_understood_in_both_directions() -> None:
    into_nothing = replace(SWAP, outgoing_mark=None, kept=None)
    assert resolution(into_nothing, None) == "reverse"
    assert resolution(into_nothing, "cluster 7") == "finish"
    back_to_nothing = replace(SWAP, incoming_mark=None, incoming=None)
    assert resolution(back_to_nothing, None) == "finish"
    assert resolution(back_to_nothing, "inode 5") == "reverse"


def test_a_stranger_in_place_stops_everything() -> None:
    with pytest.raises(RestoreError, match="replaced by something else"):
        resolution(SWAP, "cluster 5")
    with pytest.raises(RestoreError):
        resolution(SWAP, None)


def test_a_completed_swap_is_remembered_and_a_reversed_one_forgotten(tmp_path: Path) -> None:
    assert journal.pending_swap(tmp_path) is None
    assert journal.last_swap(tmp_path) is None
    journal.begin(tmp_path, SWAP)
    assert journal.pending_swap(tmp_path) == SWAP
    journal.complete(tmp_path)
    assert (journal.pending_swap(tmp_path), journal.last_swap(tmp_path)) == (None, SWAP)
    journal.begin(tmp_path, replace(SWAP, swap_id="second"))
    journal.forget(tmp_path)
    assert (journal.pending_swap(tmp_path), journal.last_swap(tmp_path)) == (None, SWAP)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "x": 2}'])
def test_a_damaged_journal_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / journal.PENDING_NAME).write_text(text)
    with pytest.raises(RestoreError, match="damaged"):
        journal.pending_swap(tmp_path)


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / journal.PENDING_NAME).write_text('{"format": 2}')
    with pytest.raises(NewerFormatError):
        journal.pending_swap(tmp_path)


def test_a_directory_is_recognised_after_it_was_moved(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    before = mark_of(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert mark_of(tmp_path / "b") == before
    assert mark_of(tmp_path / "a") is None
