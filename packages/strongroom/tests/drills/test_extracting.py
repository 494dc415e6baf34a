"""An archive is laid out as any tar does, whatever pieces it comes in, and believed in nothing."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from strongroom.drills.extracting import extraction
from strongroom.drills.interruptions import archive_believed_in_nothing
from strongroom.errors import DamagedBackupError
from strongroom.server.os_user import current_user

FILES = {"a": b"", "base/1": b"x" * 512, "base/2": b"y" * 513, "base/3": bytes(5000), "b": b"z"}


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as written:
        for member, content in members:
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, 0o777
    return made


def directory(name: str = "base") -> tuple[tarfile.TarInfo, bytes]:
    return member(name, tarfile.DIRTYPE), b""


def lay_out(data: bytes, place: Path, piece_bytes: int = 1 << 17) -> None:
    with archive_believed_in_nothing(), extraction(place, current_user()) as files:
        for at in range(0, len(data), piece_bytes):
            files.take(data[at : at + piece_bytes])


@pytest.mark.parametrize("piece_bytes", [1, 511, 512, 513, 1 << 17])
def test_files_come_out_whole_whatever_pieces_they_come_in(
    tmp_path: Path, piece_bytes: int
) -> None:
    data = archive(directory(), *((member(name), content) for name, content in FILES.items()))
    lay_out(data, tmp_path / "data", piece_bytes)
    found = {
        str(path.relative_to(tmp_path / "data")): path.read_bytes()
        for path in (tmp_path / "data").rglob("*")
        if path.is_file()
    }
    assert found == FILES
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "data").rglob("*")} == {
        0o600,
        0o700,
    }


STRANGE = {
    "above": member("../out"),
    "absolute": member("/tmp/out"),  # noqa: S108  nothing is made there
    "hidden": member("base/../../out"),
    "link": member("base", tarfile.SYMTYPE, "/etc"),
    "hard link": member("base", tarfile.LNKTYPE, "a"),
    "device": member("base", tarfile.CHRTYPE),
    "sparse": member("base", tarfile.GNUTYPE_SPARSE),
    "without its directory": member("none/a"),
    "twice": member("a"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_no_data_directory_has_is_refused_and_written_nowhere(
    tmp_path: Path, name: str
) -> None:
    data = archive((member("a"), b"mine"), (STRANGE[name], b""))
    with pytest.raises(DamagedBackupError):
        lay_out(data, tmp_path / "data")
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "a"]
    assert (tmp_path / "data/a").read_bytes() == b"mine"


@pytest.mark.parametrize("kept_bytes", [100, 512, 513, 600, 1023])
def test_an_archive_that_ends_within_a_file_is_refused(tmp_path: Path, kept_bytes: int) -> None:
    data = archive((member("a"), b"x" * 512))
    with pytest.raises(DamagedBackupError, match="unexpected end"):
        lay_out(data[:kept_bytes], tmp_path / "data")


def test_a_header_that_was_changed_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive((member("a"), b"x")))
    data[0] ^= 1
    with pytest.raises(DamagedBackupError):
        lay_out(bytes(data), tmp_path / "data")
