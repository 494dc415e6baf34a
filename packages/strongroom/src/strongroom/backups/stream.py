"""One stream, in constant memory: plain bytes → zstd → age → store, and back.

Nothing plain ever touches a disk. age authenticates every 64 KiB before it lets them through,
zstd carries a checksum of its own, and the manifest has the size and sha256 of what is stored.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

import pyrage
import zstandard

from strongroom.backups.beside import Readable, Take, widen_pipe, write_behind
from strongroom.backups.stream_ends import (
    PIECE_BYTES,
    CountingReader,
    HashingReader,
    HashingWriter,
    PlainWriter,
    Report,
    StoreTime,
)
from strongroom.errors import DamagedBackupError, StorageError, StrongroomError, WrongKeyError
from strongroom.postgres.bounds import current_bounds, lower_this_thread
from strongroom.storage import ObjectStore, ObjectWriter

ZSTD_LEVEL = 1
"""Level 3 gains little on dumps and costs a third of the speed."""

OF_THE_CONTENT = (pyrage.DecryptError, zstandard.ZstdError, OSError)
"""What is raised where the bytes are not what they should be."""

NO_MATCH = "No matching keys found"
"""How age's library says that none of the keys is the right one."""


@dataclass(frozen=True)
class StoredObject:
    """One object of a backup, as its manifest describes it."""

    key: str
    size_bytes: int
    sha256: str
    content_size_bytes: int
    """The size of what comes out after decryption and decompression."""


def encrypt(
    source: Readable,
    destination: ObjectWriter,
    *,
    key: str,
    recipients: Sequence[str],
    report: Report = lambda _: None,
) -> StoredObject:
    """Compress ``source`` and encrypt it to all ``recipients`` (``age1…``)."""
    plain = CountingReader(source, report)
    stored = HashingWriter(destination)
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    to = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    try:
        compressed = compressor.stream_reader(cast("IO[bytes]", plain), read_size=PIECE_BYTES)
        pyrage.encrypt_io(compressed, stored, to)
    except pyrage.EncryptError as error:
        raise plain.failure or stored.failure or error from error
    return StoredObject(key, stored.size_bytes, stored.sha256.hexdigest(), plain.size_bytes)


class PlainStream:
    """The decrypted content of one stored object, produced by a thread through a pipe.

    It can be read here, or given to a child process as its standard input. Reading raises at
    the end when the object was not what the manifest says; a child only sees an early end.
    So nothing that was read counts until the ``with`` block of ``decrypted`` has been left.
    """

    def __init__(self, produce: Callable[[int], None], store_time: StoreTime) -> None:
        self._store_time = store_time
        self._read_end, write_end = os.pipe()
        widen_pipe(write_end)
        self._failure: BaseException | None = None
        self._bounds = current_bounds()
        self._thread = threading.Thread(
            target=self._run, args=(produce, write_end), name="decrypt", daemon=True
        )
        self._thread.start()

    def fileno(self) -> int:
        """The readable end of the pipe."""
        return self._read_end

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end of an object that proved to be whole."""
        data = os.read(self._read_end, size)
        if not data:
            self.finish()
        return data

    @property
    def store_s(self) -> float:
        """How long the store was waited for, so far."""
        return self._store_time.spent_s

    def finish(self) -> None:
        """Let the rest pass unread and raise what was found wrong with the object, if anything."""
        while os.read(self._read_end, PIECE_BYTES):
            pass
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop the thread and give the pipe back."""
        os.close(self._read_end)
        self._thread.join()

    def _run(self, produce: Callable[[int], None], write_end: int) -> None:
        lower_this_thread(self._bounds)
        try:
            produce(write_end)
        except BaseException as failure:  # noqa: BLE001 - raised again by finish(), in the reader
            self._failure = failure
        finally:
            os.close(write_end)


@contextmanager
def decrypted(
    store: ObjectStore,
    stored: StoredObject,
    identities: Sequence[pyrage.x25519.Identity],
    *,
    report: Report = lambda _: None,
) -> Iterator[PlainStream]:
    """Open a stored object as the plain stream that it was made from.

    Leaving the block reads what is left of it, so that the whole object has been compared
    with the manifest whenever the block is left without an exception. Damage outranks an
    exception of the block itself, which is then most often its consequence.

    Raises:
        DamagedBackupError: size or sha256 differ, or the object cannot be decrypted.
        WrongKeyError: the object is as it was written, and none of the identities opens it.
    """
    spent = StoreTime()

    def produce(descriptor: int) -> None:
        plain = PlainWriter(partial(_write_all, descriptor), report)
        _decrypt(store, stored, identities, plain, spent)

    stream = PlainStream(produce, spent)
    try:
        try:
            yield stream
        except (StrongroomError, OSError):
            stream.finish()
            raise
        stream.finish()
    finally:
        stream.close()


