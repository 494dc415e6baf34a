"""One stream, in constant memory: plain bytes → zstd → age → store, and back.

Nothing plain ever touches a disk. age authenticates every 64 KiB before it lets them through,
zstd carries a checksum of its own, and the manifest has the size and sha256 of what is stored.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol, cast

import pyrage
import zstandard

from strongroom.errors import DamagedBackupError, StorageError, StrongroomError, WrongKeyError
from strongroom.postgres.bounds import current_bounds, lower_this_thread
from strongroom.storage import ObjectStore, ObjectWriter

ZSTD_LEVEL = 1
"""Level 3 gains little on dumps and costs a third of the speed."""

PIECE_BYTES = 1 << 18
NO_MATCH = "No matching keys found"
"""How age's library says that none of the keys is the right one."""

Report = Callable[[int], None]
"""Told how many plain bytes have passed so far."""


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""


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
    plain = _CountingReader(source, report)
    stored = _HashingWriter(destination)
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    to = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    try:
        compressed = compressor.stream_reader(cast("IO[bytes]", plain), read_size=PIECE_BYTES)
        pyrage.encrypt_io(compressed, stored, to)
    except pyrage.EncryptError as error:
        raise plain.failure or stored.failure or error from error
    return StoredObject(key, stored.size_bytes, stored.sha256.hexdigest(), plain.size_bytes)


class StoreTime:
    """Adds up how long a store was waited for."""

    spent_s = 0.0


class PlainStream:
    """The decrypted content of one stored object, produced by a thread through a pipe.

    It can be read here, or given to a child process as its standard input. Reading raises at
    the end when the object was not what the manifest says; a child only sees an early end.
    So nothing that was read counts until the ``with`` block of ``decrypted`` has been left.
    """

    def __init__(self, produce: Callable[[int], None], store_time: StoreTime) -> None:
        self._store_time = store_time
        self._read_end, write_end = os.pipe()
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
    stream = PlainStream(
        lambda descriptor: _decrypt(store, stored, identities, descriptor, report, spent), spent
    )
    try:
        try:
            yield stream
        except (StrongroomError, OSError):
            stream.finish()
            raise
        stream.finish()
    finally:
        stream.close()


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
        raw = _HashingReader(source, StoreTime())
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
    descriptor: int,
    report: Report,
    spent: StoreTime,
) -> None:
    failure: Exception | None = None
    with store.open(stored.key) as source:
        raw, plain = _HashingReader(source, spent), _PipeWriter(descriptor, report)
        decompressor = zstandard.ZstdDecompressor().stream_writer(
            cast("IO[bytes]", plain), closefd=False
        )
        try:
            pyrage.decrypt_io(raw, decompressor, identities)
        except (pyrage.DecryptError, zstandard.ZstdError, OSError) as error:
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


class _End:
    """One end of a stream as age's library sees it.

    That library replaces an exception by its text, so each end remembers its own.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self.sha256 = hashlib.sha256()
        self.failure: BaseException | None = None

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Keep the exception that passes."""
        try:
            yield
        except BaseException as failure:
            self.failure = failure
            raise

    def flush(self) -> None:
        """Nothing is held back here."""


class _CountingReader(_End):
    """The plain side on the way in."""

    def __init__(self, source: Readable, report: Report) -> None:
        super().__init__()
        self._source, self._report = source, report

    def read(self, size: int = PIECE_BYTES) -> bytes:
        with self.remembered():
            data = self._source.read(size)
            self.size_bytes += len(data)
            self._report(self.size_bytes)
            return data


class _HashingReader(_End):
    """The stored side on the way out."""

    def __init__(self, source: Readable, spent: StoreTime) -> None:
        super().__init__()
        self._source, self._spent = source, spent

    def read(self, size: int = PIECE_BYTES) -> bytes:
        begun_s = time.monotonic()
        with self.remembered():
            data = self._source.read(size)
        self._spent.spent_s += time.monotonic() - begun_s
        self.size_bytes += len(data)
        self.sha256.update(data)
        return data

    def drain(self) -> None:
        """Read the rest, for size and sha256 of the whole."""
        while self.failure is None and self.read():
            pass


class _HashingWriter(_End):
    """The stored side on the way in."""

    def __init__(self, destination: ObjectWriter) -> None:
        super().__init__()
        self._destination = destination

    def write(self, data: bytes) -> int:
        with self.remembered():
            self._destination.write(data)
        self.size_bytes += len(data)
        self.sha256.update(data)
        return len(data)


class _PipeWriter(_End):
    """The plain side on the way out."""

    def __init__(self, descriptor: int, report: Report) -> None:
        super().__init__()
        self._descriptor, self._report = descriptor, report
        self.ended_by: BaseException | None = None
        """What whoever was told of the progress has raised."""

    def write(self, data: bytes) -> int:
        remaining = memoryview(data)
        with self.remembered():
            while remaining:
                remaining = remaining[os.write(self._descriptor, remaining) :]
        self.size_bytes += len(data)
        try:
            self._report(self.size_bytes)
        except BaseException as failure:
            self.ended_by = failure
            raise
        return len(data)
