"""Read an object as a stream that goes on where a connection broke."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from strongroom.errors import StorageError, UnverifiedObjectError
from strongroom.storage.s3.client import Connection
from strongroom.storage.s3.errors import TAKEN, code_of

if TYPE_CHECKING:
    from botocore.response import StreamingBody

BUFFER_BYTES = 1 << 20
PAUSE_MAX_S = 5.0
_PARTIAL = 206


def opened(connection: Connection, key: str) -> BinaryIO:
    """Open an object. Raises ObjectMissingError."""
    return cast("BinaryIO", io.BufferedReader(_ObjectStream(connection, key), BUFFER_BYTES))


class _ObjectStream(io.RawIOBase):
    """The bytes of one object; a broken connection is taken up again, a changed object is not."""

    def __init__(self, connection: Connection, key: str) -> None:
        super().__init__()
        self._connection, self._key = connection, key
        self._position = 0
        with connection.described(key):
            answer = connection.client.get_object(**self._named)
        self._size_bytes: int = answer["ContentLength"]
        self._etag: str | None = answer.get("ETag")
        self._body: StreamingBody = answer["Body"]

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # what io gives
        """Fill ``buffer`` as far as one read does; 0 at the end of the whole object only."""
        for attempt in range(self._connection.limits.attempts):
            try:
                data = self._body.read(len(buffer))
            except FlexibleChecksumError as error:
                raise self._connection.error(self._key, error) from error
            except BotoCoreError as error:
                broken: BotoCoreError | None = error
            else:
                if data or self._position == self._size_bytes:
                    buffer[: len(data)] = data
                    self._position += len(data)
                    return len(data)
                broken = None
            self._resume(attempt, broken)
        raise self._cut()

    def close(self) -> None:
        """Give the connection back."""
        if not self.closed:
            self._body.close()
        super().close()

    @property
    def _named(self) -> dict[str, str]:
        address = self._connection.address
        return {"Bucket": address.bucket, "Key": address.key_of(self._key)}

    def _resume(self, attempt: int, broken: BotoCoreError | None) -> None:
        """Ask for what is missing, of the very object that was begun."""
        if attempt == self._connection.limits.attempts - 1:
            if broken is not None:
                raise self._connection.error(self._key, broken) from broken
            raise self._cut()
        self._body.close()
        time.sleep(min(0.1 * 2**attempt, PAUSE_MAX_S))
        same = {"IfMatch": self._etag} if self._etag else {}
        try:
            answer = self._connection.client.get_object(
                **self._named, **same, Range=f"bytes={self._position}-"
            )
        except ClientError as error:
            if code_of(error) in TAKEN:
                raise self._changed() from error
            raise self._connection.error(self._key, error) from error
        except BotoCoreError as error:
            raise self._connection.error(self._key, error) from error
        self._body = answer["Body"]
        begins = str(answer.get("ContentRange", "")).startswith(f"bytes {self._position}-")
        if answer["ResponseMetadata"]["HTTPStatusCode"] != _PARTIAL or not begins:
            raise StorageError(
                f"The server of {self._connection.address.shown} cannot continue {self._key}: it "
                "does not answer with the part that was asked for.",
                next_step="try again, over a connection that does not break",
            )

    def _changed(self) -> UnverifiedObjectError:
        return UnverifiedObjectError(
            f"{self._key} was changed in the store while it was being read.",
            next_step="strongroom backups, and find out who changes objects of the store",
        )

    def _cut(self) -> UnverifiedObjectError:
        return UnverifiedObjectError(
            f"{self._key} ends after {self._position} of {self._size_bytes} bytes, and again.",
            next_step="try again; if it returns, check the server and whatever stands in between",
        )
