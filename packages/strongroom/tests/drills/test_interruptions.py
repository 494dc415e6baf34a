"""What ends a drill from outside is neither damage nor proof."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from strongroom.backups import listed, load, take
from strongroom.config import Configuration
from strongroom.drills import drill, proofs
from strongroom.drills.interruptions import archive_believed_in_nothing, check_broken
from strongroom.errors import (
    BinariesMissingError,
    DamagedBackupError,
    DatabaseError,
    NoSpaceError,
    ServerError,
    StoppedError,
)
from strongroom.testing.killing import SOAK
from strongroom.testing.missing import missing

ROOM_MB = 160


@pytest.fixture
def small_scratch(chained: Configuration) -> Iterator[Path]:
    """A file system of its own for scratch servers, with room for one drill."""
    place = chained.scratch_directory
    place.mkdir(mode=0o711, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_MB}m,mode=0711", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        missing("the right to mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


class FillAt:
    """A progress that fills a disk at a step, or where an amount of bytes has passed."""

    def __init__(self, place: Path, step: str | None = None, *, after_bytes: int = 0) -> None:
        self._place, self._step, self._after_bytes = place, step, after_bytes
        self.filled = False

    def step(self, name: str) -> None:
        if name == self._step:
            self._fill()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        del total, unit
        if self._step is None and task == "reload.unpacked" and done >= self._after_bytes:
            self._fill()

    def _fill(self) -> None:
        filler = self._place / "filler"
        if not filler.exists():
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                except OSError:
                    self.filled = True


FILLING: dict[str, Callable[[Path, int], FillAt]] = {
    "unpacking": lambda place, _: FillAt(place, after_bytes=1),
    "combining": lambda place, bases: FillAt(place, after_bytes=bases),
    "starting": lambda place, _: FillAt(place, "reload.unpacked"),
    "opening": lambda place, _: FillAt(place, "reload.recovered"),
}


def bases_bytes(configuration: Configuration) -> int:
    return sum(one.objects[0].content_size_bytes for one in listed(configuration)[:2])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize("stage", FILLING if os.environ.get(SOAK) else ["combining", "opening"])
def test_a_disk_that_fills_at_any_stage_refutes_nothing_and_proves_nothing(
    chained: Configuration, small_scratch: Path, stage: str
) -> None:
    progress = FILLING[stage](small_scratch, bases_bytes(chained))
    with pytest.raises(NoSpaceError):
        drill(chained, progress=progress, free_bytes=lambda _: 1 << 40)
    assert progress.filled
    assert proofs(chained) == []
    assert not list(small_scratch.glob("scratch-*"))


def test_a_chain_that_lacks_a_link_is_a_failed_drill_on_record_and_nothing_builds_on_it(
    chained: Configuration,
) -> None:
    newest, base = listed(chained)[:2]
    shutil.rmtree(Path(chained.store_url) / "backups" / base.backup_id)
    record = drill(chained)
    assert (record.backup_id, record.verdict) == (newest.backup_id, "failed")
    assert base.backup_id in record.findings[0]
    assert proofs(chained) == [record]
    following = take(chained, method="physical").physical
    assert following is not None
    assert following.kind == "full"


def test_without_the_servers_programs_a_physical_backup_is_neither_proven_nor_failed(
    chained: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise BinariesMissingError("not here", next_step="install it")

    monkeypatch.setattr("strongroom.drills.recovery.binaries_for_server", none)
    record = drill(chained)
    assert record.verdict == "inconclusive"
    assert proofs(chained) == [record]
    assert record.manifest_sha256 == load(chained).sha256


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (errors.OutOfMemory("out of memory"), "inconclusive"),
        (errors.QueryCanceled("canceled"), "inconclusive"),
        (errors.AdminShutdown("terminated"), "inconclusive"),
        (errors.DataCorrupted("invalid page"), "failed"),
        (psycopg.OperationalError("server closed the connection"), "failed"),
    ],
)
def test_only_what_the_backup_is_to_blame_for_fails_it(cause: psycopg.Error, status: str) -> None:
    error = DatabaseError("it could not be read", next_step="look")
    error.__cause__ = cause
    assert check_broken("recovery", error).status == status


@pytest.mark.parametrize("backup", [0, 2], ids=["physical", "logical"])
@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (StoppedError("enough", next_step="again"), StoppedError),
        (BrokenPipeError(32, "the terminal is gone"), ServerError),
    ],
    ids=["stopped", "terminal"],
)
def test_a_drill_that_is_ended_while_it_reads_has_found_no_damage(
    chained: Configuration, backup: int, raised: Exception, told: type[Exception]
) -> None:
    class Stopped:
        def step(self, name: str) -> None:
            """Go on."""

        def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
            del done, total, unit
            if task in {"reload.unpacked", "reload.loaded"}:
                raise raised

    with pytest.raises(told):
        drill(chained, listed(chained)[backup].backup_id, progress=Stopped())
    assert proofs(chained) == []


@pytest.mark.parametrize(
    ("met", "told"),
    [
        (tarfile.ReadError("no tar"), DamagedBackupError),
        (FileExistsError(17, "File exists"), DamagedBackupError),
        (OSError(28, "No space left on device"), NoSpaceError),
        (OSError(122, "Disk quota exceeded"), NoSpaceError),
        (OSError(5, "Input/output error"), ServerError),
    ],
)
def test_a_wrong_archive_is_told_from_a_disk_that_fails(met: Exception, told: type) -> None:
    with pytest.raises(told) as answer, archive_believed_in_nothing():
        raise met
    assert type(answer.value) is told
