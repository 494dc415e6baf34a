from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.errors import StateError, StorageError
from strongroom.identity.state import Incarnation, Mark, State
from strongroom.identity.state_store import PRUNED_AFTER, VERSIONS_KEPT, StateStore
from strongroom.storage import LocalStore, ObjectInfo

AT = "2026-01-01T00:00:00+00:00"
FIRST = State("ours", (Incarnation("life", "current", "init", AT),))


class Unreliable(LocalStore):
    """A store that can be made unreachable; nothing else of it fails."""

    away = False

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        self._stay()
        return super().list(prefix)

    def put(self, key: str, data: bytes) -> None:
        self._stay()
        super().put(key, data)

    def _stay(self) -> None:
        if self.away:
            raise StorageError("the store is away", next_step="bring it back")


@pytest.fixture
def objects(tmp_path: Path) -> Unreliable:
    return Unreliable(tmp_path / "store")


@pytest.fixture
def store(objects: Unreliable, tmp_path: Path) -> StateStore:
    store = StateStore(objects, tmp_path / "cache" / "state.json", "ours")
    store.create(FIRST)
    return store


def seen(n: int) -> Mark:
    return Mark(n, f"nonce {n}", 1, AT)


def with_mark(state: State, n: int) -> State:
    return state.with_incarnation(state.current.seen(seen(n)))


def test_what_was_advanced_is_loaded(store: StateStore) -> None:
    store.advance(lambda state: with_mark(state, 1))
    known = store.load()
    assert known.state.current.last == seen(1)
    assert known.stale is None


def test_a_store_that_only_says_that_it_has_the_state_is_not_believed(
    store: StateStore, objects: Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "put", lambda _key, _data: None)
    with pytest.raises(StateError, match="does not show it"):
        store.advance(lambda state: with_mark(state, 1))
    store.advance(lambda state: with_mark(state, 1), required=False)
    assert store.load().state.current.last == seen(1), "this machine knows it all the same"


def test_writers_at_once_lose_no_change(objects: Unreliable, tmp_path: Path) -> None:
    StateStore(objects, tmp_path / "first.json", "ours").create(FIRST)

    def write(writer: int) -> None:
        store = StateStore(objects, tmp_path / f"cache {writer}.json", "ours")
        for n in range(4):
            store.advance(lambda state, n=n: with_mark(state, 4 * writer + n))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = StateStore(objects, tmp_path / "last.json", "ours").load().state
    assert [mark.n for mark in state.current.marks] == list(range(16))
    assert state.sequence == 17


def test_an_unreachable_store_leaves_the_local_copy_to_decide(
    store: StateStore, objects: Unreliable
) -> None:
    objects.away = True
    known = store.load()
    assert known.state == FIRST
    assert known.stale == "the store is away"
    store.advance(lambda state: with_mark(state, 1), required=False)
    assert store.load().state.current.last == seen(1)
    objects.away = False
    assert store.load().stale is None


def test_a_swap_is_not_announced_to_a_local_copy_only(
    store: StateStore, objects: Unreliable
) -> None:
    objects.away = True
    with pytest.raises(StateError):
        store.advance(lambda state: with_mark(state, 1))


def test_a_lost_state_is_an_error_with_a_next_step(objects: Unreliable, tmp_path: Path) -> None:
    with pytest.raises(StateError) as lost:
        StateStore(objects, tmp_path / "cache.json", "ours").load()
    assert lost.value.next_step == "strongroom state rebuild"


def test_an_emptied_store_is_noticed_and_filled_again(
    store: StateStore, objects: Unreliable
) -> None:
    store.advance(lambda state: with_mark(state, 1))
    for one in list(objects.list()):
        objects.delete(one.key)
    assert store.load().stale is not None
    store.advance(lambda state: with_mark(state, 2))
    assert [mark.n for mark in store.load().state.current.marks] == [1, 2]
    assert store.load().stale is None


def test_a_store_that_was_set_back_does_not_make_us_forget(
    store: StateStore, objects: Unreliable
) -> None:
    store.advance(lambda state: with_mark(state, 1))
    objects.delete("state/ours/0000000002.json")
    known = store.load()
    assert known.state.current.last == seen(1)
    assert known.stale is not None


