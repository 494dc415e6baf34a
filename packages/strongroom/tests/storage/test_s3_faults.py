"""What a server, or the way to it, may do wrong: nothing is lost, nothing half is visible."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import (
    ObjectExistsError,
    ObjectMissingError,
    StorageError,
    StoreAccessError,
    StoreUnreachableError,
    UnfitStoreError,
    UnverifiedObjectError,
)
from strongroom.storage.s3 import writing
from strongroom.storage.s3.address import parse_s3_address
from strongroom.storage.s3.client import Limits
from strongroom.storage.s3.store import S3Store
from strongroom.testing import s3_faults as faults
from strongroom.testing.killing import SOAK
from strongroom.testing.s3_faults import Fault, FaultyServer, faulty

if TYPE_CHECKING:
    from conftest import S3

QUICK = Limits(attempts=2, connect_timeout_s=5, read_timeout_s=5)
IMPATIENT = Limits(attempts=1, connect_timeout_s=1, read_timeout_s=0.5)
SMALL = b"small" * 1000
LARGE = os.urandom(12 << 20)
KEY = "a/b"


@dataclass(frozen=True)
class Place:
    """A store, reached through a server of faults, and the same store without any."""

    faults: FaultyServer
    store: S3Store
    true: S3Store

    def uploads(self) -> list[str]:
        """Keys of uploads that nobody has ended."""
        pages = self.true._connection.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.true.address.bucket, Prefix=self.true.address.prefix
        )
        return [upload["Key"] for page in pages for upload in page.get("Uploads", [])]


@pytest.fixture
def place(s3: S3, request: pytest.FixtureRequest) -> Iterator[Place]:
    limits: Limits = getattr(request, "param", QUICK)
    address = parse_s3_address(s3.url())
    with faulty(s3.server.endpoint) as server:
        through = parse_s3_address(f"s3://plain/{address.prefix}?endpoint={server.endpoint}")
        yield Place(server, S3Store(through, limits), S3Store(address))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PART_BYTES", 5 << 20)


def put(store: S3Store) -> None:
    store.put(KEY, SMALL)


def write_large(store: S3Store) -> None:
    with store.writer(KEY) as writer:
        for start in range(0, len(LARGE), 1 << 20):
            writer.write(LARGE[start : start + (1 << 20)])


@dataclass(frozen=True)
class Write:
    """One way to write, and one of its requests for a fault to meet."""

    name: str
    act: Callable[[S3Store], None]
    method: str
    within: str
    content: bytes


WRITES = [
    Write("put", put, "PUT", KEY, SMALL),
    Write("begin", write_large, "POST", "uploads", LARGE),
    Write("part", write_large, "PUT", "partNumber=2", LARGE),
    Write("complete", write_large, "POST", f"{KEY}?uploadId", LARGE),
    Write("verify", put, "HEAD", KEY, SMALL),
]
ONCE = {
    "busy": faults.refuse(503, "SlowDown"),
    "error": faults.refuse(500, "InternalError"),
    "dropped": faults.drop,
    "lost answer": faults.lose_answer,
    "twice": faults.repeat,
}
ALWAYS = {
    "busy": faults.refuse(503, "SlowDown"),
    "dropped": faults.drop,
    "denied": faults.refuse(403, "AccessDenied"),
    "unknown": faults.refuse(403, "SignatureDoesNotMatch"),
    "expired": faults.refuse(400, "ExpiredToken"),
    "spoiled": faults.spoil_request,
}


def some_of(writes: list[Write], chosen: Mapping[str, Fault]) -> list[object]:
    """Pair writes and faults: every third pair, and in the long suites all of them."""
    pairs = [(write, name) for write in writes for name in chosen]
    pairs = [
        (write, name)
        for write, name in pairs
        if (write.method, chosen[name]) != ("POST", faults.spoil_request)  # nothing to spoil in it
    ]
    kept = pairs if os.environ.get(SOAK) else pairs[::3]
    return [pytest.param(one, chosen[name], id=f"{one.name}-{name}") for one, name in kept]


@pytest.mark.parametrize(("write", "fault"), some_of(WRITES, ONCE))
def test_what_fails_once_is_repeated_and_stored_once(
    place: Place, write: Write, fault: Fault
) -> None:
    place.faults.inject(fault, write.method, write.within)
    write.act(place.store)
    assert place.faults.fired == 1
    assert place.true.get(KEY) == write.content
    assert [one.key for one in place.true.list()] == [KEY]


@pytest.mark.parametrize(("write", "fault"), some_of(WRITES[:-1], ALWAYS))
def test_what_always_fails_is_an_error_with_a_next_step_and_leaves_nothing(
    place: Place, write: Write, fault: Fault
) -> None:
    place.faults.inject(fault, write.method, write.within, times=None)
    with pytest.raises(StorageError) as caught:
        write.act(place.store)
    assert place.faults.fired
    assert caught.value.next_step
    assert not isinstance(caught.value, ObjectExistsError | ObjectMissingError)
    assert not list(place.true.list())
    assert not place.uploads()
    write.act(place.true)
    assert place.true.get(KEY) == write.content


@pytest.mark.parametrize("write", WRITES[:1] + WRITES[2:4], ids=lambda write: write.name)
def test_a_success_that_is_a_lie_is_found_out(place: Place, write: Write) -> None:
    place.faults.inject(faults.lie(("ETag", '"0"')), write.method, write.within, times=None)
    with pytest.raises(StorageError):
        write.act(place.store)
    assert place.faults.fired
    assert not list(place.true.list())
    write.act(place.true)
    assert place.true.get(KEY) == write.content


@pytest.mark.parametrize("place", [IMPATIENT], indirect=True)
@pytest.mark.parametrize(("method", "act"), [("PUT", put), ("GET", lambda store: store.get(KEY))])
def test_a_server_that_says_nothing_is_not_waited_for_forever(
    place: Place, method: str, act: Callable[[S3Store], None]
) -> None:
    place.faults.inject(faults.silence(place.faults.ended), method, KEY, times=None)
    with pytest.raises(StoreUnreachableError):
        act(place.store)
    assert place.faults.fired


def test_answers_that_are_always_lost_do_not_make_a_stored_object_a_failure(place: Place) -> None:
    place.faults.inject(faults.lose_answer, "PUT", KEY, times=None)
    put(place.store)
    assert place.true.get(KEY) == SMALL


def test_the_same_bytes_by_another_writer_are_not_taken_for_ours(place: Place) -> None:
    place.true.put(KEY, SMALL)
    place.faults.inject(faults.lose_answer, "PUT", KEY)
    with pytest.raises(ObjectExistsError):
        put(place.store)


@pytest.mark.parametrize("size_bytes", [0, 1, 3 << 20])
def test_a_reading_that_breaks_goes_on_where_it_was(place: Place, size_bytes: int) -> None:
    write_large(place.true)
    place.faults.inject(faults.cut(size_bytes), "GET", KEY)
    with place.store.open(KEY) as stream:
        found = hashlib.sha256(stream.read()).digest()
    assert found == hashlib.sha256(LARGE).digest()
    assert place.faults.fired == 1


def test_a_reading_that_always_breaks_ends_in_an_error(place: Place) -> None:
    place.true.put(KEY, SMALL)
    place.faults.inject(faults.cut(10), "GET", KEY)
    place.faults.inject(faults.cut(0), "GET", KEY, times=None)
    with place.store.open(KEY) as stream, pytest.raises(StorageError):
        stream.read()


def test_a_reading_does_not_go_on_in_another_object(place: Place) -> None:
    write_large(place.true)
    place.faults.inject(faults.cut(1 << 20), "GET", KEY)
    with place.store.open(KEY) as stream:
        client = place.true._connection.client
        client.put_object(Bucket="plain", Key=place.true.address.key_of(KEY), Body=LARGE[::-1])
        with pytest.raises(UnverifiedObjectError, match="was changed"):
            stream.read()


def test_bytes_that_change_on_their_way_back_are_noticed(place: Place) -> None:
    place.true.put(KEY, SMALL)
    place.faults.inject(faults.spoil_answer, "GET", KEY, times=None)
    with pytest.raises(UnverifiedObjectError):
        place.store.get(KEY)


@pytest.mark.parametrize(("write", "content"), [(put, SMALL), (write_large, LARGE)])
def test_a_server_that_tells_no_checksum_is_asked_for_the_bytes(
    place: Place, write: Callable[[S3Store], None], content: bytes
) -> None:
    place.faults.inject(faults.hide("x-amz-checksum-sha256"), "HEAD", KEY, times=None)
    write(place.store)
    assert place.true.get(KEY) == content
    assert [one for one in place.faults.requests if one.startswith("GET") and KEY in one]


def test_what_is_stored_wrongly_is_taken_back(place: Place) -> None:
    place.faults.inject(faults.hide("x-amz-checksum-sha256"), "HEAD", KEY, times=None)
    place.faults.inject(faults.spoil_answer, "GET", KEY, times=None)
    with pytest.raises(UnverifiedObjectError):
        put(place.store)
    assert not list(place.true.list())


def test_a_server_that_would_overwrite_is_refused_before_anything_is_written(place: Place) -> None:
    put(place.true)
    place.faults.inject(faults.overwrite, "PUT", times=None)
    with pytest.raises(UnfitStoreError, match="overwrites"):
        place.store.put("other", SMALL)
    assert [one.key for one in place.true.list()] == [KEY]


def test_a_server_that_would_overwrite_by_uploads_is_refused_before_they_begin(
    place: Place,
) -> None:
    place.faults.inject(faults.overwrite, "POST", times=None)
    with pytest.raises(UnfitStoreError, match="CompleteMultipartUpload"):
        write_large(place.store)
    assert not [one for one in place.faults.requests if f"{KEY}?partNumber" in one]
    assert not list(place.true.list())


def test_credentials_are_looked_for_anew_after_they_have_failed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["AWS_SECRET_ACCESS_KEY"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-yesterday")
    with pytest.raises(StoreAccessError) as caught:
        put(place.store)
    assert "expired" not in f"{caught.value.message} {caught.value.next_step}".replace(
        "expired.", ""
    )
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", right)
    put(place.store)
    assert place.true.get(KEY) == SMALL
