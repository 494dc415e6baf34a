"""A store on a real S3 server."""

from __future__ import annotations

import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import (
    ObjectExistsError,
    ObjectLockedError,
    StorageError,
    StoreAccessError,
    StoreUnreachableError,
    UnfitStoreError,
)
from strongroom.storage import ObjectStore, open_store
from strongroom.storage.s3 import store as stores
from strongroom.storage.s3 import sweeping, writing
from strongroom.storage.s3.address import parse_s3_address
from strongroom.storage.s3.client import Limits
from strongroom.storage.s3.store import S3Store
from strongroom.testing.s3_faults import faulty, hide
from strongroom.testing.storage import ObjectStoreConformance

if TYPE_CHECKING:
    from conftest import S3

LOCK_DAYS = 3
WRITE_HALF_AND_DIE = """
import os, signal, sys
from strongroom.storage import open_store
with open_store(sys.argv[1]).writer("a/b") as writer:
    for _ in range(2):
        writer.write(bytes(17 << 20))
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestS3Store(ObjectStoreConformance):
    @pytest.fixture
    def store(self, s3: S3) -> ObjectStore:
        return open_store(s3.url())


class TestS3StoreWithVersions(ObjectStoreConformance):
    @pytest.fixture
    def store(self, s3: S3) -> ObjectStore:
        return open_store(s3.url("versioned"))


@pytest.fixture
def store(s3: S3) -> S3Store:
    return S3Store(parse_s3_address(s3.url()))


@pytest.fixture
def locked(s3: S3) -> S3Store:
    return S3Store(parse_s3_address(s3.url("locked", lock_days=LOCK_DAYS)))


def test_a_listing_of_several_pages_is_one_list(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "KEYS_OF_A_PAGE", 2)
    keys = ["a/1", "a/2", "a-b", "ab", "c"]
    for key in keys:
        store.put(key, b"")
    assert [one.key for one in store.list()] == sorted(keys)


def test_a_store_sees_nothing_beside_its_prefix(s3: S3, store: S3Store) -> None:
    beside = S3Store(parse_s3_address(s3.url().replace(s3.prefix, f"{s3.prefix}-beside")))
    beside.put("a", b"other")
    assert not list(store.list())
    store.put("a", b"ours")
    store.delete("a")
    assert beside.get("a") == b"other"


def test_a_killed_writer_leaves_what_a_sweep_ends_after_a_day(s3: S3, store: S3Store) -> None:
    killed = subprocess.run([sys.executable, "-c", WRITE_HALF_AND_DIE, s3.url()], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not list(store.list())
    assert store.sweep() == 0  # its writer may live on another machine
    assert sweeping.sweep(store._connection, abandoned_after=timedelta(0)) == 1
    assert sweeping.sweep(store._connection, abandoned_after=timedelta(0)) == 0
    store.put("a/b", b"whole")


def test_a_sweep_never_ends_an_upload_of_its_own_process(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PART_BYTES", 5 << 20)
    with store.writer("a/b") as writer:
        writer.write(bytes(11 << 20))
        assert sweeping.sweep(store._connection, abandoned_after=timedelta(0)) == 0
        writer.write(b"end")
    assert store.stat("a/b").size_bytes == (11 << 20) + 3


def test_memory_does_not_grow_with_an_object(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PART_BYTES", 5 << 20)
    piece = bytes(1 << 20)
    store.put("warm", b"")
    tracemalloc.start()
    try:
        with store.writer("a/b") as writer:
            for _ in range(40):
                writer.write(piece)
        with store.open("a/b") as stream:
            while stream.read(1 << 20):
                pass
        assert tracemalloc.get_traced_memory()[1] < 4 * (5 << 20)
    finally:
        tracemalloc.stop()


def test_ten_thousand_parts_hold_the_largest_object_of_s3() -> None:
    sizes = [writing.part_size_bytes(number) for number in range(1, writing.PARTS_MAX + 1)]
    assert sizes[:1000] == [16 << 20] * 1000
    assert sum(sizes) > 5 << 40
    assert sum(sizes[:1000]) == 16_000 << 20


def test_under_object_lock_the_server_refuses_to_delete_with_our_own_credentials(
    locked: S3Store,
) -> None:
    locked.put("a/b", b"kept")
    with pytest.raises(ObjectLockedError) as caught:
        locked.delete("a/b")
    until = datetime.now(UTC) + timedelta(days=LOCK_DAYS)
    assert f"{until:%Y-%m-%d}" in caught.value.message
    assert locked.get("a/b") == b"kept"
    assert [one.key for one in locked.list()] == ["a/b"]


def test_under_object_lock_the_server_refuses_every_way_to_get_rid_of_an_object(
    s3: S3, locked: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very requests, past our store: with a mark over it the version is still there."""
    monkeypatch.setattr(writing, "PART_BYTES", 5 << 20)
    with locked.writer("a/b") as writer:
        writer.write(bytes(6 << 20))
    client = s3.server.client()
    named = {"Bucket": "locked", "Key": locked.address.key_of("a/b")}
    version = {"VersionId": client.head_object(**named)["VersionId"]}
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(minutes=1)}
    for act in (
        lambda: client.delete_object(**named, **version),
        lambda: client.delete_object(**named, **version, BypassGovernanceRetention=True),
        lambda: client.put_object_retention(**named, **version, Retention=sooner),
    ):
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            act()
    with pytest.raises(ObjectExistsError):
        locked.put("a/b", b"other")
    client.delete_object(**named)  # only hides it
    client.put_object(**named, Body=b"another version")
    kept = client.get_object(**named, **version)["Body"].read()
    assert kept == bytes(6 << 20)


