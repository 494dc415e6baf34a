import hashlib
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyrage
import pytest

from strongroom.backups.stream import StoredObject, decrypted, encrypt, pour
from strongroom.errors import (
    BackupError,
    DamagedBackupError,
    NoSpaceError,
    ObjectMissingError,
    StoppedError,
    StorageError,
    WrongKeyError,
)
from strongroom.storage import LocalStore

KEY = "backups/one/data.zst.age"
IDENTITY = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()
PLAIN = hashlib.shake_256(b"not compressible").digest(300_000) + bytes(2_000_000)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


@pytest.fixture
def stored(store: LocalStore) -> StoredObject:
    return store_plain(store, PLAIN, [IDENTITY])


def store_plain(
    store: LocalStore, plain: bytes, owners: list[pyrage.x25519.Identity]
) -> StoredObject:
    recipients = [str(owner.to_public()) for owner in owners]
    with store.writer(KEY) as writer:
        return encrypt(io.BytesIO(plain), writer, key=KEY, recipients=recipients)


def read_whole(
    store: LocalStore, stored: StoredObject, *identities: pyrage.x25519.Identity
) -> bytes:
    with decrypted(store, stored, identities) as stream:
        return b"".join(iter(lambda: stream.read(100_000), b""))


@pytest.mark.parametrize("plain", [b"", b"x", PLAIN], ids=["empty", "tiny", "large"])
def test_what_went_in_comes_out(store: LocalStore, plain: bytes) -> None:
    stored = store_plain(store, plain, [IDENTITY])
    assert read_whole(store, stored, IDENTITY) == plain
    assert stored.content_size_bytes == len(plain)
    assert stored.size_bytes == store.stat(KEY).size_bytes


def test_any_of_several_keys_opens_it(store: LocalStore) -> None:
    stored = store_plain(store, b"shared", [IDENTITY, OTHER])
    assert read_whole(store, stored, IDENTITY) == b"shared"
    assert read_whole(store, stored, OTHER) == b"shared"
    assert read_whole(store, stored, pyrage.x25519.Identity.generate(), OTHER) == b"shared"


def test_a_wrong_key_is_told_from_damage(store: LocalStore, stored: StoredObject) -> None:
    with pytest.raises(WrongKeyError, match="undamaged"):
        read_whole(store, stored, OTHER)


def test_a_child_process_reads_the_stream_itself(store: LocalStore, stored: StoredObject) -> None:
    with decrypted(store, stored, [IDENTITY]) as stream:
        count = subprocess.run(
            [sys.executable, "-c", "import sys; print(len(sys.stdin.buffer.read()))"],
            stdin=stream,
            capture_output=True,
            check=True,
        )
    assert int(count.stdout) == len(PLAIN)


