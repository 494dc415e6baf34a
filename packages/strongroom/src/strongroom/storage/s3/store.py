"""A store on S3, or on a server that speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.errors import ObjectLockedError, ObjectMissingError, StorageError
from strongroom.storage.s3.address import S3Address
from strongroom.storage.s3.client import Connection, Limits
from strongroom.storage.s3.errors import DENIED, code_of, no_bucket, taken
from strongroom.storage.s3.fitness import Fitness
from strongroom.storage.s3.reading import opened
from strongroom.storage.s3.sweeping import sweep
from strongroom.storage.s3.writing import Upload
from strongroom.storage.store import ObjectInfo, check_key, is_key

KEYS_OF_A_PAGE = 1_000
"""What S3 answers at most."""
VERSIONS_MAX = 100
"""How many versions of one object a delete takes away; we write one, and others may add theirs."""


class S3Store:
    """Objects below one prefix of a bucket, each written once by a conditional request."""

    def __init__(self, address: S3Address, limits: Limits | None = None) -> None:
        self.address = address
        self._connection = Connection(address, limits or Limits())
        self._fitness = Fitness(self._connection)
        self._bucket_seen = False

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object, durably, or nothing."""
        check_key(key)
        with self._upload(key) as upload:
            upload.write(data)

    @contextmanager
    def writer(self, key: str) -> Iterator[Upload]:
        """Write an object piece by piece: committed on leaving, abandoned on an exception."""
        check_key(key)
        if self._find(key) is not None:
            raise taken(key)
        with self._upload(key) as upload:
            yield upload

    def open(self, key: str) -> BinaryIO:
        """Read an object as a stream, which goes on where a connection broke."""
        return opened(self._connection, check_key(key))

    def get(self, key: str) -> bytes:
        """Read a small object whole."""
        with self.open(key) as stream:
            return stream.read()

    def stat(self, key: str) -> ObjectInfo:
        """Look at an object without reading it."""
        found = self._head(check_key(key))
        return _info(key, found["ContentLength"], found["LastModified"])

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose key starts with ``prefix``, in the order of keys.

        Some servers answer directory by directory, which is another order.
        """
        address = self.address
        with self._connection.described(prefix):
            pages = self._connection.client.get_paginator("list_objects_v2").paginate(
                Bucket=address.bucket,
                Prefix=address.key_of(prefix),
                PaginationConfig={"PageSize": KEYS_OF_A_PAGE},
            )
            found = [
                _info(address.without_prefix(one["Key"]), one["Size"], one["LastModified"])
                for page in pages
                for one in page.get("Contents", [])
            ]
        known = (one for one in found if one.key.startswith(prefix) and is_key(one.key))
        yield from sorted(known, key=lambda one: one.key)

    def delete(self, key: str) -> None:
        """Remove an object: each version of it, and never by a mark that only hides it.

        Raises:
            ObjectLockedError: the server keeps it until a date. It is as visible as before.
        """
        check_key(key)
        for _ in range(VERSIONS_MAX):
            found = self._find(key)
            if found is None:
                return
            self._delete_version(key, found)
        raise StorageError(
            f"{key} has more than {VERSIONS_MAX} versions, of which we wrote one.",
            next_step="find out who writes into the bucket, and remove the versions there",
        )

    def free_bytes(self) -> None:
        """A bucket has no limit of its own."""

    def sweep(self) -> int:
        """End uploads that nobody has continued for a day."""
        return sweep(self._connection)

    @contextmanager
    def _upload(self, key: str) -> Iterator[Upload]:
        self._fitness.require()
        upload = Upload(self._connection, self._fitness, key)
        try:
            yield upload
            upload.commit()
        finally:
            upload.abandon()

    def _delete_version(self, key: str, found: dict[str, Any]) -> None:
        version = {"VersionId": found["VersionId"]} if found.get("VersionId") else {}
        try:
            self._connection.client.delete_object(**self._named(key), **version)
        except ClientError as error:
            if code_of(error) in DENIED and (locked := _locked(key, found)):
                raise locked from error
            raise self._connection.error(key, error) from error
        except BotoCoreError as error:
            raise self._connection.error(key, error) from error

    def _find(self, key: str) -> dict[str, Any] | None:
        try:
            return self._head(key)
        except ObjectMissingError:
            return None

    def _head(self, key: str) -> dict[str, Any]:
        try:
            with self._connection.described(key):
                head: dict[str, Any] = self._connection.client.head_object(**self._named(key))
        except ObjectMissingError:
            self._require_bucket()
            raise
        return head

    def _require_bucket(self) -> None:
        """Tell a missing bucket from a missing object: to a HEAD, both are the same number."""
        if self._bucket_seen:
            return
        try:
            with self._connection.described():
                self._connection.client.head_bucket(Bucket=self.address.bucket)
        except ObjectMissingError as error:
            raise no_bucket(self.address) from error
        self._bucket_seen = True

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self.address.bucket, "Key": self.address.key_of(key)}


def _info(key: str, size_bytes: int, modified_at: datetime) -> ObjectInfo:
    """In whole seconds: some requests tell the time more exactly than others."""
    return ObjectInfo(key, size_bytes, modified_at.astimezone(UTC).replace(microsecond=0))


def _locked(key: str, found: dict[str, Any]) -> ObjectLockedError | None:
    """The error for an object that the server keeps; None when it keeps it for another reason."""
    until = found.get("ObjectLockRetainUntilDate")
    if found.get("ObjectLockLegalHoldStatus") == "ON":
        return ObjectLockedError(
            f"{key} is under a legal hold, and the server lets nobody delete it.",
            next_step="whoever placed the hold can lift it",
        )
    if until is None:
        return None
    return ObjectLockedError(
        f"{key} is locked until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC, and the server lets "
        "nobody delete it before.",
        next_step=f"delete it after {until.astimezone(UTC):%Y-%m-%d}",
    )