def test_a_bucket_without_object_lock_is_refused_where_it_is_wanted(s3: S3) -> None:
    for bucket in ("plain", "versioned"):
        store = open_store(s3.url(bucket, lock_days=LOCK_DAYS))
        with pytest.raises(UnfitStoreError, match="no object lock"):
            store.put("a", b"1")
        assert not list(store.list())


def test_a_server_that_does_not_lock_although_it_took_the_wish_is_found_out(s3: S3) -> None:
    with faulty(s3.server.endpoint) as server:
        address = s3.url("locked", lock_days=LOCK_DAYS).replace(
            s3.server.endpoint.rpartition(":")[2], server.endpoint.rpartition(":")[2]
        )
        server.inject(hide("x-amz-object-lock-mode"), "HEAD", times=None)
        with pytest.raises(UnfitStoreError, match="does not say that it is locked"):
            S3Store(parse_s3_address(address)).put("a", b"1")
        assert server.fired


def test_deleting_in_a_bucket_with_versions_hides_nothing_but_removes_every_version(
    s3: S3,
) -> None:
    store = S3Store(parse_s3_address(s3.url("versioned")))
    store.put("a", b"ours")
    client = s3.server.client()
    client.put_object(Bucket="versioned", Key=store.address.key_of("a"), Body=b"by others")
    store.delete("a")
    answer = client.list_object_versions(Bucket="versioned", Prefix=store.address.key_of("a"))
    assert not answer.get("Versions")
    assert not answer.get("DeleteMarkers")


def unusable(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[StorageError]]]:
    """Each way in which an address or credentials can be wrong, and what is said of it."""
    yield s3.url("nothere"), StoreAccessError
    yield f"s3://plain/{s3.prefix}?endpoint=http://127.0.0.1:9", StoreUnreachableError
    yield s3.url(profile="nobody"), StoreAccessError
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-yesterday")
    yield s3.url(), StoreAccessError
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unknown")
    yield s3.url(), StoreAccessError
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    yield s3.url(), StoreAccessError


def test_what_is_wrong_with_address_or_credentials_is_told_for_every_act(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, expected in unusable(s3, monkeypatch):
        store = S3Store(parse_s3_address(url), Limits(attempts=1, connect_timeout_s=2))
        for act in (
            lambda store: store.put("a", b"1"),
            lambda store: store.get("a"),
            lambda store: list(store.list()),
            lambda store: store.stat("a"),
            lambda store: store.delete("a"),
            lambda store: store.sweep(),
        ):
            with pytest.raises(expected) as caught:
                act(store)
            assert caught.value.next_step
            assert "of-yesterday" not in caught.value.message
    monkeypatch.undo()
    for name, value in s3.server.environment.items():
        monkeypatch.setenv(name, value)
    assert not list(open_store(s3.url()).list())


def test_a_local_store_needs_no_boto3() -> None:
    program = (
        "import sys; from strongroom.storage import open_store; open_store('/none').free_bytes()\n"
        "sys.exit(bool({'boto3', 'botocore'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_without_boto3_it_is_said_what_to_install() -> None:
    program = (
        "import sys; sys.modules['botocore'] = sys.modules['boto3'] = None\n"
        "from strongroom.errors import ConfigurationError\n"
        "from strongroom.storage import open_store\n"
        "try: open_store('s3://backups')\n"
        "except ConfigurationError as error: sys.exit('strongroom[s3]' not in error.next_step)\n"
        "sys.exit(2)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