def pour(
    store: ObjectStore,
    stored: StoredObject,
    identities: Sequence[pyrage.x25519.Identity],
    take: Take,
    *,
    report: Report = lambda _: None,
) -> float:
    """Give the plain content of a stored object to ``take``, piece by piece, in a thread.

    Without a pipe between them this is twice as fast as ``decrypted``. Nothing that was taken
    counts until this has returned: only then the whole object has been compared with the manifest.
    What ``take`` raises comes through, unless the object is damaged, which outranks it.

    Returns:
        How long the store was waited for, in seconds.

    Raises:
        DamagedBackupError: size or sha256 differ, or the object cannot be decrypted.
        WrongKeyError: the object is as it was written, and none of the identities opens it.
    """
    spent = StoreTime()
    with write_behind(take) as behind:
        _decrypt(store, stored, identities, PlainWriter(behind, report), spent)
        behind.finish()
    return spent.spent_s


def opens(
    store: ObjectStore, stored: StoredObject, identities: Sequence[pyrage.x25519.Identity]
) -> bool:
    """Whether one of the keys opens an object: its beginning is read, and authenticated by age.

    Raises:
        DamagedBackupError: it is no object of age's, or its beginning is not as it was written.
        StorageError: it cannot be read.
    """
    plain, failure = _Enough(), None
    with store.open(stored.key) as source:
        raw = HashingReader(source, StoreTime())
        try:
            pyrage.decrypt_io(raw, plain, identities)
        except (pyrage.DecryptError, OSError) as error:
            failure = error
    if raw.failure is not None:
        raise _unreadable(stored.key, raw.failure) from raw.failure
    if plain.opened:
        return True
    if str(failure) == NO_MATCH:
        return False
    raise _damaged(stored.key, "its beginning cannot be decrypted") from failure


class _Enough:
    """A destination that has seen enough with the first piece."""

    opened = False

    def write(self, data: bytes) -> int:
        self.opened = self.opened or bool(data)
        raise BrokenPipeError

    def flush(self) -> None:
        """Nothing is held back here."""


def _decrypt(
    store: ObjectStore,
    stored: StoredObject,
    identities: Sequence[pyrage.x25519.Identity],
    plain: PlainWriter,
    spent: StoreTime,
) -> None:
    failure: Exception | None = None
    with store.open(stored.key) as source:
        raw = HashingReader(source, spent)
        decompressor = zstandard.ZstdDecompressor().stream_writer(
            cast("IO[bytes]", plain), closefd=False
        )
        try:
            pyrage.decrypt_io(raw, decompressor, identities)
        except Exception as error:
            if not (isinstance(error, OF_THE_CONTENT) or plain.failure or raw.failure):
                raise
            failure = error
        if raw.failure is not None:
            raise _unreadable(stored.key, raw.failure) from raw.failure
        if plain.ended_by is not None:
            raise plain.ended_by  # that says nothing of the object
        if isinstance(plain.failure, BrokenPipeError):
            return  # the reader has left, so nobody asks how the object ends
        raw.drain()
    if (raw.size_bytes, raw.sha256.hexdigest()) != (stored.size_bytes, stored.sha256):
        raise _damaged(stored.key, "its bytes are not those that were written") from failure
    if plain.failure is not None:
        raise plain.failure
    if isinstance(failure, pyrage.DecryptError):
        raise WrongKeyError(
            f"None of the private keys at hand opens {stored.key}, which is undamaged.",
            next_step="bring the private key that belongs to one of the backup's recipients",
        ) from failure
    if failure is not None or plain.size_bytes != stored.content_size_bytes:
        raise _damaged(stored.key, "its content is not the one that was stored") from failure


def _unreadable(key: str, failure: BaseException) -> BaseException:
    if not isinstance(failure, OSError):
        return failure
    return StorageError(
        f"{key} cannot be read: {failure.strerror}.",
        next_step="check the store's disk and its connection, then try again",
    )


def _damaged(key: str, what: str) -> DamagedBackupError:
    return DamagedBackupError(
        f"{key} is damaged: {what}.", next_step="strongroom backups, and use another one"
    )


def _write_all(descriptor: int, data: bytes) -> None:
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]
