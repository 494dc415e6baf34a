# ruff: noqa: S101 - assert is how a conformance suite speaks
"""The conformance suite for object stores (needs pytest).

A store is tested by a class of its own with a fixture that makes an empty store::

    class TestMyStore(ObjectStoreConformance):
        @pytest.fixture
        def store(self) -> ObjectStore:
            return MyStore()
"""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from strongroom.errors import ObjectExistsError, ObjectMissingError, StorageError
from strongroom.storage.store import ObjectStore

CLOCK_TOLERANCE = timedelta(minutes=5)
WRITERS = 8
LARGE_BYTES = 20 << 20
"""More than stores send in one piece."""


class ObjectStoreConformance:
    """What every store must do, whatever it is made of."""

    def test_what_is_put_comes_back_byte_for_byte(self, store: ObjectStore) -> None:
        """All byte values, and an object without any."""
        for key, data in (("a/all", bytes(range(256)) * 300), ("empty", b"")):
            store.put(key, data)
            assert store.get(key) == data
            with store.open(key) as stream:
                assert stream.read() == data

    def test_an_object_is_written_once(self, store: ObjectStore) -> None:
        """Neither put nor writer replaces anything."""
        store.put("a/b", b"first")
        with pytest.raises(ObjectExistsError):
            store.put("a/b", b"second")
        with pytest.raises(ObjectExistsError), store.writer("a/b") as writer:
            writer.write(b"third")
        assert store.get("a/b") == b"first"

    def test_a_key_taken_while_writing_is_not_replaced(self, store: ObjectStore) -> None:
        """The other writer was first to finish."""

        def be_second() -> None:
            with store.writer("a/b") as writer:
                writer.write(b"late")
                store.put("a/b", b"early")

        with pytest.raises(ObjectExistsError):
            be_second()
        assert store.get("a/b") == b"early"

    def test_a_large_object_is_written_once_too(self, store: ObjectStore) -> None:
        """Whatever a store does with objects of many megabytes, the first one stays."""
        piece = os.urandom(777_777)
        count = LARGE_BYTES // len(piece)

        def write(last: bytes, *, meanwhile: bytes | None = None) -> None:
            with store.writer("a/large") as writer:
                for _ in range(count):
                    writer.write(piece)
                if meanwhile is not None:
                    store.put("a/large", meanwhile)
                writer.write(last)

        with pytest.raises(ObjectExistsError):
            write(b"late", meanwhile=b"early")
        assert store.get("a/large") == b"early"
        store.delete("a/large")
        write(b"end")
        expected, found = hashlib.sha256(piece * count + b"end"), hashlib.sha256()
        with store.open("a/large") as stream:
            while data := stream.read(1_000_003):
                assert len(data) <= 1_000_003  # noqa: PLR2004 - what was asked for
                found.update(data)
        assert found.digest() == expected.digest()
        assert store.stat("a/large").size_bytes == count * len(piece) + 3
        assert store.sweep() == 0

    def test_of_many_at_once_exactly_one_wins(self, store: ObjectStore) -> None:
        """The conditional put that compare-and-swap is built on."""
        winners: list[bytes] = []
        start = threading.Barrier(WRITERS)

        def put(data: bytes) -> None:
            start.wait()
            try:
                store.put("race", data)
            except ObjectExistsError:
                return
            winners.append(data)

        threads = [threading.Thread(target=put, args=(b"%d" % n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert winners == [store.get("race")]

    def test_a_writer_shows_nothing_before_it_is_whole(self, store: ObjectStore) -> None:
        """Half an object is no object."""
        with store.writer("a/big") as writer:
            for _ in range(10):
                assert writer.write(b"x" * 100_000) == 100_000  # noqa: PLR2004 - what was written
            assert not list(store.list())
            with pytest.raises(ObjectMissingError):
                store.stat("a/big")
        assert store.stat("a/big").size_bytes == len(store.get("a/big")) == 10 * 100_000

    def test_a_writer_that_fails_leaves_nothing(self, store: ObjectStore) -> None:
        """The key stays free, and nothing is left to sweep."""

        def fail() -> None:
            with store.writer("a/b") as writer:
                writer.write(b"half")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert not list(store.list())
        assert store.sweep() == 0
        store.put("a/b", b"whole")

    def test_a_sweep_spares_the_living(self, store: ObjectStore) -> None:
        """Sweeping while another writes."""
        with store.writer("a/b") as writer:
            writer.write(b"he")
            assert store.sweep() == 0
            writer.write(b"re")
        assert store.get("a/b") == b"here"

    def test_what_is_missing_is_said_to_be_missing(self, store: ObjectStore) -> None:
        """A key that only begins others is missing too."""
        store.put("a/b/c", b"")
        for key in ("x", "a/b", "a/b/c/d"):
            for act in (store.get, store.open, store.stat):
                with pytest.raises(ObjectMissingError):
                    act(key)

    def test_a_listing_has_every_key_with_the_prefix_in_order(self, store: ObjectStore) -> None:
        """A prefix is text, and need not end at a separator."""
        keys = ["a/1", "a/2/x", "a-b", "ab", "b/é 日本"]
        for key in reversed(keys):
            store.put(key, key.encode())
        assert [info.key for info in store.list()] == sorted(keys)
        assert [info.key for info in store.list("a/")] == ["a/1", "a/2/x"]
        assert [info.key for info in store.list("a")] == ["a-b", "a/1", "a/2/x", "ab"]
        assert not list(store.list("zzz/"))

    def test_a_key_may_hold_what_addresses_give_a_meaning_to(self, store: ObjectStore) -> None:
        """Nothing in a key is taken for a part of an address or of a pattern."""
        keys = ["a/%2F", "a/+ &=", "a/?x=1#y", "a/[*]{}", "a/~'\"", "a/ü"]
        for key in keys:
            store.put(key, key.encode())
        assert [info.key for info in store.list("a/")] == sorted(keys)
        for key in keys:
            assert store.get(key) == key.encode()
            assert store.stat(key).key == key
            store.delete(key)
        assert not list(store.list())

    def test_several_can_be_read_at_once(self, store: ObjectStore) -> None:
        """Each stream has a place of its own."""
        store.put("a", b"0123456789")
        with store.open("a") as one, store.open("a") as other:
            assert one.read(5) == b"01234"
            assert other.read(3) == b"012"
            assert one.read() == b"56789"
            assert one.read() == b""

    def test_size_and_time_are_told(self, store: ObjectStore) -> None:
        """Times are in UTC."""
        store.put("a", b"12345")
        info = store.stat("a")
        assert (info.key, info.size_bytes) == ("a", 5)
        assert abs(datetime.now(UTC) - info.modified_at) < CLOCK_TOLERANCE
        assert list(store.list()) == [info]

    def test_deleting_frees_the_key_and_can_be_repeated(self, store: ObjectStore) -> None:
        """Neighbours stay."""
        store.put("a/b", b"1")
        store.put("a/c", b"2")
        store.delete("a/b")
        store.delete("a/b")
        store.delete("never/there")
        assert [info.key for info in store.list()] == ["a/c"]
        store.put("a/b", b"3")
        assert store.get("a/b") == b"3"

    def test_free_room_is_a_number_or_no_limit(self, store: ObjectStore) -> None:
        """Also before the first object."""
        free = store.free_bytes()
        assert free is None or free > 0

    @pytest.mark.parametrize(
        "key", ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", ".hidden", "a\\b", "a\0b", "a\nb"]
    )
    def test_a_key_never_leads_out_of_the_store(self, store: ObjectStore, key: str) -> None:
        """Keys that some store could not hold are refused by all."""
        with pytest.raises(StorageError):
            store.put(key, b"")
        with pytest.raises(StorageError):
            store.get(key)
