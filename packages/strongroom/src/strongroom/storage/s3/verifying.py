"""See that an object is in the store as it was sent, whatever the server said when it took it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.errors import StorageError, UnfitStoreError, UnverifiedObjectError
from strongroom.storage.s3.address import S3Address
from strongroom.storage.s3.client import Connection
from strongroom.storage.s3.errors import MISSING, code_of
from strongroom.storage.s3.reading import opened

TOKEN = "strongroom-writer"  # noqa: S105 - the name of a piece of metadata, nothing secret
READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Piece:
    """One part of an object, or the whole of a small one."""

    size_bytes: int
    sha256: bytes

    @classmethod
    def of(cls, data: bytes | bytearray) -> Self:
        """Measure the bytes of a piece."""
        return cls(len(data), hashlib.sha256(data).digest())

    @property
    def checksum(self) -> str:
        """The checksum as S3 writes it."""
        return base64.b64encode(self.sha256).decode()


def attributes(address: S3Address, token: str) -> dict[str, Any]:
    """What each object gets beside its bytes: who wrote it, and how long it is locked."""
    given: dict[str, Any] = {"Metadata": {TOKEN: token}}
    if address.lock_days:
        until = datetime.now(UTC) + timedelta(days=address.lock_days)
        given |= {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    return given


def is_ours(connection: Connection, key: str, token: str) -> bool:
    """Whether the object was written with this token; False also when nobody can tell."""
    with suppress(BotoCoreError, ClientError, StorageError):
        return _token(_head(connection, key)) == token
    return False


def verify(connection: Connection, key: str, pieces: Sequence[Piece], token: str) -> None:
    """Compare what the store has with what was sent.

    Size, sha256, the writer's token and the lock are compared as the server tells them; where
    it tells no sha256, the object is read back.

    Raises:
        UnverifiedObjectError: there is no such object, or it is another one.
        UnfitStoreError: it is not locked although it was to be.
        StorageError: the server could not be asked; nobody knows.
    """
    try:
        head = _head(connection, key)
    except ClientError as error:
        if code_of(error) in MISSING:
            raise _lied(connection, key, "it has no such object") from error
        raise connection.error(key, error) from error
    except BotoCoreError as error:
        raise connection.error(key, error) from error
    if _token(head) != token:
        raise _lied(connection, key, "another writer's object is there")
    try:
        _require_same(connection, key, head, pieces)
    except UnverifiedObjectError:
        _remove(connection, key, head)
        raise
    _require_locked(connection.address, key, head)


def _require_same(
    connection: Connection, key: str, head: dict[str, Any], pieces: Sequence[Piece]
) -> None:
    size_bytes = sum(piece.size_bytes for piece in pieces)
    if head["ContentLength"] != size_bytes:
        what = f"it has {head['ContentLength']} bytes of {size_bytes}"
        raise _lied(connection, key, what)
    told = str(head.get("ChecksumSHA256", ""))
    if told:
        if told not in _checksums(pieces):
            raise _lied(connection, key, "its checksum is another one")
        return
    with opened(connection, key) as stream:
        for piece in pieces:
            found, remaining = hashlib.sha256(), piece.size_bytes
            while remaining and (data := stream.read(min(READ_BYTES, remaining))):
                found.update(data)
                remaining -= len(data)
            if found.digest() != piece.sha256:
                raise _lied(connection, key, "what it gives back is something else")


def _checksums(pieces: Sequence[Piece]) -> set[str]:
    """How a server may write the checksum: of the whole, or of the parts' checksums."""
    together = hashlib.sha256(b"".join(piece.sha256 for piece in pieces)).digest()
    composite = base64.b64encode(together).decode()
    whole = {pieces[0].checksum} if len(pieces) == 1 else set()
    return {*whole, f"{composite}-{len(pieces)}"}


def _require_locked(address: S3Address, key: str, head: dict[str, Any]) -> None:
    if not address.lock_days:
        return
    until = head.get("ObjectLockRetainUntilDate")
    wanted = datetime.now(UTC) + timedelta(days=address.lock_days - 1)
    if head.get("ObjectLockMode") != "COMPLIANCE" or until is None or until < wanted:
        raise UnfitStoreError(
            f"{key} was stored in {address.shown}, and the server does not say that it is locked "
            f"for {address.lock_days} days.",
            next_step="allow s3:PutObjectRetention and s3:GetObjectRetention, or use a server "
            "with object lock, or remove lock_days from store.url",
        )


def _head(connection: Connection, key: str) -> dict[str, Any]:
    address = connection.address
    answer: dict[str, Any] = connection.client.head_object(
        Bucket=address.bucket, Key=address.key_of(key), ChecksumMode="ENABLED"
    )
    return answer


def _token(head: dict[str, Any]) -> str | None:
    metadata = {name.lower(): value for name, value in head.get("Metadata", {}).items()}
    return metadata.get(TOKEN)


def _remove(connection: Connection, key: str, head: dict[str, Any]) -> None:
    """Take back what we wrote ourselves and the server did not keep as it was."""
    address = connection.address
    version = {"VersionId": head["VersionId"]} if head.get("VersionId") else {}
    with suppress(BotoCoreError, ClientError, StorageError):
        connection.client.delete_object(Bucket=address.bucket, Key=address.key_of(key), **version)


def _lied(connection: Connection, key: str, what: str) -> UnverifiedObjectError:
    return UnverifiedObjectError(
        f"{connection.address.shown} said that it had stored {key}, but {what}.",
        next_step="check the store's server and whatever stands in between, then try again",
    )
