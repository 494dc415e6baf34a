"""Find out, before the first write, whether a store on S3 keeps what backups rely on."""

from __future__ import annotations

import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.errors import UnfitStoreError
from strongroom.storage.s3.address import S3Address
from strongroom.storage.s3.client import Connection
from strongroom.storage.s3.errors import TAKEN, code_of

PROBE = ".strongroom/write-once"
"""An object that stays: each process tries to write it again, and must be refused."""

_NO_LOCK = frozenset(
    {"404", "ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"}
)
_TEXT = b"Objects of this store are written once. This one is there to try it.\n"


class Fitness:
    """What was found out about one store, once for each process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._fit = self._fit_for_uploads = False

    def require(self) -> None:
        """Go on only where objects are written once, and locked where that is wanted.

        Raises:
            UnfitStoreError: the server would overwrite, or the bucket has no object lock.
        """
        with self._lock:
            if not self._fit:
                _require_lock(self._connection)
                _require_write_once(self._connection)
                self._fit = True

    def require_uploads(self) -> None:
        """The same for objects that are uploaded in parts: another request commits them.

        Raises:
            UnfitStoreError: the server would overwrite.
        """
        with self._lock:
            if not self._fit_for_uploads:
                _require_uploads_once(self._connection)
                self._fit_for_uploads = True


def _require_lock(connection: Connection) -> None:
    address = connection.address
    if not address.lock_days:
        return
    try:
        answer: dict[str, Any] = connection.client.get_object_lock_configuration(
            Bucket=address.bucket
        )
    except ClientError as error:
        if code_of(error) in _NO_LOCK:
            raise _unlocked(address) from error
        raise connection.error("", error) from error
    except BotoCoreError as error:
        raise connection.error("", error) from error
    if answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") != "Enabled":
        raise _unlocked(address)


def _require_write_once(connection: Connection) -> None:
    """Write the probe: the first time of all it must succeed, and every other be refused."""
    if not _put_probe(connection):
        return
    if _put_probe(connection):
        raise _overwrites(connection.address, "PutObject")


def _put_probe(connection: Connection) -> bool:
    """Whether the probe was written; False when it was there and stayed."""
    try:
        connection.client.put_object(**_probe(connection), Body=_TEXT, IfNoneMatch="*")
    except ClientError as error:
        if code_of(error) in TAKEN:
            return False
        raise connection.error(PROBE, error) from error
    except BotoCoreError as error:
        raise connection.error(PROBE, error) from error
    return True


def _require_uploads_once(connection: Connection) -> None:
    with connection.described(PROBE):
        upload = {
            **_probe(connection),
            "UploadId": connection.client.create_multipart_upload(**_probe(connection))["UploadId"],
        }
        connection.uploads.add(upload["UploadId"])
        try:
            part = connection.client.upload_part(**upload, PartNumber=1, Body=_TEXT)
            parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
            connection.client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except ClientError as error:
            if code_of(error) not in TAKEN:
                raise
            connection.client.abort_multipart_upload(**upload)
            return
        finally:
            connection.uploads.discard(upload["UploadId"])
    raise _overwrites(connection.address, "CompleteMultipartUpload")


def _probe(connection: Connection) -> dict[str, str]:
    address = connection.address
    return {"Bucket": address.bucket, "Key": address.key_of(PROBE)}


def _overwrites(address: S3Address, request: str) -> UnfitStoreError:
    return UnfitStoreError(
        f"The server of {address.shown} overwrites objects although it is told not to "
        f"({request} with If-None-Match): of two writers, one would be lost unseen.",
        next_step="use a server that implements conditional writes; Amazon S3, SeaweedFS, MinIO "
        "and Cloudflare R2 do",
    )


def _unlocked(address: S3Address) -> UnfitStoreError:
    return UnfitStoreError(
        f"The bucket {address.bucket} has no object lock, and lock_days={address.lock_days} asks "
        "for it.",
        next_step="make a bucket with object lock (it can only be turned on for new ones on many "
        "servers), or remove lock_days from store.url",
    )
