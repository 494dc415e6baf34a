import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from strongroom.errors import ConfigurationError, NoSpaceError, StorageError
from strongroom.storage import LocalStore, ObjectStore, open_store
from strongroom.testing.storage import ObjectStoreConformance

WRITE_HALF_AND_DIE = """
import os, signal, sys
from pathlib import Path
from strongroom.storage import LocalStore
with LocalStore(Path(sys.argv[1])).writer("a/b") as writer:
    writer.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestLocalStore(ObjectStoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return LocalStore(tmp_path / "deep" / "store")


def test_a_killed_writer_leaves_only_what_a_sweep_removes(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    killed = subprocess.run([sys.executable, "-c", WRITE_HALF_AND_DIE, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not list(store.list())
    assert store.sweep() == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    store.put("a/b", b"whole")


def test_nobody_else_can_read_the_objects(tmp_path: Path) -> None:
    LocalStore(tmp_path / "store").put("a/b", b"secret")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").rglob("*")}
    assert modes
    assert all(mode & 0o077 == 0 for mode in modes.values())


def test_a_directory_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    LocalStore(tmp_path).put("a", b"")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENOSPC, NoSpaceError), (errno.EIO, StorageError)]
)
def test_a_disk_that_fails_leaves_no_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    store = LocalStore(tmp_path)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(expected):
        store.put("a", b"data")
    monkeypatch.undo()
    assert not list(store.list())
    assert store.sweep() == 0


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails")
def test_a_disk_that_fails_while_an_object_is_read_is_an_error_of_the_store() -> None:
    with LocalStore(Path("/proc/self")).open("mem") as stream:
        with pytest.raises(StorageError, match="cannot use mem"):
            stream.read(10)
        with pytest.raises(StorageError, match="cannot use mem"):
            stream.read()


def test_a_store_is_opened_by_path_or_file_address(tmp_path: Path) -> None:
    odd = tmp_path / "with space"
    open_store(str(odd)).put("a", b"1")
    assert open_store(odd.as_uri()).get("a") == b"1"


@pytest.mark.parametrize("url", ["ftp://host/path", "file://elsewhere/path", "nonsense://"])
def test_an_address_of_an_unknown_kind_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not known"):
        open_store(url)


def test_files_that_a_system_leaves_beside_the_objects_are_passed_over(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("backups/one/data", b"data")
    for hidden in ("backups/.DS_Store", "backups/one/.nfs0001", "backups/.Trash-0/one"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"")
    assert [info.key for info in store.list("backups/")] == ["backups/one/data"]