def test_a_damaged_local_copy_counts_as_none(store: StateStore, tmp_path: Path) -> None:
    (tmp_path / "cache" / "state.json").write_text("{")
    assert store.load().state == FIRST


def test_old_versions_are_pruned_and_young_ones_stay(
    store: StateStore, objects: Unreliable
) -> None:
    for n in range(VERSIONS_KEPT + 5):
        store.advance(lambda state, n=n: with_mark(state, n))
    assert len(list(objects.list())) == VERSIONS_KEPT + 6
    long_ago = time.time() - 2 * PRUNED_AFTER.total_seconds()
    for one in objects.list():
        os.utime(objects.directory / one.key, (long_ago, long_ago))
    store.advance(lambda state: with_mark(state, 99))
    assert len(list(objects.list())) == VERSIONS_KEPT


def test_a_writer_that_slept_for_ages_does_not_write_into_the_past(
    store: StateStore, objects: Unreliable
) -> None:
    for n in range(3):
        store.advance(lambda state, n=n: with_mark(state, n))
    for one in list(objects.list())[:3]:
        objects.delete(one.key)  # pruned while the writer slept
    assert store._put_next(replace(with_mark(FIRST, 7), sequence=2)) is False
    assert store.load().state.current.last == seen(2)


def test_marks_seen_while_the_store_was_away_are_not_forgotten_when_it_is_back(
    store: StateStore, objects: Unreliable, tmp_path: Path
) -> None:
    """Otherwise a copy from within the outage would pass for the right database."""
    store.advance(lambda state: with_mark(state, 1))
    objects.away = True
    store.advance(lambda state: with_mark(state, 2), required=False)
    objects.away = False
    assert store.load().state.current.last == seen(2)
    elsewhere = StateStore(objects, tmp_path / "elsewhere.json", "ours")
    elsewhere.advance(lambda state: with_mark(state, 3))
    assert [mark.n for mark in store.load().state.current.marks] == [1, 2, 3]
    store.advance(lambda state: state)
    assert [mark.n for mark in elsewhere.load().state.current.marks] == [1, 2, 3]
    assert not store.load().unsent


def test_files_of_others_beside_the_versions_are_no_versions(
    store: StateStore, tmp_path: Path
) -> None:
    directory = tmp_path / "store" / "state" / "ours"
    for name in ("0000000001 (copy).json", ".DS_Store", "0000000009.json.bak"):
        (directory / name).write_text("not ours")
    store.advance(lambda state: with_mark(state, 1))
    assert store.load().state.sequence == 2


@pytest.mark.parametrize("with_copy", [True, False], ids=["with a local copy", "without"])
def test_a_damaged_newest_state_gives_way_to_the_newest_whole_one(
    store: StateStore, objects: Unreliable, tmp_path: Path, *, with_copy: bool
) -> None:
    for n in (1, 2):
        store.advance(lambda state, n=n: with_mark(state, n))  # type: ignore[misc]
    _damage(objects, "state/ours/0000000003.json")
    if not with_copy:
        (tmp_path / "cache" / "state.json").unlink()
    known = store.load()
    assert known.stale is not None
    assert "damaged" in known.stale
    assert known.state.current.last == seen(2 if with_copy else 1)
    assert store.exists()
    store.advance(lambda state: with_mark(state, 3))  # written beyond the damaged one
    assert store.load().stale is None
    assert store.load().state.current.last == seen(3)


def test_where_every_state_is_damaged_it_can_be_made_again(
    store: StateStore, objects: Unreliable, tmp_path: Path
) -> None:
    _damage(objects, "state/ours/0000000001.json")
    (tmp_path / "cache" / "state.json").unlink()
    with pytest.raises(StateError) as refused:
        store.load()
    assert refused.value.next_step == "strongroom state rebuild"
    assert not store.exists()
    store.create(FIRST)
    assert store.load().state.current == FIRST.current


def _damage(objects: Unreliable, key: str) -> None:
    objects.delete(key)
    objects.put(key, b"garbage")
