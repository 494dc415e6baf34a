"""Write one object into S3: once, in constant memory, and verified when it is there.

Each write carries a token of its own as metadata. A request that is repeated because its
answer was lost finds the key taken; the token then tells whether it is by ourselves.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.errors import StorageError
from strongroom.storage.s3.client import Connection
from strongroom.storage.s3.errors import CONFLICT, code_of
from strongroom.storage.s3.fitness import Fitness
from strongroom.storage.s3.verifying import Piece, attributes, is_ours, verify

PART_BYTES = 16 << 20
PARTS_MAX = 10_000
"""What S3 allows for one object."""
PARTS_OF_ONE_SIZE = 1_000
"""After so many parts they double, so that the largest object that S3 holds fits into 10,000."""


@dataclass(frozen=True)
class _Sent:
    """A part that the server has."""

    piece: Piece
    etag: str


def part_size_bytes(number: int) -> int:
    """How large a part is, counted from 1: 16 MiB at first, and 32 MiB beyond 16 GiB."""
    return int(PART_BYTES << ((number - 1) // PARTS_OF_ONE_SIZE))


class Upload:
    """Takes the bytes of one object; a piece is sent while the next one fills.

    At most two pieces are in memory. What fits into one piece is sent whole, on commit.
    """

    def __init__(self, connection: Connection, fitness: Fitness, key: str) -> None:
        self._connection, self._fitness, self._key = connection, fitness, key
        self._token = secrets.token_hex(16)
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._sent: list[_Sent] = []
        self._number = 1
        self._sender: ThreadPoolExecutor | None = None
        self._flying: Future[_Sent] | None = None

    def write(self, data: bytes) -> int:
        """Append ``data`` and return its length."""
        rest = memoryview(data)
        while rest:
            room = part_size_bytes(self._number) - len(self._buffer)
            if not room:
                self._send()
                continue
            self._buffer += rest[:room]
            rest = rest[room:]
        return len(data)

    def commit(self) -> None:
        """Make the object visible, unless its key is taken, and see that it is as it was sent."""
        if self._upload_id is None:
            pieces = [Piece.of(self._buffer)]
            self._put()
        else:
            self._send()
            self._land()
            pieces = [one.piece for one in self._sent]
            self._complete()
        verify(self._connection, self._key, pieces, self._token)

    def abandon(self) -> None:
        """End an upload that was not committed; what cannot be ended now, a sweep ends."""
        if self._flying is not None:
            with suppress(Exception):  # the reason to abandon is known already
                self._flying.result()
        if self._sender is not None:
            self._sender.shutdown()
        if self._upload_id is not None:
            with suppress(BotoCoreError, ClientError, StorageError):
                self._connection.client.abort_multipart_upload(**self._upload)
            self._connection.uploads.discard(self._upload_id)

    @property
    def _named(self) -> dict[str, str]:
        address = self._connection.address
        return {"Bucket": address.bucket, "Key": address.key_of(self._key)}

    @property
    def _upload(self) -> dict[str, str]:
        return {**self._named, "UploadId": str(self._upload_id)}

    def _put(self) -> None:
        piece = Piece.of(self._buffer)
        self._once(
            lambda: self._connection.client.put_object(
                **self._named,
                **attributes(self._connection.address, self._token),
                Body=self._buffer,
                ChecksumSHA256=piece.checksum,
                IfNoneMatch="*",
            )
        )

    def _complete(self) -> None:
        parts = [
            {"PartNumber": number, "ETag": one.etag, "ChecksumSHA256": one.piece.checksum}
            for number, one in enumerate(self._sent, 1)
        ]
        self._once(
            lambda: self._connection.client.complete_multipart_upload(
                **self._upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        )
        self._connection.uploads.discard(str(self._upload_id))
        self._upload_id = None

    def _once(self, act: Callable[[], object]) -> None:
        """Send what makes the object visible; of an answer that was lost, learn what it was."""
        for attempt in range(self._connection.limits.attempts):
            try:
                act()
            except (BotoCoreError, ClientError) as error:
                if code_of(error) in CONFLICT and attempt < self._connection.limits.attempts - 1:
                    time.sleep(0.05 * 2**attempt)
                    continue  # another writer of this key is at work; one of us is going to win
                if not is_ours(self._connection, self._key, self._token):
                    raise self._connection.error(self._key, error) from error
            return

    def _send(self) -> None:
        """Give the full buffer to the sending thread, when that has finished the one before."""
        if self._number > PARTS_MAX:
            raise AssertionError("S3 takes no object that large")
        if self._sender is None:
            self._begin()
        self._land()
        number, data, self._buffer = self._number, self._buffer, bytearray()
        if self._sender is not None:
            self._flying = self._sender.submit(self._send_part, number, data)
        self._number += 1

    def _begin(self) -> None:
        self._fitness.require_uploads()
        with self._connection.described(self._key):
            answer = self._connection.client.create_multipart_upload(
                **self._named,
                **attributes(self._connection.address, self._token),
                ChecksumAlgorithm="SHA256",
            )
        self._upload_id = str(answer["UploadId"])
        self._connection.uploads.add(self._upload_id)
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="s3-upload")

    def _land(self) -> None:
        """Wait for the part on its way."""
        if self._flying is not None:
            flying, self._flying = self._flying, None
            self._sent.append(flying.result())

    def _send_part(self, number: int, data: bytearray) -> _Sent:
        piece = Piece.of(data)
        with self._connection.described(self._key):
            answer = self._connection.client.upload_part(
                **self._upload, PartNumber=number, Body=data, ChecksumSHA256=piece.checksum
            )
        return _Sent(piece, str(answer["ETag"]))