@pytest.mark.parametrize("place", [0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1])
def test_a_flipped_bit_is_always_found(
    store: LocalStore, stored: StoredObject, tmp_path: Path, place: float
) -> None:
    data = bytearray((tmp_path / KEY).read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    (tmp_path / KEY).write_bytes(data)
    with pytest.raises(DamagedBackupError):
        read_whole(store, stored, IDENTITY)


@pytest.mark.parametrize("removed", [1, 16, 70_000, None])
def test_a_shortened_object_is_found(
    store: LocalStore, stored: StoredObject, tmp_path: Path, removed: int | None
) -> None:
    data = (tmp_path / KEY).read_bytes()
    (tmp_path / KEY).write_bytes(data[: -removed if removed else 0])
    with pytest.raises(DamagedBackupError):
        read_whole(store, stored, IDENTITY)


def test_a_lengthened_object_is_found(
    store: LocalStore, stored: StoredObject, tmp_path: Path
) -> None:
    with (tmp_path / KEY).open("ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedBackupError):
        read_whole(store, stored, IDENTITY)


def test_another_content_validly_encrypted_is_found(store: LocalStore) -> None:
    stored = store_plain(store, b"the truth", [IDENTITY])
    store.delete(KEY)
    store_plain(store, b"a forgery", [IDENTITY])
    with pytest.raises(DamagedBackupError):
        read_whole(store, stored, IDENTITY)


def test_damage_is_found_though_the_reader_stopped_early(
    store: LocalStore, stored: StoredObject, tmp_path: Path
) -> None:
    with (tmp_path / KEY).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\0")
    with pytest.raises(DamagedBackupError), decrypted(store, stored, [IDENTITY]) as stream:
        stream.read(10)


def test_damage_outranks_the_failure_that_it_caused(
    store: LocalStore, stored: StoredObject, tmp_path: Path
) -> None:
    (tmp_path / KEY).write_bytes(b"")

    def fail() -> None:
        with decrypted(store, stored, [IDENTITY]):
            raise BackupError("pg_restore: unexpected end of file", next_step="")

    with pytest.raises(DamagedBackupError):
        fail()


def test_a_missing_object_is_said_to_be_missing(store: LocalStore, stored: StoredObject) -> None:
    store.delete(KEY)
    with pytest.raises(ObjectMissingError):
        read_whole(store, stored, IDENTITY)


def test_a_reader_may_give_up(store: LocalStore, stored: StoredObject) -> None:
    def give_up() -> None:
        with decrypted(store, stored, [IDENTITY]) as stream:
            stream.read(10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()


def test_a_disk_that_cannot_be_read_is_not_called_damage(stored: StoredObject) -> None:
    class BrokenDisk(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    class BrokenStore(LocalStore):
        def open(self, _key: str) -> BrokenDisk:
            return BrokenDisk()

    with pytest.raises(StorageError, match="Input/output error"):
        read_whole(BrokenStore(Path("unused")), stored, IDENTITY)


@pytest.mark.parametrize("failure", [NoSpaceError("full", next_step="-"), KeyboardInterrupt()])
def test_the_store_s_own_failure_comes_through(failure: BaseException) -> None:
    class FullDisk:
        def write(self, _data: bytes) -> int:
            raise failure

    recipients = [str(IDENTITY.to_public())]
    with pytest.raises(type(failure)):
        encrypt(io.BytesIO(PLAIN), FullDisk(), key=KEY, recipients=recipients)


def poured(store: LocalStore, stored: StoredObject, *identities: pyrage.x25519.Identity) -> bytes:
    pieces: list[bytes] = []
    pour(store, stored, identities, pieces.append)
    return b"".join(pieces)


@pytest.mark.parametrize("plain", [b"", b"x", PLAIN], ids=["empty", "tiny", "large"])
def test_what_is_poured_is_what_went_in(store: LocalStore, plain: bytes) -> None:
    assert poured(store, store_plain(store, plain, [IDENTITY]), IDENTITY) == plain


@pytest.mark.parametrize("place", [0, 0.001, 0.1, 0.5, 0.9, 1])
def test_a_flipped_bit_is_found_while_pouring(
    store: LocalStore, stored: StoredObject, tmp_path: Path, place: float
) -> None:
    data = bytearray((tmp_path / KEY).read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    (tmp_path / KEY).write_bytes(data)
    with pytest.raises(DamagedBackupError):
        poured(store, stored, IDENTITY)


def test_a_wrong_key_is_told_from_damage_while_pouring(
    store: LocalStore, stored: StoredObject
) -> None:
    with pytest.raises(WrongKeyError, match="undamaged"):
        poured(store, stored, OTHER)


@pytest.mark.parametrize("at", ["first", "last"])
@pytest.mark.parametrize("failure", [NoSpaceError("full", next_step="-"), OSError(28, "no space")])
def test_what_the_taker_of_a_stream_raises_comes_through(
    store: LocalStore, stored: StoredObject, failure: Exception, at: str
) -> None:
    """Whether or not another piece comes after the one that failed."""
    taken = 0

    def fail(data: bytes) -> None:
        nonlocal taken
        taken += len(data)
        if at == "first" or taken == len(PLAIN):
            raise failure

    with pytest.raises(type(failure)) as raised:
        pour(store, stored, [IDENTITY], fail)
    assert raised.value is failure


def test_damage_outranks_the_failure_of_a_taker(
    store: LocalStore, stored: StoredObject, tmp_path: Path
) -> None:
    with (tmp_path / KEY).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\0")

    def fail(_data: bytes) -> None:
        raise DamagedBackupError("a strange archive", next_step="-")

    with pytest.raises(DamagedBackupError, match="not those that were written"):
        pour(store, stored, [IDENTITY], fail)


def test_whoever_is_told_of_the_progress_may_end_it(
    store: LocalStore, stored: StoredObject
) -> None:
    def stop(_done_bytes: int) -> None:
        raise StoppedError("enough", next_step="-")

    with pytest.raises(StoppedError):
        pour(store, stored, [IDENTITY], lambda _: None, report=stop)
    assert not [one for one in threading.enumerate() if one.name == "write-behind"]
